//! The program's later part where it is needed before it is there.

use chinwag_e2e::tell;

#[test]
fn who_is_faster_than_the_later_part_gets_it_at_once() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        for number in 0..60 {
            béla.writes_to(&account, &format!("message number {number}"));
        }
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &house.server.url()).await;
        ada.gets_the_later_part_only_when_needed(".person").await;
        ada.visits(&house.server.url()).await;
        ada.opens("béla").await;
        ada.sees_message("message number 59").await;
        let place = ada.scrolls_up(1.0).await;
        ada.sees_the_same_place(&place).await;
        ada.logs_out().await;
        ada.sees_the_sign_in_page().await;
        ada.has_needed_the_later_part().await;
    });
}
