//! One's own account in the settings: devices, password, name and picture.

use chinwag::state::User;
use chinwag::state::session::{
    AccountView, Change, Command, Failure, Gate, ListStatus, Progress, SessionsView, Wish,
};
use chinwag_protocol::Device;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at, id, json, named, promised, wait_for};

const TOOL: &str = ".topbar [aria-label=Settings]";
const PROFILE: &str = "section[aria-labelledby=profile-title]";
const DEVICES: &str = "section[aria-labelledby=devices-title]";
const PASSWORD: &str = "section[aria-labelledby=password-title]";

fn look() -> Command {
    Command::Account(Wish::Look)
}

fn account(view: AccountView) -> Change {
    Change::Account(view)
}

fn devices(sessions: SessionsView) -> Change {
    account(AccountView { sessions: Some(sessions), ..AccountView::default() })
}

fn password(progress: Progress) -> Change {
    account(AccountView { password: Some(progress), ..AccountView::default() })
}

fn profile(progress: Progress) -> Change {
    account(AccountView { profile: Some(progress), ..AccountView::default() })
}

fn me(name: &str, avatar: Option<&str>) -> Change {
    let avatar = avatar.map(str::to_owned);
    Change::Gate(Gate::Chat { me: User { avatar, ..User::named(id("grace"), name) } })
}

fn device(name: &str, browser: Option<&str>, system: Option<&str>) -> Device {
    Device {
        id: name.into(),
        created_at: Some(at(1)),
        used_at: Some(at(5)),
        browser: browser.map(str::to_owned),
        system: system.map(str::to_owned),
        current: name == "here",
    }
}

fn listed(ending: Progress) -> SessionsView {
    SessionsView {
        status: ListStatus::Ready,
        devices: vec![
            device("here", Some("Firefox"), Some("Linux")),
            device("phone", Some("Safari"), None),
            device("odd", None, None),
        ],
        ending,
    }
}

/// The settings, with a server that offers this.
async fn opened(offered: Change) -> Page {
    let page = Page::talking_to("ada").await;
    page.show([me("Grace", None), offered]).await;
    page.sent();
    page.click(TOOL).await;
    page
}

async fn leave(page: Page) {
    page.key("dialog h2", "Escape", |_| {}).await;
}

/// What is of the account: the last part of the settings is of this browser, with any server.
fn headings(page: &Page) -> Vec<String> {
    let mut headings = page.texts("dialog h3");
    assert_eq!(headings.pop().as_deref(), Some("Data in this browser"));
    headings
}

#[wasm_bindgen_test]
async fn only_what_the_server_offers_is_there() {
    let page = opened(account(AccountView::default())).await;
    assert_eq!(headings(&page), [""; 0]);
    for (offered, heading) in [
        (devices(SessionsView::default()), "Signed-in devices"),
        (password(Progress::Idle), "Password"),
        (profile(Progress::Idle), "Profile"),
    ] {
        page.show([offered]).await;
        assert_eq!(headings(&page), [heading], "while the settings are open, too");
    }
    let all = AccountView {
        sessions: Some(SessionsView::default()),
        password: Some(Progress::Idle),
        profile: Some(Progress::Idle),
        longest: None,
    };
    page.show([account(all)]).await;
    assert_eq!(headings(&page), ["Profile", "Signed-in devices", "Password"]);
    leave(page).await;
}

#[wasm_bindgen_test]
async fn devices_are_asked_for_when_the_settings_open_and_again_where_that_failed() {
    let page = opened(devices(SessionsView::default())).await;
    assert_eq!(page.sent(), [look()]);
    assert_eq!(page.text(&format!("{DEVICES} .spinner")), "Loading your devices");
    let status = ListStatus::Failed(Failure::NoNetwork);
    page.show([devices(SessionsView { status, ..SessionsView::default() })]).await;
    let words = "The server cannot be reached. Check your connection and try again.";
    assert_eq!(page.text(&format!("{DEVICES} [role=alert] p")), words);
    page.press("Try again").await;
    assert_eq!(page.sent(), [look()]);
    leave(page).await;
}

