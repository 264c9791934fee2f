//! Writing while there is no connection: what was typed waits, outlives its tab, and goes out once.

use chinwag_e2e::{Key, tell};

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
        ada.sees_element(".message .progress[title='Waiting for the connection']", None).await;
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
