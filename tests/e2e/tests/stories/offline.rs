//! Without a connection: what was read is there, what is typed waits, outlives its tab, and goes out once.

use chinwag_e2e::{Account, House, Key, Person, Proxy, tell, tell_except};

use crate::engines::{FIREFOX_ROOM, WEBKIT_ROOM};

/// Line 19.
#[test]
fn what_is_typed_without_a_connection_waits_in_sight_and_goes_out_by_itself() {
    tell(async |house| {
        let line = house.line().await;
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let ada = house.returns_by(&ada_has, &line.url()).await;
        ada.opens("béla").await;
        line.refuses();
        ada.sees_connection("Disconnected").await;
        ada.says("one").await;
        ada.bubble("one").stays("waiting").await;
        ada.sees_element(".message .progress[title='Waiting to be sent']", None).await;
        ada.sees_element(".trouble", "1 message waiting").await;
        ada.says("two").await;
        ada.sees_element(".trouble", "2 messages waiting").await;
        line.passes();
        ada.sees_connection("Connected").await;
        ada.bubble("two").becomes("sent").await;
        ada.sees_messages(&["one", "two"]).await;
        ada.does_not_see("waiting").await;
        assert_eq!(ada_has.history_with(&béla_has), ["one", "two"]);
    });
}

/// Line 1.
#[test]
fn what_was_typed_in_a_tab_that_is_gone_is_sent_once_by_the_next() {
    tell(async |house| {
        let line = house.line().await;
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let ada = house.returns_by(&ada_has, &line.url()).await;
        let béla = house.returns(&béla_has).await;
        béla.opens("ada").await;
        let mut said = Vec::new();
        for round in 0..4 {
            ada.opens("béla").await;
            // With a line that is there too: then the tab goes between the sending and the answer, or before either.
            if round % 2 == 0 {
                line.refuses();
                ada.sees_connection("Disconnected").await;
            }
            let texts = [format!("{round}, one"), format!("{round}, two")];
            ada.opens_an_empty_tab().await;
            ada.turns_to_tab(0).await;
            ada.says_at_once(&texts).await;
            ada.closes_the_tab().await;
            line.passes();
            said.extend(texts);
            ada.visits(&line.url()).await;
            ada.sees_the_chat().await;
            let said: Vec<_> = said.iter().map(String::as_str).collect();
            béla.sees_messages(&said).await;
            assert_eq!(ada_has.history_with(&béla_has), said);
        }
        ada.opens("béla").await;
        ada.bubble("3, two").becomes("read").await;
        let said: Vec<_> = said.iter().map(String::as_str).collect();
        ada.sees_messages(&said).await;
        assert_eq!(ada.draft().await, "");
    });
}

/// Line 3.
#[test]
fn a_draft_is_there_after_a_reload_each_with_its_person() {
    tell(async |house| {
        house.account("béla");
        house.account("chi");
        let ada = house.member("ada").await;
        ada.opens("béla").await;
        ada.writes("for béla, unfinished").await;
        ada.opens("chi").await;
        assert_eq!(ada.draft().await, "");
        ada.writes("for chi,").await;
        ada.presses_with(Key::Shift, Key::Enter).await;
        ada.types("on two lines").await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_element(".conversation-name", "chi").await;
        ada.sees_draft("for chi,\non two lines").await;
        ada.opens("béla").await;
        ada.sees_draft("for béla, unfinished").await;
        ada.presses(Key::Enter).await;
        ada.sees_messages(&["for béla, unfinished"]).await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_messages(&["for béla, unfinished"]).await;
        ada.sees_draft("").await;
        ada.opens("chi").await;
        ada.sees_draft("for chi,\non two lines").await;
    });
}

const READ: [&str; 3] = ["have you seen it?", "not yet", "then look"];
const WRITTEN: [&str; 2] = ["on the train", "in the tunnel"];

/// Somebody who has read a conversation: the browser has it on its disk, and the page too.
async fn has_read(house: &House, ada: &Account, béla: &Account, url: &str) -> Person {
    béla.writes_to(ada, READ[0]);
    ada.writes_to(béla, READ[1]);
    béla.writes_to(ada, READ[2]);
    let person = house.returns_by(ada, url).await;
    person.has_the_page_kept().await;
    person.opens(&béla.name).await;
    person.sees_messages(&READ).await;
    person.has_on_disk(&READ).await;
    person
}

