//! Servers that are down, and come back.

use chinwag_e2e::tell;

#[test]
fn a_server_that_is_down_at_the_start_signs_nobody_out() {
    tell(async |house| {
        let pages = house.hosts_pages_for_the_server().await;
        house.server.allow(&pages.origin());
        let account = house.account("ada");
        house.account("béla");
        house.server.stop().await;

        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &pages.url()).await;
        ada.visits(&pages.url()).await;
        ada.sees("No connection").await;
        ada.sees("Your sign-in is kept").await;
        ada.sees("The server cannot be reached").await;
        assert_eq!(ada.token().await.as_ref(), Some(&account.token));

        house.server.start().await;
        ada.sees_connection("Connected").await;
        ada.sees_people(&["béla"]).await;
        assert_eq!(ada.token().await, Some(account.token));
    });
}

#[test]
fn a_restart_of_the_server_loses_nothing_and_doubles_nothing() {
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let (ada, béla) = (house.returns(&ada_has).await, house.returns(&béla_has).await);
        ada.opens("béla").await;
        béla.opens("ada").await;
        ada.says("before").await;
        ada.bubble("before").becomes("read").await;

        house.server.stop().await;
        ada.sees_connection("Disconnected").await;
        béla.sees_connection("Disconnected").await;
        ada.sees("Not connected to server").await;
        // One can go on writing: it waits.
        ada.says("meanwhile").await;
        ada.bubble("meanwhile").stays("waiting").await;
        assert_eq!(ada.draft().await, "");

        house.server.start().await;
        ada.sees_connection("Connected").await;
        béla.sees_connection("Connected").await;
        ada.bubble("meanwhile").becomes("read").await;
        béla.sees_messages(&["before", "meanwhile"]).await;
        ada.says("after").await;
        ada.bubble("after").becomes("read").await;
        for person in [&ada, &béla] {
            person.sees_messages(&["before", "meanwhile", "after"]).await;
            person.does_not_see("Not connected to server").await;
        }
        assert_eq!(ada_has.history_with(&béla_has), ["before", "meanwhile", "after"]);
    });
}

#[test]
fn a_server_that_crashes_and_comes_back_is_found_again_at_a_click() {
    tell(async |house| {
        let account = house.account("ada");
        let béla = house.account("béla");
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        house.server.crash().await;
        ada.sees_connection("Disconnected").await;
        ada.says("one").await;
        ada.says("two").await;
        ada.bubble("two").becomes("waiting").await;
        house.server.start().await;
        // Written by another while one was away.
        béla.writes_to(&account, "zero");
        // The button goes as soon as a try is under way: it is pressed in the moment in which it is there.
        ada.presses_on().await;
        ada.sees_connection("Connected").await;
        ada.bubble("two").becomes("sent").await;
        ada.sees_messages(&["zero", "one", "two"]).await;
        assert_eq!(account.history_with(&béla), ["zero", "one", "two"]);
    });
}