#[wasm_bindgen_test]
async fn a_device_is_named_and_can_be_logged_out_but_for_this_one() {
    let page = opened(devices(listed(Progress::Idle))).await;
    page.sent();
    let names = format!("{DEVICES} .device-name");
    let texts = page.texts(&names);
    assert_eq!(
        texts,
        [
            "Firefox on LinuxThis device",
            "SafariLast used: brief 5",
            "Unknown browserLast used: brief 5"
        ]
    );
    let buttons = page.all(&format!("{DEVICES} .device button"));
    let labels: Vec<_> =
        buttons.iter().map(|one| one.get_attribute("aria-label").unwrap()).collect();
    assert_eq!(labels, ["Log out: Safari", "Log out: Unknown browser"]);
    let phone = format!("{DEVICES} [aria-label='Log out: Safari']");
    page.find(&phone).focus().unwrap();
    page.click(&phone).await;
    assert_eq!(page.sent(), [Command::Account(Wish::EndSession("phone".into()))]);
    page.press("Log out everywhere else").await;
    assert_eq!(page.sent(), [Command::Account(Wish::EndOtherSessions)]);
    // Its button stays the same while that is under way, and keeps the focus.
    page.show([devices(listed(Progress::Busy))]).await;
    assert!(page.is_focused(&phone));
    assert_eq!(page.attribute(&phone, "aria-disabled").as_deref(), Some("true"));
    let word = format!("{DEVICES} p[role=status]");
    assert_eq!(page.text(&word), "Please wait");
    page.show([devices(listed(Progress::Failed(Failure::TimedOut)))]).await;
    assert_eq!(page.text(&word), "The server took too long to answer. Try again.");
    assert!(page.is_focused(&phone));
    assert_eq!(page.attribute(&phone, "aria-disabled"), None);
    let mut left = listed(Progress::Done);
    left.devices.truncate(1);
    page.show([devices(left)]).await;
    assert_eq!(page.text(&word), "Logged out there.");
    assert!(page.is_focused("#devices-title"), "the button is gone");
    assert_eq!(page.text(&format!("{DEVICES} p.faint")), "You are signed in nowhere else.");
    assert!(!page.has(&format!("{DEVICES} button")));
    leave(page).await;
}

#[wasm_bindgen_test]
async fn another_password_is_asked_for_with_the_present_one() {
    let page = opened(password(Progress::Idle)).await;
    page.sent();
    let submit = format!("{PASSWORD} [type=submit]");
    let complaints = format!("{PASSWORD} .complaint");
    page.click(&submit).await;
    assert_eq!(page.texts(&complaints), ["Please enter password"; 2]);
    assert!(page.is_focused("#current-password"));
    // One that was set by another server's rules may be shorter.
    page.type_into("#current-password", "old").await;
    page.type_into("#new-password", "12345").await;
    assert_eq!(page.texts(&complaints), ["", "Password must be at least 6 characters"]);
    page.click(&submit).await;
    assert!(page.is_focused("#new-password"));
    assert_eq!(page.sent(), []);
    page.type_into("#new-password", "123456").await;
    page.click(&submit).await;
    let change =
        Command::Account(Wish::ChangePassword { current: "old".into(), new: "123456".into() });
    assert_eq!(page.sent(), [change]);

    page.show([password(Progress::Busy)]).await;
    page.click(&submit).await;
    assert_eq!(page.sent(), []);
    let wrong = Failure::Server("Current password is wrong".to_owned());
    page.show([password(Progress::Failed(wrong))]).await;
    let word = format!("{PASSWORD} p[role=status]");
    assert_eq!(page.text(&word), "Current password is wrong");
    assert_eq!(page.attribute(&word, "data-state").as_deref(), Some("failed"));
    assert_eq!(page.value("#new-password"), "123456", "what was typed stays");
    page.show([password(Progress::Done)]).await;
    assert_eq!(page.text(&word), "Your password is changed. All other devices are logged out.");
    assert_eq!([page.value("#current-password"), page.value("#new-password")], [""; 2]);
    assert_eq!(page.texts(&complaints), ["", ""]);
    for (field, fills) in [("current", "current-password"), ("new", "new-password")] {
        let field = format!("#{field}-password");
        assert_eq!(page.attribute(&field, "autocomplete").as_deref(), Some(fills));
        assert_eq!(page.attribute(&field, "type").as_deref(), Some("password"));
    }
    leave(page).await;
}

fn change(username: Option<&str>, avatar: Option<&str>) -> Command {
    let own = |text: Option<&str>| text.map(str::to_owned);
    Command::Account(Wish::ChangeProfile { username: own(username), avatar: own(avatar) })
}

#[wasm_bindgen_test]
async fn a_name_is_saved_by_the_rules_of_registration() {
    let page = opened(profile(Progress::Idle)).await;
    page.sent();
    let submit = format!("{PROFILE} [type=submit]");
    assert_eq!(page.value("#profile-name"), "Grace");
    page.type_into("#profile-name", " ab ").await;
    assert_eq!(page.text(&format!("{PROFILE} .complaint")), "");
    page.click(&submit).await;
    assert_eq!(page.text(&format!("{PROFILE} .complaint")), "A name has 3 to 30 characters");
    assert!(page.is_focused("#profile-name"));
    assert_eq!(page.sent(), []);
    page.type_into("#profile-name", " Grace H. ").await;
    page.click(&submit).await;
    assert_eq!(page.sent(), [change(Some("Grace H."), None)]);
    page.show([me("Grace H.", None), profile(Progress::Done)]).await;
    assert_eq!(page.text(&format!("{PROFILE} p[role=status]")), "Saved. Others see it now.");
    let taken = Failure::Server("Username is taken".to_owned());
    page.show([profile(Progress::Failed(taken))]).await;
    assert_eq!(page.text(&format!("{PROFILE} p[role=status]")), "Username is taken");
    leave(page).await;
}