/// Starts the page with nothing but the browser, reads there and writes.
async fn reads_and_writes_on_a_train(ada: &Person) {
    ada.is_online(false).await;
    ada.reloads().await;
    assert!(ada.has_the_page_from_the_worker().await);
    ada.sees("You are offline. Messages wait until you are back.").await;
    ada.sees_person("béla", "the last message", |row| row.line == READ[2]).await;
    ada.sees_messages(&READ).await;
    let mut all = READ.to_vec();
    for (text, count) in WRITTEN.into_iter().zip(["1 message waiting", "2 messages waiting"]) {
        ada.says(text).await;
        ada.bubble(text).becomes("waiting").await;
        ada.sees_element(".trouble", count).await;
        all.push(text);
    }
    ada.sees_messages(&all).await;
    // Nor does it matter whether the page is there when the network is.
    ada.reloads().await;
    ada.sees_messages(&all).await;
    ada.sees_element(".trouble", "2 messages waiting").await;
    for text in WRITTEN {
        ada.bubble(text).stays("waiting").await;
    }
    assert!(!ada.sees_a_crash().await);
}

/// Lines 1 and 19.
#[test]
fn a_page_that_starts_with_neither_server_nor_network_is_read_and_written_in_and_all_is_sent_once()
{
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let line = house.line().await;
        let ada = has_read(house, &ada_has, &béla_has, &line.url()).await;
        line.refuses();
        house.server.stop().await;
        reads_and_writes_on_a_train(&ada).await;
        house.server.start().await;
        let béla = house.returns(&béla_has).await;
        béla.opens("ada").await;
        béla.sees_messages(&READ).await;
        line.passes();
        ada.is_online(true).await;
        ada.sees_connection("Connected").await;
        let all = [&READ[..], &WRITTEN].concat();
        béla.sees_messages(&all).await;
        ada.bubble(WRITTEN[1]).becomes("read").await;
        assert_eq!(ada_has.history_with(&béla_has), all);
        béla.leaves().await;
        ada.sees_messages(&all).await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_messages(&all).await;
        assert_eq!(ada_has.history_with(&béla_has), all);
    });
}

/// The same where the server stores twice what comes twice.
#[test]
fn on_a_base_server_too_what_was_written_on_a_train_is_sent_once() {
    tell(async |house| {
        let base = house.base().await;
        let line = Proxy::open(base.port()).await;
        let (ada_has, béla_has) = (base.account("ada"), base.account("béla"));
        let ada = has_read(house, &ada_has, &béla_has, &line.url()).await;
        line.refuses();
        reads_and_writes_on_a_train(&ada).await;
        line.passes();
        ada.is_online(true).await;
        ada.sees_connection("Connected").await;
        let all = [&READ[..], &WRITTEN].concat();
        ada.bubble(WRITTEN[1]).becomes("sent").await;
        ada.does_not_see("waiting").await;
        ada.sees_messages(&all).await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_messages(&all).await;
        assert_eq!(base.stored_of("ada"), [&READ[1..2], &WRITTEN].concat());
    });
}

/// Line 22: a full disk.
#[test]
fn a_disk_that_is_full_is_said_and_written_on_when_there_is_room_again() {
    tell_except(&[FIREFOX_ROOM, WEBKIT_ROOM], async |house| {
        let line = house.line().await;
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let ada = has_read(house, &ada_has, &béla_has, &line.url()).await;
        ada.has_room(false).await;
        line.refuses();
        ada.sees_connection("Disconnected").await;
        ada.says("no room").await;
        ada.sees("This browser keeps nothing. What waits to be sent is lost if you close").await;
        ada.bubble("no room").becomes("waiting").await;
        // The chat goes on all the same.
        line.passes();
        ada.sees_connection("Connected").await;
        ada.bubble("no room").becomes("sent").await;
        béla_has.writes_to(&ada_has, "no room here");
        ada.sees_message("no room here").await;

        line.refuses();
        ada.sees_connection("Disconnected").await;
        ada.says("waits for room").await;
        ada.bubble("waits for room").becomes("waiting").await;
        ada.has_room(true).await;
        ada.has_on_disk(&["waits for room", "no room here"]).await;
        // And so another start finds all of it.
        ada.is_online(false).await;
        ada.reloads().await;
        ada.bubble("waits for room").becomes("waiting").await;
        let all = [&READ[..], &["no room", "no room here", "waits for room"]].concat();
        ada.sees_messages(&all).await;
        line.passes();
        ada.is_online(true).await;
        ada.bubble("waits for room").becomes("sent").await;
        ada.sees_messages(&all).await;
        assert_eq!(ada_has.history_with(&béla_has), all);
    });
}
