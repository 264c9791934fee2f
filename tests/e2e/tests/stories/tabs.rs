//! Several tabs of one person: they live in peace, and none is missed.

use std::time::{Duration, Instant};

use chinwag_e2e::tell;
use serde_json::json;

/// How soon another tab has taken over.
const SOON: Duration = Duration::from_secs(1);

/// Three times the front-end's wait before another try, at its longest: 1.5, 3 and 6 seconds.
const THREE_WAITS: Duration = Duration::from_millis(10_500);

/// Line 8.
#[test]
fn a_second_tab_follows_the_first_on_one_connection() {
    tell(async |house| {
        let line = house.line().await;
        let ada = house.returns_by(&house.account("ada"), &line.url()).await;
        let béla = house.member("béla").await;
        béla.opens("ada").await;
        ada.opens("béla").await;
        ada.opens_a_tab(&line.url()).await;
        ada.sees_the_chat().await;
        ada.opens("béla").await;
        assert!(!ada.leads().await);

        béla.writes("are you ").await;
        ada.sees_typing("béla").await;
        béla.says("there?").await;
        ada.sees_message("are you there?").await;
        ada.sees_no_typing().await;
        ada.writes("yes, ").await;
        béla.sees_typing("ada").await;
        ada.says("twice").await;
        béla.sees_messages(&["are you there?", "yes, twice"]).await;
        ada.bubble("yes, twice").becomes("read").await;
        ada.turns_to_tab(0).await;
        assert!(ada.leads().await);
        ada.sees_messages(&["are you there?", "yes, twice"]).await;
        assert_eq!(line.sockets_opened().len(), 1);
    });
}

/// Whether the page has an answer to what it asks before the program is there.
const ASKED_EARLY: &str = "return performance.getEntriesByType('resource').some(({ name }) => name.includes('/api/messages/conv'))";

/// The program begins only when `window.goes` is called.
const HELD: &str = "
    const held = new Promise(go => window.goes = go);
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const real = WebAssembly[name];
        WebAssembly[name] = async (...program) => (await held, real(...program));
    }
";

/// Line 1. What the page asked while the program was on its way is of before what the disk has by then.
#[test]
fn a_tab_that_is_slow_to_begin_misses_nothing_that_came_meanwhile() {
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        béla_has.writes_to(&ada_has, "before");
        let ada = house.returns(&ada_has).await;
        ada.opens("béla").await;
        ada.sees_message("before").await;
        ada.opens_a_tab(&house.server.url()).await;
        ada.opens("béla").await;
        ada.sees_message("before").await;
        ada.turns_to_tab(0).await;
        ada.begins_pages_with(HELD).await;
        // So that the page asks for messages early, as one that has never been here.
        ada.asks("localStorage.removeItem('chinwag.me')", vec![]).await;
        ada.reloads().await;
        ada.until("what is asked early", async || {
            let asked = ada.asks(ASKED_EARLY, vec![]).await == json!(true);
            asked.then_some(()).ok_or_else(|| "it is not".to_owned())
        })
        .await;
        béla_has.writes_to(&ada_has, "meanwhile");
        ada.has_on_disk(&["meanwhile"]).await;
        // As where the tab that leads is another by then, which writes all rows anew.
        ada.loses_rows_on_disk().await;
        ada.asks("goes()", vec![]).await;
        béla_has.writes_to(&ada_has, "then");
        ada.sees_message("then").await;
        ada.sees_messages(&["before", "meanwhile", "then"]).await;
    });
}

