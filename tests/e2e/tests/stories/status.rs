//! What one is told of a connection that is not there, and how it comes back.

use std::time::{Duration, Instant};

use chinwag_e2e::{Person, tell};

/// Sees that the next try is seconds away.
async fn waits_long(person: &Person) {
    person
        .within(Duration::from_secs(40), "a long wait", async || {
            let words = person.page_in_words().await;
            let seconds = words.split_once("Reconnecting in ");
            let seconds = seconds.and_then(|(_, rest)| rest.split_once(" s."));
            match seconds.and_then(|(seconds, _)| seconds.parse::<u32>().ok()) {
                Some(seconds) if seconds >= 4 => Ok(()),
                _ => Err(words),
            }
        })
        .await;
}

/// Line 7.
#[test]
fn a_lost_connection_counts_down_to_the_next_try_and_a_click_tries_now() {
    tell(async |house| {
        let line = house.line().await;
        let ada = house.returns_by(&house.account("ada"), &line.url()).await;
        ada.has_the_whole_program().await;
        let tries = line.sockets_opened().len();
        line.refuses();
        // The waits grow: here is one that is long enough to be seen.
        waits_long(&ada).await;
        ada.sees("Not connected to server. Reconnecting in 3 s.").await;
        line.passes();
        let start = Instant::now();
        ada.presses_button("Reconnect now").await;
        ada.sees_connection("Connected").await;
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        ada.does_not_see("Not connected to server").await;
        ada.sees_no(".trouble").await;
        ada.sees_no(".notice").await;
        assert!(line.sockets_opened().len() > tries);
    });
}

/// Line 7.
#[test]
fn who_is_offline_is_told_so_and_comes_back_quietly_with_the_network() {
    tell(async |house| {
        let line = house.line().await;
        let ada = house.returns_by(&house.account("ada"), &line.url()).await;
        ada.has_the_whole_program().await;
        ada.is_online(false).await;
        line.refuses();
        ada.sees("You are offline. Messages wait until you are back.").await;
        // Not at the next try, which may be far away, but at once.
        waits_long(&ada).await;
        line.passes();
        let start = Instant::now();
        ada.is_online(true).await;
        ada.sees_connection("Connected").await;
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        ada.does_not_see("You are offline").await;
        ada.sees_no(".trouble").await;
        ada.sees_no(".notice").await;
    });
}

/// Line 1.
#[test]
fn a_line_that_is_dead_and_does_not_say_so_is_found_out() {
    /// What the front-end allows: 25 s of silence, and 10 s for a sign of life; and some for a busy machine.
    const FOUND_OUT: Duration = Duration::from_secs(40);
    tell(async |house| {
        let line = house.line().await;
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let ada = house.returns_by(&ada_has, &line.url()).await;
        let béla = house.returns(&béla_has).await;
        ada.opens("béla").await;
        béla.opens("ada").await;
        line.stalls();
        let start = Instant::now();
        béla.says("can you hear me?").await;
        ada.says("hello?").await;
        ada.within(FOUND_OUT, "the dead line", async || {
            let words = ada.page_in_words().await;
            if words.contains("Disconnected") { Ok(()) } else { Err(words) }
        })
        .await;
        assert!(start.elapsed() < FOUND_OUT, "{:?}", start.elapsed());
        ada.bubble("hello?").becomes("waiting").await;
        // What was held back comes late, and is nothing new.
        line.passes();
        ada.sees_connection("Connected").await;
        ada.sees_messages(&["can you hear me?", "hello?"]).await;
        ada.bubble("hello?").becomes("read").await;
        béla.sees_messages(&["can you hear me?", "hello?"]).await;
        assert_eq!(ada_has.history_with(&béla_has), ["can you hear me?", "hello?"]);
    });
}

/// Line 1.
#[test]
fn clocks_that_are_hours_wrong_order_nothing() {
    tell(async |house| {
        let line = house.line().await;
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let (ada, béla) = (house.browser("ada").await, house.browser("béla").await);
        ada.has_a_clock_ahead_by(2).await;
        béla.has_a_clock_ahead_by(-2).await;
        for (person, account, url) in
            [(&ada, &ada_has, line.url()), (&béla, &béla_has, house.server.url())]
        {
            person.was_signed_in(account, &url).await;
            person.visits(&url).await;
            person.sees_the_chat().await;
        }
        let ahead = async |person: &Person| {
            person.asks("return window.Date.now() - performance.timeOrigin", vec![]).await
        };
        assert!(ahead(&ada).await.as_f64() > Some(7_000_000.0));
        assert!(ahead(&béla).await.as_f64() < Some(-7_000_000.0));
        ada.opens("béla").await;
        béla.opens("ada").await;
        ada.says("one").await;
        béla.sees_message("one").await;
        béla.says("two").await;
        ada.sees_messages(&["one", "two"]).await;
        line.refuses();
        ada.sees_connection("Disconnected").await;
        ada.says("four").await;
        béla.says("three").await;
        béla.bubble("three").becomes("sent").await;
        ada.sees_messages(&["one", "two", "four"]).await;
        line.passes();
        let all = ["one", "two", "three", "four"];
        béla
            .within(Duration::from_secs(40), "the last message", async || {
                let messages = béla.messages().await;
                if messages.len() == all.len() { Ok(()) } else { Err(format!("{messages:?}")) }
            })
            .await;
        for person in [&ada, &béla] {
            person.sees_messages(&all).await;
            person.reloads().await;
            person.sees_the_chat().await;
            person.sees_messages(&all).await;
        }
        assert_eq!(ada_has.history_with(&béla_has), all);
    });
}
