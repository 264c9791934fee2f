//! Long conversations.

use chinwag_e2e::{Account, tell};

fn line(number: usize) -> String {
    format!("message number {number}")
}

fn talk(one: &Account, other: &Account, count: usize) {
    for number in 1..=count {
        let (from, to) = if number % 3 == 0 { (one, other) } else { (other, one) };
        from.writes_to(to, &line(number));
    }
}

#[test]
fn older_pages_come_at_the_top_and_the_place_is_kept() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        talk(&account, &béla, 120);
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.sees_message(&line(120)).await;
        ada.is_at_the_end().await;
        // Screen by screen, while pages are loaded and rows are drawn and taken away.
        let mut screens = 0;
        loop {
            let place = ada.scrolls_up(1.0).await;
            ada.sees_the_same_place(&place).await;
            screens += 1;
            assert!(screens < 60, "the beginning is never reached: at “{}”", place.text);
            if place.text == line(1) {
                break;
            }
        }
        let everything = ada.reads_everything().await;
        let texts: Vec<_> = everything.into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, (1..=120).map(line).collect::<Vec<_>>());
    });
}

#[test]
fn who_scrolls_on_while_older_messages_arrive_keeps_the_place_too() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        talk(&account, &béla, 80);
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.sees_message(&line(80)).await;
        ada.is_at_the_end().await;
        let place = ada.scrolls_on_while_older_messages_arrive().await;
        ada.sees_the_same_place(&place).await;
    });
}

#[test]
fn who_has_scrolled_up_stays_there_and_a_button_counts_what_comes() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        talk(&account, &béla, 40);
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.sees_message(&line(40)).await;
        ada.is_at_the_end().await;
        ada.sees_no(".to-end").await;
        // At the end it follows what comes.
        béla.writes_to(&account, "look");
        ada.sees_message("look").await;
        ada.is_at_the_end().await;

        let place = ada.scrolls_up(1.5).await;
        ada.sees_element(".to-end", None).await;
        béla.writes_to(&account, "here");
        ada.sees_element(".to-end .badge", "1").await;
        béla.writes_to(&account, "and here");
        ada.sees_element(".to-end .badge", "2").await;
        ada.sees_the_same_place(&place).await;
        // Not seen is not read.
        ada.sees_unread("béla", 2).await;

        ada.clicks(".to-end", None).await;
        ada.is_at_the_end().await;
        ada.sees_no(".to-end").await;
        ada.sees_unread("béla", 0).await;

        // Who writes wants to see what they wrote.
        ada.scrolls_up(1.0).await;
        ada.sees_element(".to-end", None).await;
        ada.says("I see").await;
        ada.sees_message("I see").await;
        ada.is_at_the_end().await;
    });
}

#[test]
fn a_reload_shows_the_open_conversation_and_its_history_again() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        béla.writes_to(&account, "one");
        account.writes_to(&béla, "two");
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.sees_messages(&["one", "two"]).await;
        ada.says("three").await;
        ada.bubble("three").becomes("sent").await;
        ada.reloads().await;
        ada.sees_element(".conversation-name", "béla").await;
        ada.sees_messages(&["one", "two", "three"]).await;
        ada.bubble("three").becomes("sent").await;
        ada.goes_back().await;
        ada.sees_nobody_chosen().await;
    });
}
