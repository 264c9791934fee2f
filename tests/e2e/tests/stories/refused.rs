//! Messages that the server refuses: the text stays, and one decides.

use chinwag_e2e::tell;

/// Line 3.
#[test]
fn a_refused_message_says_why_and_can_be_copied_tried_again_and_discarded() {
    tell(async |house| {
        let base = house.base().await;
        let (ada_has, _béla) = (base.account("ada"), base.account("béla"));
        let ada = house.returns_by(&ada_has, &base.url()).await;
        ada.may_read_the_clipboard(&base.url()).await;
        ada.opens("béla").await;
        base.refuses("You have been muted");
        ada.says("one").await;
        ada.bubble("one").becomes("failed").await;
        ada.sees("Not sent. You have been muted").await;
        ada.presses_button("Copy").await;
        ada.has_on_the_clipboard("one").await;
        // As long as it is refused, so is another try.
        ada.watches_states().await;
        ada.presses_button("Retry").await;
        ada.until("another try", async || {
            let states = ada.bubble("one").states().await;
            if states.contains(&"sending".to_owned()) { Ok(()) } else { Err(format!("{states:?}")) }
        })
        .await;
        ada.bubble("one").becomes("failed").await;
        // It outlives a reload.
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.bubble("one").becomes("failed").await;
        ada.sees("Not sent. You have been muted").await;
        ada.sees_connection("Connected").await;
        base.accepts();
        ada.presses_button("Retry").await;
        ada.bubble("one").becomes("sent").await;
        ada.does_not_see("Not sent").await;
        assert_eq!(base.stored_of("ada"), ["one"]);

        base.refuses("Not that");
        ada.says("two").await;
        ada.bubble("two").becomes("failed").await;
        ada.sees("Not sent. Not that").await;
        ada.presses_button("Discard").await;
        ada.sees_messages(&["one"]).await;
        base.accepts();
        ada.says("three").await;
        ada.bubble("three").becomes("sent").await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_messages(&["one", "three"]).await;
        assert_eq!(base.stored_of("ada"), ["one", "three"]);
    });
}

/// Line 3.
#[test]
fn a_message_that_is_too_long_keeps_its_text() {
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let ada = house.returns(&ada_has).await;
        ada.may_read_the_clipboard(&house.server.url()).await;
        ada.opens("béla").await;
        ada.sees_connection("Connected").await;
        ada.has_the_page_kept().await;
        // Before the server has greeted, nobody knows how long a message may be.
        house.server.stop().await;
        ada.reloads().await;
        ada.sees_connection("Disconnected").await;
        let long = "long ".repeat(2_001);
        let long = long.trim();
        ada.says_at_once(&[long.to_owned(), "short".to_owned()]).await;
        ada.bubble("short").becomes("waiting").await;
        house.server.start().await;
        ada.bubble("short").becomes("sent").await;
        ada.bubble(long).becomes("failed").await;
        ada.sees("Not sent. Message is longer than 10,000 characters").await;
        ada.presses_button("Copy").await;
        ada.has_on_the_clipboard(long).await;
        ada.presses_button("Retry").await;
        ada.bubble(long).becomes("failed").await;
        ada.presses_button("Discard").await;
        ada.sees_messages(&["short"]).await;
        assert_eq!(ada_has.history_with(&béla_has), ["short"]);
    });
}
