//! One's own account: where one is signed in, the password, the name and the picture. Two browsers, the real server.

use chinwag_e2e::{Key, Person, tell};
use serde_json::{Value, json};

const TOOL: &str = ".topbar [aria-label=Settings]";
const OVER: &str = "Your session has ended. Please log in again.";

async fn opens_the_settings(person: &Person) {
    person.clicks(TOOL, None).await;
    person.sees_element("dialog[open]", "Settings").await;
}

#[test]
fn a_session_that_is_ended_in_another_browser_is_over_with_a_word() {
    tell(async |house| {
        let here = house.member("ada").await;
        let there = house.visitor("ada").await;
        there.signs_in().await;
        opens_the_settings(&here).await;
        here.sees_element(".device", "This device").await;
        here.sees_element(".device", here.browsers_name()).await;
        here.clicks(".device button", "Log out").await;
        there.sees_the_sign_in_page().await;
        there.sees_error(OVER).await;
        assert_eq!(there.token().await, None);
        there.stays_outside().await;
        here.sees_element(".account-word", "Logged out there.").await;
        here.sees_focus_on("#devices-title").await;
        here.sees("You are signed in nowhere else.").await;
        here.sees_the_chat().await;
    });
}

#[test]
fn another_password_ends_the_other_session_and_the_old_one_opens_nothing() {
    tell(async |house| {
        let here = house.member("ada").await;
        let there = house.visitor("ada").await;
        there.signs_in().await;
        opens_the_settings(&here).await;
        here.types_into("#current-password", "not the one").await;
        here.types_into("#new-password", "secret2").await;
        here.presses_button("Change password").await;
        here.sees_element(".account-word", "Current password is wrong").await;
        here.asks("document.querySelector('#current-password').select()", vec![]).await;
        here.types_into("#current-password", "secret1").await;
        here.presses_button("Change password").await;
        here.sees("Your password is changed. All other devices are logged out.").await;
        there.sees_the_sign_in_page().await;
        there.sees_error(OVER).await;
        there.tries_to_sign_in("secret1").await;
        there.sees_error("Invalid credentials").await;
        there.reloads().await;
        there.tries_to_sign_in("secret2").await;
        there.sees_the_chat().await;
        here.reloads().await;
        here.sees_the_chat().await;
    });
}

/// Chooses a green picture in the field for it, as a person does in the browser's own dialog.
const CHOOSE: &str = "
    const canvas = document.createElement('canvas');
    canvas.width = 640; canvas.height = 480;
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#0a0'; pen.fillRect(0, 0, 640, 480);
    canvas.toBlob((blob) => {
        const choice = new DataTransfer();
        choice.items.add(new File([blob], 'me.png'));
        const field = document.querySelector('#picture');
        field.files = choice.files;
        field.dispatchEvent(new Event('change', { bubbles: true }));
    });
";

/// How wide the pictures are that have loaded, and where they are from.
async fn sees_pictures(person: &Person, place: &str, expected: &Value) {
    let script = "return [...document.querySelectorAll(arguments[0])]
        .filter((picture) => picture.complete)
        .map((picture) => [picture.naturalWidth, new URL(picture.src).pathname.slice(0, 14)])";
    person
        .until(&format!("the pictures in {place}"), async || {
            let is = person.asks(script, vec![json!(place)]).await;
            if is == *expected { Ok(()) } else { Err(format!("it has {is}")) }
        })
        .await;
}

#[test]
fn another_name_and_a_picture_are_seen_by_others_at_once() {
    tell(async |house| {
        let ada = house.member("ada").await;
        let béla = house.member("béla").await;
        béla.opens("ada").await;
        opens_the_settings(&ada).await;
        // In WebKit all of it is chosen, and typed over.
        ada.types_into("#profile-name", &format!("{}{}", char::from(Key::End), " Lovelace")).await;
        ada.presses_button("Save the name").await;
        ada.sees("Saved. Others see it now.").await;
        ada.sees_title("Chat - ada Lovelace").await;
        béla.sees_people(&["ada Lovelace"]).await;
        béla.sees_element(".conversation-name", "ada Lovelace").await;

        ada.asks(CHOOSE, vec![]).await;
        let loaded = json!([[256, "/api/pictures/"]]);
        sees_pictures(&ada, "dialog .avatar img", &loaded).await;
        sees_pictures(&béla, ".conversation-head .avatar img", &loaded).await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        opens_the_settings(&ada).await;
        sees_pictures(&ada, "dialog .avatar img", &loaded).await;
        ada.presses_button("Remove the picture").await;
        sees_pictures(&béla, ".conversation-head .avatar img", &json!([])).await;
        ada.has_had_no_trouble().await;
        béla.has_had_no_trouble().await;
    });
}

#[test]
fn a_server_that_offers_nothing_of_it_shows_nothing_of_it() {
    tell(async |house| {
        let base = house.base().await;
        let ada = house.returns_by(&base.account("ada"), &base.url()).await;
        opens_the_settings(&ada).await;
        ada.sees_element("dialog .setting", None).await;
        ada.sees_no("dialog .account:not([aria-labelledby=local-title])").await;
    });
}
