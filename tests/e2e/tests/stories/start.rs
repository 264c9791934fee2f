//! How the page starts: what is on the screen before the program, and what is asked while it loads.

use std::time::Duration;

use chinwag_e2e::{DESKTOP, House, PHONE, Person, Proxy, tell};

use serde_json::{Value, json};

/// Notes which frame is shown before the program has begun.
const NOTE: &str = "addEventListener('DOMContentLoaded', () => {
    const shown = [...document.querySelectorAll('#skeleton *')].filter(e => e.getClientRects().length > 0);
    window.first = shown.map(e => e.className).filter(name => typeof name === 'string');
    window.early_app = document.querySelector('#app').childElementCount;
})";

/// What was asked of a server until now: each path and how often; and how many of them before the program was there.
const ASKED: &str = "
    const entries = performance.getEntriesByType('resource');
    const program = entries.find(entry => entry.name.endsWith('.wasm')).responseEnd;
    const asked = {};
    for (const { name, startTime } of entries) {
        const path = name.replace(/^.*\\/(api\\/|config)/, '$1').replace(/[?&].*/, '');
        if (!/^(api|config)/.test(path)) continue;
        asked[path] ??= { times: 0, early: 0 };
        asked[path].times += 1;
        if (startTime < program) asked[path].early += 1;
    }
    return asked;
";

async fn first(person: &Person) -> Vec<String> {
    let first = person.asks("return window.first", vec![]).await;
    let name = |name: &Value| name.as_str().unwrap_or_default().to_owned();
    first.as_array().into_iter().flatten().map(name).collect()
}

fn has(first: &[String], class: &str) -> bool {
    first.iter().any(|name| name.split(' ').any(|one| one == class))
}

#[test]
fn before_the_program_is_there_the_page_has_the_frame_of_what_comes() {
    tell(async |house| {
        let account = house.account("ada");
        let béla = house.account("béla");
        let url = house.server.url();
        let ada = house.browser("ada").await;
        ada.begins_pages_with(NOTE).await;
        ada.visits(&url).await;
        let out = first(&ada).await;
        assert!(has(&out, "sign-in") && !has(&out, "chat"), "{out:?}");

        ada.was_signed_in(&account, &url).await;
        ada.visits(&url).await;
        let list = first(&ada).await;
        assert!(has(&list, "roster") && has(&list, "nobody") && !has(&list, "card"), "{list:?}");
        assert!(!has(&list, "bubbles"), "{list:?}");
        assert_eq!(ada.asks("return window.early_app", vec![]).await, 0);
        ada.sees_the_chat().await;
        ada.sees_no("#skeleton").await;

        let conversation = format!("{url}/?#/{}", béla.id);
        ada.visits(&conversation).await;
        let talk = first(&ada).await;
        assert!(has(&talk, "roster") && has(&talk, "bubbles") && !has(&talk, "nobody"), "{talk:?}");

        ada.has_a_window(PHONE).await;
        ada.reloads().await;
        let talk = first(&ada).await;
        assert!(has(&talk, "bubbles") && !has(&talk, "roster"), "{talk:?}");
        ada.visits(&url).await;
        let list = first(&ada).await;
        assert!(has(&list, "roster") && !has(&list, "conversation"), "{list:?}");
    });
}

#[test]
fn the_colours_that_were_chosen_are_there_before_the_first_paint() {
    tell(async |house| {
        let ada = house.visitor("ada").await;
        let look = "addEventListener('DOMContentLoaded', () => {
            const { backgroundColor, colorScheme } = getComputedStyle(document.body);
            window.colours = [backgroundColor, colorScheme];
        })";
        ada.begins_pages_with(look).await;
        let (light, dark) = ("oklch(0.97 0.006 265)", "oklch(0.187 0.013 271)");
        for (theme, ground, scheme) in
            [("dark", dark, "dark"), ("light", light, "light"), ("", light, "light dark")]
        {
            let script = "localStorage.setItem('chinwag.theme', arguments[0])";
            ada.asks(script, vec![json!(theme)]).await;
            ada.reloads().await;
            let colours = ada.asks("return window.colours", vec![]).await;
            assert_eq!(colours, json!([ground, scheme]), "{theme}");
        }
    });
}

/// Where the frame's parts are, and where the page's are that come in their place.
const PLACES: &str = "
    const [parts] = arguments;
    const app = document.querySelector('#app'), skeleton = document.querySelector('#skeleton');
    const places = top => parts.map(part => {
        const found = [...top.querySelectorAll(part)].find(e => e.getClientRects().length > 0);
        if (!found) return `${part}: none`;
        // How wide a text is nobody knows before.
        const { x, y, height } = found.getBoundingClientRect();
        return `${part}: ${[x, y, height].map(Math.round)}`;
    });
    const real = places(app);
    app.style.display = 'none';
    skeleton.style.display = 'block';
    const frame = places(skeleton);
    app.style.display = '';
    skeleton.style.display = '';
    return [real, frame];
";

