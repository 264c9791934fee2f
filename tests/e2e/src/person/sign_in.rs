//! The sign-in page.

use super::{Person, expect_equal};
use crate::account::{PASSWORD, email_of};

impl Person {
    /// Sees the sign-in page.
    pub async fn sees_the_sign_in_page(&self) {
        self.sees_element("[data-page=sign-in]", None).await;
    }

    /// Sees the sign-in page for as long as it takes to be sure that it stays.
    pub async fn stays_outside(&self) {
        self.sees_the_sign_in_page().await;
        let while_ = std::time::Duration::from_millis(700);
        self.stays("the sign-in page", while_, async || {
            self.finds("[data-page=sign-in]", None).await.map(drop)
        })
        .await;
    }

    /// Registers, and comes into the chat.
    pub async fn registers(&self) {
        self.tries_to_register(self.name(), &email_of(self.name()), PASSWORD).await;
        self.sees_the_chat().await;
    }

    /// Fills in the form for new people and sends it.
    pub async fn tries_to_register(&self, username: &str, email: &str, password: &str) {
        self.presses_button("Don't have an account? Register").await;
        self.sees_element("h1", "Register").await;
        self.types_into("#username", username).await;
        self.types_into("#email", email).await;
        self.types_into("#password", password).await;
        self.submits().await;
    }

    /// Signs in, and comes into the chat.
    pub async fn signs_in(&self) {
        self.tries_to_sign_in(PASSWORD).await;
        self.sees_the_chat().await;
    }

    /// Fills in the form with this password and sends it.
    pub async fn tries_to_sign_in(&self, password: &str) {
        self.types_into("#email", &email_of(self.name())).await;
        self.types_into("#password", password).await;
        self.submits().await;
    }

    /// Sends the form.
    pub async fn submits(&self) {
        self.clicks("form.sign-in button[type=submit]", None).await;
    }

    /// Sees what the form complains of below its fields, from the top.
    pub async fn sees_complaints(&self, complaints: &[&str]) {
        self.until("the form's complaints", async || {
            let script = "return [...document.querySelectorAll('.complaint')]
                .map(e => e.innerText).filter(text => text !== '')";
            expect_equal(&self.asks(script, vec![]).await, &complaints.into())
        })
        .await;
    }

    /// Sees what went wrong with the sign-in.
    pub async fn sees_error(&self, words: &str) {
        self.sees_element("[role=alert] .form-error", words).await;
    }
}
