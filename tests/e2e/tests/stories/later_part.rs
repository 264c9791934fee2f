//! The program's later part where it is needed before it is there.

use chinwag_e2e::tell;

/// Keeps the later part away from all who ask for it in good time; who cannot wait gets it.
const NOT_IN_GOOD_TIME: &str = "
    const own = window.fetch;
    window.fetch = (what, ...more) =>
        String(what).endsWith('_later.wasm') ? new Promise(() => {}) : own(what, ...more)";

#[test]
fn who_is_faster_than_the_later_part_gets_it_at_once() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        for number in 0..60 {
            béla.writes_to(&account, &format!("message number {number}"));
        }
        let ada = house.browser("ada").await;
        ada.begins_pages_with(NOT_IN_GOOD_TIME).await;
        ada.was_signed_in(&account, &house.server.url()).await;
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
