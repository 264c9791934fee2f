//! More than the server takes at once: it says when it takes more, and the page sends it then.

use chinwag_e2e::tell;

/// Line 3.
#[test]
fn messages_above_the_server_s_limit_wait_and_come_in_their_order() {
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let cara_has = house.account("cara");
        let (ada, béla) = (house.returns(&ada_has).await, house.returns(&béla_has).await);
        béla.opens("ada").await;
        ada.opens("béla").await;
        ada.sees_connection("Connected").await;
        // Elsewhere, ada writes as much as is allowed, and more.
        let elsewhere = ada_has.writes_without_end_to(&cara_has).await;
        let texts: Vec<_> = (1..=8).map(|number| format!("number {number}")).collect();
        ada.says_at_once(&texts).await;
        ada.bubble("number 8").becomes("waiting").await;
        ada.sees_element(".message .progress[title='Waiting to be sent']", None).await;
        ada.sees("Too much at once. Try again in").await;
        ada.sees_connection("Connected").await;
        drop(elsewhere);
        ada.bubble("number 8").becomes("read").await;
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        ada.sees_messages(&texts).await;
        béla.sees_messages(&texts).await;
        assert_eq!(ada_has.history_with(&béla_has), texts);
    });
}
