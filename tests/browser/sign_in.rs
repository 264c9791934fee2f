//! Signing in and registering.

use chinwag::state::Password;
use chinwag::state::session::{Change, Command, Failure, Gate};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::Page;

const SUBMIT: &str = "button[type=submit]";

fn gate(busy: bool, error: Option<&str>) -> Change {
    let error = error.map(|error| Failure::Server(error.to_owned()));
    Change::Gate(Gate::SignIn { busy, error, held: false })
}

async fn page() -> Page {
    let page = Page::start().await;
    page.show([gate(false, None)]).await;
    page
}

async fn fill(page: &Page, fields: &[(&str, &str)]) {
    for (field, text) in fields {
        page.type_into(field, text).await;
    }
}

#[wasm_bindgen_test]
async fn the_form_says_what_it_is_and_what_each_field_is() {
    let page = page().await;
    assert_eq!(page.text("h1"), "Login");
    assert_eq!(page.texts("label"), ["Email", "Password"]);
    assert_eq!(page.texts("button"), ["Login", "Don't have an account? Register"]);
    for (field, kind, fills) in
        [("email", "email", "email"), ("password", "password", "current-password")]
    {
        let field = format!("#{field}");
        assert_eq!(page.attribute(&field, "type").unwrap(), kind);
        assert_eq!(page.attribute(&field, "autocomplete").unwrap(), fills);
        assert!(page.has(&format!("label[for={}]", &field[1..])));
    }
    assert_eq!(page.texts(".complaint"), ["", ""], "nobody is blamed before they tried");
}

#[wasm_bindgen_test]
async fn one_can_change_to_the_form_for_a_new_account_and_back() {
    let page = page().await;
    fill(&page, &[("#email", "ada@example.org")]).await;
    page.press("Don't have an account? Register").await;
    assert_eq!(page.text("h1"), "Register");
    assert_eq!(page.texts("label"), ["Username", "Email", "Password"]);
    assert_eq!(page.attribute("#password", "autocomplete").unwrap(), "new-password");
    assert_eq!(page.value("#email"), "ada@example.org", "what was typed stays");
    page.press("Already have an account? Login").await;
    assert_eq!(page.texts("label"), ["Email", "Password"]);
    assert_eq!(page.sent(), []);
}

#[wasm_bindgen_test]
async fn what_is_missing_is_said_and_nothing_is_sent() {
    let page = page().await;
    page.press("Don't have an account? Register").await;
    page.click(SUBMIT).await;
    assert_eq!(
        page.texts(".complaint"),
        ["Please enter username", "Please enter email", "Please enter password"]
    );
    assert!(page.is_focused("#username"));
    assert_eq!(page.attribute("#username", "aria-invalid").as_deref(), Some("true"));
    assert_eq!(page.attribute("#username", "aria-describedby").unwrap(), "username-complaint");
    // From then on the words follow the typing.
    fill(&page, &[("#username", "ada"), ("#email", "  "), ("#password", "12345")]).await;
    assert_eq!(
        page.texts(".complaint"),
        ["", "Please enter email", "Password must be at least 6 characters"]
    );
    assert_eq!(page.attribute("#username", "aria-invalid"), None);
    page.click(SUBMIT).await;
    assert!(page.is_focused("#email"));
    assert_eq!(page.sent(), []);
}

#[wasm_bindgen_test]
async fn a_sign_in_is_sent_with_the_address_trimmed_and_the_password_as_it_is() {
    let page = page().await;
    fill(&page, &[("#email", "  ada@example.org "), ("#password", " secret ")]).await;
    page.click(SUBMIT).await;
    let email = "ada@example.org".to_owned();
    assert_eq!(page.sent(), [Command::SignIn { email, password: Password::from(" secret ") }]);
}

#[wasm_bindgen_test]
async fn an_account_is_asked_for_with_name_and_address_trimmed() {
    let page = page().await;
    page.press("Don't have an account? Register").await;
    let fields = [("#username", " Ada "), ("#email", " ada@example.org"), ("#password", "secret")];
    fill(&page, &fields).await;
    page.click(SUBMIT).await;
    let (username, email) = ("Ada".to_owned(), "ada@example.org".to_owned());
    let password = Password::from("secret");
    assert_eq!(page.sent(), [Command::Register { username, email, password }]);
}

