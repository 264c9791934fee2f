//! Notifications of messages that are not seen; and what else the browser shows around the page.

use chinwag_e2e::{Key, tell, tell_except};
use serde_json::json;

use crate::engines::{
    FIREFOX_INSTALLS, FIREFOX_NOTIFICATIONS, WEBKIT_INSTALLS, WEBKIT_NOTIFICATIONS,
};

const TOOL: &str = ".topbar [aria-label=Settings]";
const SWITCH: &str = "dialog input[name=notify]";
const ICON: &str = "return document.querySelector('link[rel=icon]').href.split('/').at(-1)";

#[test]
fn what_one_does_not_see_is_notified_of_until_it_is_read_in_any_place() {
    tell_except(&[FIREFOX_NOTIFICATIONS, WEBKIT_NOTIFICATIONS], async |house| {
        let (account, chi, béla) =
            (house.account("ada"), house.account("chi"), house.account("béla"));
        let ada = house.returns(&account).await;
        ada.has_the_page_kept().await;
        béla.writes_to(&account, "nobody has asked for notifications yet");
        ada.sees_unread("béla", 1).await;
        ada.may_be_notified(&house.server.url()).await;
        ada.clicks(TOOL, None).await;
        ada.clicks(SWITCH, None).await;
        ada.sees_element(&format!("{SWITCH}:checked"), None).await;
        ada.presses(Key::Escape).await;
        ada.sees_no("dialog").await;
        ada.sees_notifications(&[]).await;

        ada.opens("chi").await;
        for text in ["are you there?", "it is about lunch"] {
            béla.writes_to(&account, text);
        }
        ada.sees_notifications(&[["béla", "it is about lunch"]]).await;
        chi.writes_to(&account, "seen at once");
        ada.sees_message("seen at once").await;
        ada.opens("béla").await;
        ada.sees_message("it is about lunch").await;
        ada.sees_notifications(&[]).await;
        ada.sees_title("Chat - ada").await;
        assert_eq!(ada.asks(ICON, vec![]).await, json!("icon.svg"));

        chi.writes_to(&account, "and now?");
        ada.sees_notifications(&[["chi", "and now?"]]).await;
        ada.sees_title("(1) Chat - ada").await;
        assert_eq!(ada.asks(ICON, vec![]).await, json!("icon-unread.svg"));
        // It outlives the page that has shown it.
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_unread("chi", 1).await;
        ada.sees_notifications(&[["chi", "and now?"]]).await;
        let elsewhere = house.returns(&account).await;
        elsewhere.opens("chi").await;
        elsewhere.sees_message("and now?").await;
        ada.sees_notifications(&[]).await;
        ada.sees_title("Chat - ada").await;

        // What the worker tells upon a click (`public/sw.js`).
        let clicked = "const [row] = [...document.querySelectorAll('[data-user]')].filter(row => row.textContent.includes('chi'));
            const data = { open: row.dataset.user };
            navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data }))";
        ada.asks(clicked, vec![]).await;
        ada.sees_element(".conversation-name", "chi").await;
        ada.logs_out().await;
        ada.sees_the_sign_in_page().await;
    });
}

#[test]
fn the_browsers_own_frame_goes_with_the_theme_that_was_chosen() {
    tell(async |house| {
        let ada = house.member("ada").await;
        let media = "return [...document.querySelectorAll('meta[name=theme-color]')].map(meta => meta.media)";
        let by_the_system =
            json!(["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]);
        assert_eq!(ada.asks(media, vec![]).await, by_the_system);
        ada.clicks(TOOL, None).await;
        ada.clicks("dialog input[name=theme][value=dark]", None).await;
        ada.sees_element(":root[data-theme=dark]", None).await;
        assert_eq!(ada.asks(media, vec![]).await, json!(["not all", "all"]));
        ada.reloads().await;
        ada.sees_the_chat().await;
        assert_eq!(ada.asks(media, vec![]).await, json!(["not all", "all"]));
        ada.clicks(TOOL, None).await;
        ada.clicks("dialog input[name=theme][value='']", None).await;
        ada.sees_element(":root:not([data-theme])", None).await;
        assert_eq!(ada.asks(media, vec![]).await, by_the_system);
    });
}

#[test]
fn the_page_can_be_installed() {
    tell_except(&[WEBKIT_INSTALLS, FIREFOX_INSTALLS], async |house| {
        let ada = house.member("ada").await;
        let told = ada.asks_the_browser("Page.getAppManifest").await;
        assert_eq!(told["errors"], json!([]), "{told}");
        let url = told["url"].as_str().unwrap_or_default();
        assert!(url.ends_with("/manifest.webmanifest"), "{told}");
        ada.has_the_page_kept().await;
        ada.until("nothing in the way", async || {
            let told = ada.asks_the_browser("Page.getInstallabilityErrors").await;
            let wrong = told["installabilityErrors"].to_string();
            if wrong == "[]" { Ok(()) } else { Err(wrong) }
        })
        .await;
    });
}