#[test]
fn nothing_moves_when_the_program_takes_the_place_of_the_frame() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        béla.writes_to(&account, "hello");
        let ada = house.returns(&account).await;
        let list =
            [".topbar", ".roster", ".roster-head", ".roster-list", ".roster-list h3", ".person"];
        let list = [&list[..], &[".person .avatar"]].concat();
        let head = [".conversation-head", ".conversation-head .avatar", ".conversation-name"];
        let foot = ["p.typing", ".composer", ".composer-field", ".send"];
        let none = [".nobody", ".nobody .icon", ".composer", ".composer-field", ".send"];
        let out = [".card", ".brand", ".brand .icon", ".field", "input", ".button.wide"];
        for window in [DESKTOP, PHONE] {
            let phone = window == PHONE;
            ada.has_a_window(window).await;
            ada.visits(&house.server.url()).await;
            ada.sees_person("béla", "a message", |row| row.line == "hello").await;
            same(&ada, &if phone { list.clone() } else { [&list[..], &none].concat() }).await;
            ada.opens("béla").await;
            ada.reloads().await;
            ada.sees_message("hello").await;
            let talk = [&head[..], &[".conversation-presence"], &foot].concat();
            same(&ada, &if phone { talk } else { [&list[..], &talk].concat() }).await;
        }
        ada.presses_button("Back").await;
        ada.logs_out().await;
        for window in [PHONE, DESKTOP] {
            ada.has_a_window(window).await;
            ada.reloads().await;
            ada.sees_the_sign_in_page().await;
            same(&ada, &out).await;
        }
    });
}

async fn same(person: &Person, parts: &[&str]) {
    let places = person.asks(PLACES, vec![json!(parts)]).await;
    assert!(!places[0].to_string().contains("none"), "{places}");
    assert_eq!(places[0], places[1]);
}

async fn asked(person: &Person) -> Value {
    person.asks(ASKED, vec![]).await
}

/// Signed in, at a conversation, by a line on which everything takes a while.
async fn starts_slowly(house: &House, name: &str) -> (Proxy, Person) {
    let (account, béla) = (house.account(name), house.account("béla"));
    béla.writes_to(&account, "hello");
    let line = house.line().await;
    let person = house.browser(name).await;
    person.was_signed_in(&account, &line.url()).await;
    line.is_slow(Duration::from_millis(150));
    person.visits(&format!("{}/#/{}", line.url(), béla.id)).await;
    person.sees_message("hello").await;
    person.sees_the_chat().await;
    (line, person)
}

#[test]
fn what_a_start_needs_is_asked_while_the_program_loads_and_once() {
    tell(async |house| {
        let (_line, ada) = starts_slowly(house, "ada").await;
        let asked = asked(&ada).await;
        for path in ["config.json", "api/auth/me", "api/users"] {
            assert_eq!(asked[path], json!({ "times": 1, "early": 1 }), "{path}: {asked}");
        }
        let calls = asked.as_object().unwrap().keys().filter(|path| path.starts_with("api/"));
        assert_eq!(calls.count(), 4, "{asked}");
        // The session asks these again once the server has greeted: something may have come in between.
        let paths =
            asked.as_object().unwrap().keys().filter(|path| path.starts_with("api/messages/"));
        let paths: Vec<_> = paths.collect();
        assert_eq!(paths.len(), 2, "{asked}");
        for path in paths {
            assert_eq!(asked[path]["early"], 1, "{path}: {asked}");
            assert!(asked[path]["times"].as_u64() <= Some(2), "{path}: {asked}");
        }
        ada.has_had_no_trouble().await;

        // What is on the disk by now may be newer than an answer to what is asked before it is read.
        ada.has_on_disk(&["hello"]).await;
        ada.reloads().await;
        ada.sees_message("hello").await;
        ada.sees_connection("Connected").await;
        let again = self::asked(&ada).await;
        for (path, asked) in again.as_object().unwrap() {
            assert_eq!(asked["times"], 1, "{path}: {again}");
        }
    });
}

#[test]
fn who_is_signed_out_asks_for_nothing_but_the_configuration() {
    tell(async |house| {
        let ada = house.visitor("ada").await;
        ada.sees_the_sign_in_page().await;
        assert_eq!(
            asked(&ada).await.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["config.json"]
        );
        ada.has_had_no_trouble().await;
    });
}

#[test]
fn a_token_that_is_nobodys_any_more_leads_to_the_sign_in_page_without_a_second_question() {
    tell(async |house| {
        let ada = house.browser("ada").await;
        ada.has_a_token(&house.server.url(), "nobodys").await;
        ada.visits(&format!("{}/#/6b03", house.server.url())).await;
        ada.sees_error("Your session has ended. Please log in again.").await;
        assert_eq!(asked(&ada).await["api/auth/me"]["times"], 1);
        assert!(!ada.sees_a_crash().await);
    });
}

#[test]
fn the_server_that_the_configuration_names_is_asked_and_no_other() {
    tell(async |house| {
        let pages = house.hosts_pages_for_the_server().await;
        house.server.stop().await;
        house.server.allow(&pages.origin());
        house.server.start().await;
        let account = house.account("ada");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &pages.url()).await;
        ada.visits(&pages.url()).await;
        ada.sees_the_chat().await;
        let asked = asked(&ada).await;
        assert_eq!(asked["api/auth/me"]["times"], 1, "{asked}");
        let script = "return performance.getEntriesByType('resource').map(entry => entry.name)
            .filter(name => name.includes('/api/') && !name.startsWith(arguments[0]))";
        let elsewhere = ada.asks(script, vec![json!(house.server.url())]).await;
        assert_eq!(elsewhere, json!([]));
    });
}

#[test]
fn an_answer_for_who_was_signed_in_before_is_not_taken_for_another() {
    tell(async |house| {
        let (ada_has, chi_has) = (house.account("ada"), house.account("chi"));
        let url = house.server.url();
        let ada = house.returns(&ada_has).await;
        // Somebody else signs in in another tab, just when the questions are on their way.
        let script = format!(
            "addEventListener('DOMContentLoaded', () =>
                localStorage.setItem('chinwag.token', '{}'))",
            chi_has.token
        );
        ada.begins_pages_with(&script).await;
        ada.visits(&url).await;
        ada.sees_the_chat().await;
        ada.sees_title("Chat - chi").await;
    });
}
