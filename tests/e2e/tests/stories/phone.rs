//! The page on a phone: one pane at a time.

use chinwag_e2e::{PHONE, tell};

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
