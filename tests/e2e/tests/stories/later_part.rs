//! The program's later part where it is needed before it is there.

use chinwag_e2e::{Account, Server, tell};

/// A page that no worker serves.
const NO_WORKER: &str =
    "if (navigator.serviceWorker) navigator.serviceWorker.register = () => new Promise(() => {})";

#[test]
fn it_comes_by_itself_once_the_page_stands() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        béla.writes_to(&account, "hello");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &house.server.url()).await;
        ada.visits(&house.server.url()).await;
        ada.sees_the_chat().await;
        ada.has_the_later_part().await;
        ada.opens("béla").await;
        ada.sees_message("hello").await;
        ada.logs_out().await;
        ada.sees_the_sign_in_page().await;
    });
}

/// Its host has lost it, since it has another version already, and no worker has it yet. A call cannot wait: all that is left is to say what
/// it was, and to begin again.
#[test]
fn where_it_cannot_be_had_one_is_told_so_and_loads_the_page_again() {
    tell(async |house| {
        let built = house.copies_the_page();
        let later = built.loses("_later.wasm");
        let server = Server::open(built.path()).await;
        let account = Account::register(&server.url(), "ada");
        let béla = Account::register(&server.url(), "béla");
        béla.writes_to(&account, "hello");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &server.url()).await;
        ada.begins_pages_with(NO_WORKER).await;
        ada.visits(&server.url()).await;
        ada.until("the notice", async || {
            // Whatever needs it first.
            ada.asks("document.querySelector('.leave')?.click()", vec![]).await;
            if ada.sees_a_crash().await { Ok(()) } else { Err("none".to_owned()) }
        })
        .await;
        ada.sees_element("#crashed", "The rest of Chinwag could not be loaded.").await;
        built.finds(later);
        ada.clicks("#crashed a", None).await;
        ada.sees_the_chat().await;
        assert!(!ada.sees_a_crash().await);
        ada.opens("béla").await;
        ada.sees_message("hello").await;
    });
}

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
