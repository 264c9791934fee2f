//! The page on a phone: one pane at a time.

use chinwag_e2e::{PHONE, tell};
use serde_json::json;

const LIST: &str = "nav.roster";
const CONVERSATION: &str = ".conversation";

#[test]
fn a_phone_shows_the_list_or_the_conversation() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        house.account("a name as long as names may be");
        let long = "http://example.org/".to_owned() + &"averylongword".repeat(30);
        béla.writes_to(&account, &long);

        let ada = house.visitor("ada").await;
        ada.has_a_window(PHONE).await;
        ada.sees_the_sign_in_page().await;
        ada.sees_no_horizontal_scrolling().await;
        ada.presses_button("Don't have an account? Register").await;
        ada.sees_element("#username", None).await;
        ada.sees_no_horizontal_scrolling().await;
        ada.presses_button("Already have an account? Login").await;
        ada.signs_in().await;

        ada.sees_people(&["béla", "a name as long as names may be"]).await;
        ada.sees_element(LIST, None).await;
        ada.sees_no(CONVERSATION).await;
        ada.sees_no_horizontal_scrolling().await;

        ada.opens("béla").await;
        ada.sees_message(&long).await;
        ada.sees_no(LIST).await;
        ada.sees_no_horizontal_scrolling().await;
        ada.says(&"anotherlongword".repeat(20)).await;
        ada.bubble(&"anotherlongword".repeat(20)).becomes("sent").await;
        ada.sees_no_horizontal_scrolling().await;
        ada.is_at_the_end().await;
        // All of it fits: the field one writes in is at the bottom of the window.
        let script = "return document.querySelector('.composer').getBoundingClientRect().bottom <= innerHeight
            && document.scrollingElement.scrollHeight <= innerHeight";
        assert_eq!(ada.asks(script, vec![]).await, true);

        ada.presses_button("Back").await;
        ada.sees_element(LIST, None).await;
        ada.sees_no(CONVERSATION).await;
        ada.opens("a name as long").await;
        ada.sees_no_horizontal_scrolling().await;
        // The phone's own way back leads to the list too.
        ada.goes_back().await;
        ada.sees_element(LIST, None).await;
        ada.sees_no(CONVERSATION).await;
    });
}

#[test]
fn the_field_stays_above_the_keyboard_of_a_phone() {
    tell(async |house| {
        house.account("béla");
        let ada = house.member("ada").await;
        ada.has_a_window(PHONE).await;
        ada.opens("béla").await;
        ada.sees_element(".composer", None).await;
        let bottom = "return document.querySelector('.composer').getBoundingClientRect().bottom";
        let whole = ada.asks(bottom, vec![]).await;
        // As Safari tells of it: what is seen is less, and the page is as large as before.
        let keyboard = "const [height, scale] = arguments;
            for (const [name, value] of Object.entries({ height, scale }))
                Object.defineProperty(visualViewport, name, { value, configurable: true });
            visualViewport.dispatchEvent(new Event('resize'));";
        ada.asks(keyboard, vec![json!(500), json!(1)]).await;
        assert_eq!(ada.asks(bottom, vec![]).await.as_f64(), Some(500.0));
        ada.sees_no_horizontal_scrolling().await;
        // Who looks closer with two fingers has not opened one.
        ada.asks(keyboard, vec![json!(422), json!(2)]).await;
        assert_eq!(ada.asks(bottom, vec![]).await, whole);
        ada.asks(keyboard, vec![json!(844), json!(1)]).await;
        assert_eq!(ada.asks(bottom, vec![]).await, whole);
    });
}