/// Line 8.
#[test]
fn when_the_tab_that_leads_is_closed_another_has_taken_over_within_a_second() {
    tell(async |house| {
        let line = house.line().await;
        let ada = house.returns_by(&house.account("ada"), &line.url()).await;
        let béla = house.member("béla").await;
        ada.opens("béla").await;
        béla.opens("ada").await;
        for _ in 0..2 {
            ada.opens_a_tab(&line.url()).await;
            ada.sees_the_chat().await;
            ada.opens("béla").await;
        }
        let mut said: Vec<String> = Vec::new();
        for round in 1..=2 {
            let texts: Vec<_> = (1..=20).map(|n| format!("round {round}, {n}")).collect();
            said.extend_from_slice(&texts);
            ada.turns_to_tab(0).await;
            assert!(ada.leads().await);
            béla.begins_to_say(&texts, 1, Duration::from_millis(40)).await;
            let closed = Instant::now();
            ada.closes_the_tab().await;
            ada.until("another socket", async || match line.sockets_greeted().get(round) {
                Some(greeted) => {
                    let after = greeted.saturating_duration_since(closed);
                    assert!(after < SOON, "it took {after:?}");
                    Ok(())
                }
                None => Err("there is none".to_owned()),
            })
            .await;
            ada.sees_message(&texts[19]).await;
            let read = ada.reads_everything().await;
            assert_eq!(read.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), said);
            ada.sees_connection("Connected").await;
        }
        assert_eq!(ada.tabs().await, 1);
        assert_eq!(line.sockets_opened().len(), 3);
        ada.says("and I am still here").await;
        béla.sees_message("and I am still here").await;
    });
}

/// Line 8.
#[test]
fn who_signs_out_in_one_tab_is_out_in_all_and_who_signs_in_is_in() {
    tell(async |house| {
        let ada = house.member("ada").await;
        ada.opens_a_tab(&house.server.url()).await;
        ada.sees_the_chat().await;
        ada.logs_out().await;
        ada.sees_the_sign_in_page().await;
        ada.turns_to_tab(0).await;
        ada.sees_the_sign_in_page().await;
        ada.stays_outside().await;
        ada.signs_in().await;
        ada.turns_to_tab(1).await;
        ada.sees_the_chat().await;
        ada.sees_title("Chat - ada").await;
        ada.turns_to_tab(0).await;
        ada.logs_out().await;
        ada.turns_to_tab(1).await;
        ada.sees_the_sign_in_page().await;
        ada.has_kept_nothing().await;
    });
}

/// Line 8.
#[test]
fn a_chat_that_is_open_in_another_place_says_so_does_not_fight_and_can_be_taken_back() {
    tell(async |house| {
        let base = house.base().await;
        let account = base.account("ada");
        let béla = base.account("béla");
        let ada = house.returns_by(&account, &base.url()).await;
        ada.opens("béla").await;
        ada.opens_a_tab(&base.url()).await;
        ada.sees_the_chat().await;
        assert_eq!(base.sockets_of("ada"), 1);

        let elsewhere = house.returns_by(&account, &base.url()).await;
        elsewhere.opens("béla").await;
        for tab in 0..2 {
            ada.turns_to_tab(tab).await;
            ada.sees("Chat is open in another place").await;
        }
        let until = Instant::now() + THREE_WAITS;
        elsewhere
            .stays("its only socket", until - Instant::now(), async || {
                let sockets = base.sockets_of("ada");
                if sockets == 2 { Ok(()) } else { Err(format!("{sockets} were opened")) }
            })
            .await;
        elsewhere.sees_connection("Connected").await;

        ada.turns_to_tab(0).await;
        béla.writes_to(&account, "where are you?");
        ada.presses_button("Use it here").await;
        ada.sees_connection("Connected").await;
        ada.sees_message("where are you?").await;
        ada.does_not_see("Chat is open in another place").await;
        elsewhere.sees("Chat is open in another place").await;
        ada.says("here").await;
        ada.bubble("here").becomes("sent").await;
        ada.turns_to_tab(1).await;
        ada.sees_connection("Connected").await;
        ada.does_not_see("Chat is open in another place").await;
        assert_eq!(base.sockets_of("ada"), 3);
        assert_eq!(base.stored_of("ada"), ["here"]);
    });
}