#[wasm_bindgen_test]
async fn while_it_is_under_way_it_is_not_sent_again() {
    let page = page().await;
    fill(&page, &[("#email", "ada@example.org"), ("#password", "secret")]).await;
    page.show([gate(true, None)]).await;
    assert_eq!(page.text(SUBMIT), "Please wait");
    assert_eq!(page.attribute(SUBMIT, "aria-disabled").as_deref(), Some("true"));
    page.click(SUBMIT).await;
    page.press("Don't have an account? Register").await;
    assert_eq!(page.sent(), []);
    assert_eq!(page.text("h1"), "Login", "the answer under way belongs to this form");
    page.show([gate(false, None)]).await;
    assert_eq!(page.text(SUBMIT), "Login");
    assert_eq!(page.value("#password"), "secret");
    page.click(SUBMIT).await;
    assert_eq!(page.sent().len(), 1);
}

#[wasm_bindgen_test]
async fn the_servers_words_are_shown_until_one_changes_the_form_or_tries_again() {
    let page = page().await;
    fill(&page, &[("#email", "ada@example.org"), ("#password", "secret")]).await;
    page.show([gate(false, Some("Invalid credentials"))]).await;
    assert_eq!(page.text("[role=alert]"), "Invalid credentials");
    page.press("Don't have an account? Register").await;
    assert_eq!(page.text("[role=alert]"), "");
    page.show([gate(true, None), gate(false, Some("User already exists"))]).await;
    assert_eq!(page.text("[role=alert]"), "User already exists");
}

#[wasm_bindgen_test]
async fn an_address_that_is_to_wait_is_not_sent_and_another_is() {
    let page = page().await;
    fill(&page, &[("#email", " ada@example.org"), ("#password", "secret")]).await;
    let held = |held: bool, error: Option<&str>| {
        let error = error.map(|error| Failure::Server(error.to_owned()));
        Change::Gate(Gate::SignIn { busy: false, error, held })
    };
    page.click(SUBMIT).await;
    assert_eq!(page.sent().len(), 1);
    page.show([gate(true, None), held(true, Some("Try again in 5 minutes."))]).await;
    assert_eq!(page.text("[role=alert]"), "Try again in 5 minutes.");
    assert_eq!(page.text(SUBMIT), "Please wait");
    assert_eq!(page.attribute(SUBMIT, "aria-disabled").as_deref(), Some("true"));
    page.click(SUBMIT).await;
    assert_eq!(page.sent(), []);
    fill(&page, &[("#email", "bela@example.org")]).await;
    assert_eq!(page.text(SUBMIT), "Login");
    assert_eq!(page.attribute(SUBMIT, "aria-disabled"), None);
    fill(&page, &[("#email", "ada@example.org")]).await;
    assert_eq!(page.text(SUBMIT), "Please wait");
    page.press("Don't have an account? Register").await;
    assert_eq!(page.text(SUBMIT), "Register", "that is something else");
    assert_eq!(page.text("[role=alert]"), "");
    page.press("Already have an account? Login").await;
    assert_eq!(page.text(SUBMIT), "Please wait");
    assert_eq!(
        page.text("[role=alert]"),
        "Try again in 5 minutes.",
        "nobody waits without a reason"
    );
    assert_eq!(page.sent(), []);
    page.show([held(false, None)]).await;
    assert_eq!(page.text(SUBMIT), "Login");
    assert_eq!(page.text("[role=alert]"), "", "what was said is true no more");
    page.click(SUBMIT).await;
    assert_eq!(page.sent().len(), 1);
}

#[wasm_bindgen_test]
async fn the_same_error_twice_is_shown_twice() {
    let page = page().await;
    fill(&page, &[("#email", "ada@example.org"), ("#password", "secret")]).await;
    for _ in 0..2 {
        page.show([gate(true, None)]).await;
        assert_eq!(page.text("[role=alert]"), "");
        page.show([gate(false, Some("Invalid credentials"))]).await;
        assert_eq!(page.text("[role=alert]"), "Invalid credentials");
        page.press("Don't have an account? Register").await;
        page.press("Already have an account? Login").await;
    }
}

#[wasm_bindgen_test]
async fn a_session_that_ended_says_so() {
    let page = page().await;
    let error = Some(Failure::SessionEnded);
    page.show([Change::Gate(Gate::SignIn { busy: false, error, held: false })]).await;
    assert_eq!(page.text("[role=alert]"), "Your session has ended. Please log in again.");
}
