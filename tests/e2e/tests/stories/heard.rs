//! What is said aloud to those who hear the page: each thing that happens, once; and nothing that was there before.

use chinwag_e2e::{Key, Person, tell};
use serde_json::json;

/// Listens as a screen reader does: to what comes into the page's live regions (WAI-ARIA 1.2, `log`, `status`, `alert`).
const LISTEN: &str = "
    const said = window.said = [];
    const region = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest('[role=log], [role=status], [role=alert]');
    const words = (node) => node.textContent.replace(/\\s+/g, ' ').trim();
    const say = (text) => text && said.push(text);
    new MutationObserver((changes) => {
        const regions = new Set();
        for (const { target, addedNodes } of changes) {
            const around = region(target);
            if (around?.role === 'log') addedNodes.forEach((node) => say(words(node)));
            else if (around) regions.add(around);
            else for (const node of addedNodes)
                if (node.querySelectorAll) [node, ...node.querySelectorAll('[role]')].filter((one) => region(one) === one).forEach((one) => regions.add(one));
        }
        for (const one of regions) if (one.isConnected && one.role !== 'log') say(words(one));
    }).observe(document.body, { childList: true, characterData: true, subtree: true });";

async fn listens(person: &Person) {
    person.asks(LISTEN, vec![]).await;
}

/// What was said since the last look, once this was.
async fn hears(person: &Person, last: &str) -> Vec<String> {
    person
        .until(&format!("“{last}” is said"), async || {
            let said = person.asks("return window.said", vec![]).await;
            let said = said.as_array().cloned().unwrap_or_default();
            if said.contains(&json!(last)) { Ok(()) } else { Err(format!("{said:?}")) }
        })
        .await;
    let said = person.asks("return window.said.splice(0)", vec![]).await;
    let said = said.as_array().cloned().unwrap_or_default();
    let said = said.iter().filter_map(|one| one.as_str().map(str::to_owned));
    // How long a conversation took to load is another matter.
    said.filter(|text| text != "Loading messages").collect()
}

#[test]
fn who_hears_the_page_is_told_of_each_message_that_comes_once_and_of_no_other() {
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let chi_has = house.account("chi");
        for number in 0..5 {
            béla_has.writes_to(&ada_has, &format!("history {number}"));
        }
        let ada = house.returns(&ada_has).await;
        ada.sees_people(&["béla", "chi"]).await;
        ada.sees_connection("Connected").await;
        listens(&ada).await;
        ada.opens("béla").await;
        ada.sees_message("history 4").await;

        // Nothing was said of all that, or it would stand before this.
        béla_has.writes_to(&ada_has, "one");
        assert_eq!(hears(&ada, "béla: one").await, ["béla: one"]);
        for text in ["two", "three", "four"] {
            béla_has.writes_to(&ada_has, text);
        }
        assert_eq!(hears(&ada, "béla: four").await, ["béla: two", "béla: three", "béla: four"]);
        // Of another conversation too, and never of what one has said oneself.
        ada.says("mine").await;
        ada.bubble("mine").becomes("sent").await;
        chi_has.writes_to(&ada_has, "elsewhere");
        assert_eq!(hears(&ada, "New message from chi").await, ["New message from chi"]);
        ada.opens("chi").await;
        ada.sees_message("elsewhere").await;
        ada.opens("béla").await;
        ada.sees_message("mine").await;
        béla_has.writes_to(&ada_has, "last");
        assert_eq!(hears(&ada, "béla: last").await, ["béla: last"]);
    });
}

#[test]
fn who_hears_the_page_is_told_who_types_how_the_connection_is_and_what_came_of_what_one_did() {
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let (ada, béla) = (house.returns(&ada_has).await, house.returns(&béla_has).await);
        ada.opens("béla").await;
        béla.opens("ada").await;
        ada.sees_connection("Connected").await;
        listens(&ada).await;
        béla.writes("wait").await;
        assert_eq!(hears(&ada, "béla is typing...").await, ["béla is typing..."]);
        béla.presses(Key::Enter).await;
        assert_eq!(hears(&ada, "béla: wait").await, ["béla: wait"]);

        // A message is copied, by the keyboard.
        ada.sees_focus_on("#composer").await;
        for key in [Key::Up, Key::Enter, Key::Enter] {
            ada.presses(key).await;
        }
        assert_eq!(hears(&ada, "Copied").await, ["Copied"]);

        ada.types_into("#search", "nobody of that name").await;
        let found = hears(&ada, "Nobody by that name.").await;
        assert_eq!(found.last().map(String::as_str), Some("Nobody by that name."));
        ada.presses(Key::Escape).await;

        // A message that this server does not take.
        let long = "const field = document.querySelector('#composer');
            field.focus(); field.value = 'x'.repeat(10001); field.dispatchEvent(new Event('input', { bubbles: true }));";
        ada.asks(long, vec![]).await;
        assert_eq!(hears(&ada, "The message is too long.").await, ["The message is too long."]);
        ada.asks(&long.replace("10001", "0"), vec![]).await;

        house.server.stop().await;
        assert_eq!(hears(&ada, "Disconnected").await, ["Disconnected"]);
        house.server.start().await;
        assert_eq!(hears(&ada, "Connected").await.last().map(String::as_str), Some("Connected"));
    });
}
