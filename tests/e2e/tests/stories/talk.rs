//! People who chat.

use chinwag_e2e::tell;

#[test]
fn two_people_register_find_each_other_and_chat() {
    tell(async |house| {
        let (ada, béla) = (house.visitor("ada").await, house.visitor("béla").await);
        ada.listens().await;
        béla.listens().await;
        ada.registers().await;
        béla.registers().await;

        // Who registers appears in the list of those who are here already.
        ada.sees_person("béla", "the dot", |row| row.online && row.line == "Online").await;
        béla.sees_person("ada", "the dot", |row| row.online && row.line == "Online").await;
        ada.sees("Users (1 online)").await;
        ada.opens("béla").await;
        ada.sees_element(".conversation-presence", "Online").await;
        ada.sees("No messages yet").await;
        béla.opens("ada").await;

        ada.watches_states().await;
        ada.writes("hello b").await;
        béla.sees_typing("ada").await;
        ada.says("éla").await;
        béla.sees_message("hello béla").await;
        béla.sees_no_typing().await;
        ada.bubble("hello béla").becomes("read").await;
        let states = ada.bubble("hello béla").states().await;
        assert_eq!(states.first().map(String::as_str), Some("sending"), "{states:?}");
        let order = ["sending", "sent", "delivered", "read"];
        let steps = states.iter().map(|state| order.iter().position(|known| known == state));
        assert!(steps.clone().all(|step| step.is_some()) && steps.is_sorted(), "{states:?}");

        béla.says("hello ada").await;
        ada.sees_messages(&["hello béla", "hello ada"]).await;
        béla.sees_messages(&["hello béla", "hello ada"]).await;
        béla.bubble("hello ada").becomes("read").await;

        // What is read is not counted, and the list tells what was said last.
        ada.sees_title("Chat - ada").await;
        ada.sees_unread("béla", 0).await;
        ada.sees_person("béla", "the preview", |row| row.line == "hello ada").await;
        béla.sees_person("ada", "the preview", |row| row.line == "You: hello ada").await;

        for person in [&ada, &béla] {
            assert!(!person.sees_a_crash().await);
            person.has_heard_no_trouble().await;
        }

        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_messages(&["hello béla", "hello ada"]).await;
        ada.bubble("hello béla").becomes("read").await;

        béla.logs_out().await;
        béla.sees_the_sign_in_page().await;
        ada.sees_person("béla", "no dot", |row| !row.online).await;
        ada.sees_element(".conversation-presence", "Offline").await;
        ada.sees("Users (0 online)").await;
    });
}

#[test]
fn a_message_is_sent_then_delivered_then_read() {
    tell(async |house| {
        let account = house.account("béla");
        let ada = house.member("ada").await;
        ada.opens("béla").await;
        ada.says("are you there?").await;
        ada.bubble("are you there?").stays("sent").await;
        let béla = house.returns(&account).await;
        ada.bubble("are you there?").becomes("delivered").await;
        béla.sees_unread("ada", 1).await;
        ada.bubble("are you there?").stays("delivered").await;
        béla.opens("ada").await;
        ada.bubble("are you there?").becomes("read").await;
        béla.leaves().await;
        ada.sees_person("béla", "no dot", |row| !row.online).await;
        ada.says("gone again?").await;
        ada.bubble("gone again?").stays("sent").await;
        ada.bubble("are you there?").becomes("read").await;
    });
}

#[test]
fn typing_shows_at_once_and_goes_two_seconds_after_the_last_key() {
    tell(async |house| {
        let (ada, béla) = (house.member("ada").await, house.member("béla").await);
        ada.opens("béla").await;
        béla.opens("ada").await;
        ada.writes("hm").await;
        béla.sees_typing("ada").await;
        béla.sees_no_typing().await;
        assert_eq!(ada.draft().await, "hm");
        // Who empties the field does not type any more either.
        ada.writes("m").await;
        béla.sees_typing("ada").await;
        for _ in 0..3 {
            ada.presses(chinwag_e2e::Key::Backspace).await;
        }
        béla.sees_no_typing().await;
        béla.sees_messages(&[]).await;
    });
}

#[test]
fn unread_messages_are_counted_per_person_and_in_the_title() {
    tell(async |house| {
        let (béla, chi) = (house.account("béla"), house.account("chi"));
        let account = house.account("ada");
        let ada = house.returns(&account).await;
        ada.sees_people(&["béla", "chi"]).await;
        béla.writes_to(&account, "one");
        ada.sees_unread("béla", 1).await;
        ada.sees_title("(1) Chat - ada").await;
        béla.writes_to(&account, "two");
        chi.writes_to(&account, "three");
        ada.sees_unread("béla", 2).await;
        ada.sees_unread("chi", 1).await;
        ada.sees_title("(3) Chat - ada").await;
        // Who wrote last is on top.
        ada.sees_people(&["chi", "béla"]).await;
        ada.sees_person("béla", "the preview", |row| row.line == "two").await;

        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_unread("béla", 2).await;
        ada.sees_unread("chi", 1).await;
        ada.sees_title("(3) Chat - ada").await;

        ada.opens("béla").await;
        ada.sees_messages(&["one", "two"]).await;
        ada.sees_unread("béla", 0).await;
        ada.sees_title("(1) Chat - ada").await;
        // In the open conversation nothing is unread; in another it is.
        béla.writes_to(&account, "four");
        chi.writes_to(&account, "five");
        ada.sees_message("four").await;
        ada.sees_unread("chi", 2).await;
        ada.sees_unread("béla", 0).await;
        ada.sees_title("(2) Chat - ada").await;
        ada.reloads().await;
        ada.sees_unread("chi", 2).await;
        ada.sees_unread("béla", 0).await;
    });
}

#[test]
fn a_second_tab_of_the_same_person_gets_everything() {
    tell(async |house| {
        let (ada, béla) = (house.member("ada").await, house.member("béla").await);
        ada.opens("béla").await;
        ada.opens_a_tab(&house.server.url()).await;
        ada.sees_the_chat().await;
        ada.opens("béla").await;
        béla.opens("ada").await;

        béla.says("to both of you").await;
        ada.sees_message("to both of you").await;
        ada.says("from the second").await;
        béla.sees_message("from the second").await;
        ada.turns_to_tab(0).await;
        ada.sees_connection("Connected").await;
        ada.sees_messages(&["to both of you", "from the second"]).await;
        ada.bubble("from the second").becomes("read").await;
        ada.says("from the first").await;
        béla.sees_messages(&["to both of you", "from the second", "from the first"]).await;
        ada.turns_to_tab(1).await;
        ada.sees_messages(&["to both of you", "from the second", "from the first"]).await;
        ada.bubble("from the first").becomes("read").await;
        ada.sees_title("Chat - ada").await;
    });
}