/// Chooses a file in the picture's field, as a person does. `make` is what a blob is made of, in JavaScript.
async fn choose(make: &str) {
    promised(&format!(
        "(async () => {{
            const choice = new DataTransfer();
            choice.items.add(new File([await (async () => {{ {make} }})()], 'chosen'));
            const field = document.querySelector('#picture');
            field.files = choice.files;
            field.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()"
    ))
    .await;
}

/// A wide picture, red but for its middle.
const WIDE: &str = "const canvas = document.createElement('canvas');
    canvas.width = 600; canvas.height = 300;
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#f00'; pen.fillRect(0, 0, 600, 300);
    pen.fillStyle = '#00f'; pen.fillRect(150, 0, 300, 300);
    return await new Promise((done) => canvas.toBlob(done, 'image/png'));";

#[wasm_bindgen_test]
async fn a_picture_is_made_small_before_it_is_sent() {
    let page = opened(profile(Progress::Idle)).await;
    page.sent();
    choose(WIDE).await;
    let sent = std::cell::RefCell::new(Vec::new());
    wait_for("the picture", || {
        sent.borrow_mut().extend(page.sent());
        !sent.borrow().is_empty()
    })
    .await;
    let sent = sent.take();
    let [Command::Account(Wish::ChangeProfile { username: None, avatar: Some(picture) })] =
        &sent[..]
    else {
        panic!("{sent:?}")
    };
    assert!(picture.starts_with("data:image/jpeg;base64,") && picture.len() < 64 * 1024);
    let seen = promised(&format!(
        "(async () => {{
            const picture = new Image();
            picture.src = {picture:?};
            await picture.decode();
            const canvas = document.createElement('canvas');
            const pen = canvas.getContext('2d');
            canvas.width = canvas.height = 256;
            pen.drawImage(picture, 0, 0);
            const isBlue = (x) => {{ const [r, , b] = pen.getImageData(x, 128, 1, 1).data; return b > 200 && r < 50; }};
            return JSON.stringify([picture.naturalWidth, picture.naturalHeight, isBlue(3), isBlue(252)]);
        }})()"
    ))
    .await;
    assert_eq!(seen.as_string().unwrap(), "[256,256,true,true]", "the square in its middle");
    assert_eq!(json("document.querySelector('#picture').files.length"), "0");
    assert!(!page.has(&format!("{PROFILE} [data-state=failed]")));
    leave(page).await;
}

#[wasm_bindgen_test]
async fn what_is_no_picture_is_said_and_not_sent() {
    let page = opened(profile(Progress::Idle)).await;
    page.sent();
    choose("return 'no picture';").await;
    let word = format!("{PROFILE} [role=status] [data-state=failed]");
    wait_for("the word", || page.has(&word)).await;
    assert_eq!(page.text(&word), "Your browser cannot read this file as a picture.");
    assert_eq!(page.sent(), []);
    choose(WIDE).await;
    wait_for("another try", || !page.has(&word)).await;
    leave(page).await;
}

#[wasm_bindgen_test]
async fn a_picture_is_shown_as_others_see_it_and_can_be_removed() {
    let page = opened(profile(Progress::Idle)).await;
    page.sent();
    let avatar = format!("{PROFILE} .avatar");
    assert_eq!(page.text(&avatar), "G");
    let remove = "Remove the picture";
    assert!(!page.texts(&format!("{PROFILE} button")).contains(&remove.to_owned()));
    page.show([me("Grace", Some("data:image/gif;base64,R0lGODlhAQABAAAAACw="))]).await;
    assert!(page.has(&format!("{avatar} img[src^='data:image/gif']")));
    page.find("#picture").focus().unwrap();
    page.press(remove).await;
    assert_eq!(page.sent(), [change(None, Some(""))]);
    page.show([me("Grace", None), profile(Progress::Done)]).await;
    assert!(!page.has(&format!("{avatar} img")));
    assert!(page.is_focused("#picture"), "the button that had it is gone");
    assert_eq!(page.attribute("#picture", "type").as_deref(), Some("file"));
    leave(page).await;
}

/// The page may be hosted elsewhere than the server.
#[wasm_bindgen_test]
async fn a_picture_of_the_servers_is_looked_for_where_the_server_is() {
    let page = Page::talking_to("ada").await;
    page.state.lives_at("https://chat.invalid/sub".to_owned());
    for (told, address) in [
        ("/api/pictures/1", "https://chat.invalid/sub/api/pictures/1"),
        ("https://example.invalid/a.png", "https://example.invalid/a.png"),
    ] {
        let Change::Person(ada, mut view) = named("ada") else { unreachable!() };
        view.avatar = Some(told.to_owned());
        page.show([Change::Person(ada, view)]).await;
        assert_eq!(
            page.attribute(".conversation-head .avatar img", "src").as_deref(),
            Some(address)
        );
    }
}
