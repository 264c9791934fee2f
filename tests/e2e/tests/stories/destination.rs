//! To whom a text goes.

use std::collections::BTreeMap;
use std::time::Duration;

use chinwag_e2e::tell;
use serde_json::json;

/// Changes the conversation, types and presses Enter, a thousand times and without waiting: sometimes the conversation is
/// changed before typing, sometimes between typing and Enter, sometimes the page may draw before one types. What is
/// typed is for whom one sees in the conversation's head. Returns the texts for each name.
const FLURRY: &str = "
    const [ids, count] = arguments;
    const typed = {};
    let seed = 1;
    const chance = count => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return (seed >>> 16) % count;
    };
    // Between the two groups of the list somebody has no row for a moment: no hand could meet one then.
    const turn = () =>
        document.querySelector(`button.person[data-user='${ids[chance(ids.length)]}']`)?.click();
    const type = number => {
        const name = document.querySelector('.conversation-name').textContent;
        const text = `${number} for ${name}`;
        (typed[name] ??= []).push(text);
        write(text);
    };
    const flurry = async () => {
        for (let number = 1; number <= count; number += 1) {
            switch (chance(8)) {
                case 0: case 1: case 2: turn(); type(number); enter(); break;
                case 3: case 4: type(number); turn(); enter(); break;
                case 5: case 6: turn(); await null; type(number); turn(); enter(); break;
                default: turn(); await new Promise(done => setTimeout(done)); type(number); enter();
            }
        }
        window.flurry = typed;
    };
    flurry();
";

/// Line 4.
#[test]
fn whoever_changes_the_conversation_in_the_moment_of_enter_writes_to_whom_it_was_typed_for() {
    const TIMES: usize = 1_000;
    tell(async |house| {
        let account = house.account("ada");
        // Many, since a short conversation is drawn sooner than a long one.
        let names = ["béla", "chi", "dov", "eva", "finn", "gil", "hana", "ida"];
        let others: Vec<_> = names.map(|name| house.account(name)).into();
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        let ids: Vec<_> = others.iter().map(|other| other.id.clone()).collect();
        ada.hands(FLURRY, vec![json!(ids), json!(TIMES)]).await;
        let typed = ada
            .within(Duration::from_mins(2), "the end of the flurry", async || {
                let typed = ada.asks("return window.flurry ?? null", vec![]).await;
                let typed: Option<BTreeMap<String, Vec<String>>> =
                    serde_json::from_value(typed).unwrap();
                typed.ok_or_else(|| "it goes on".to_owned())
            })
            .await;
        let counts: Vec<_> = typed.iter().map(|(name, texts)| (name, texts.len())).collect();
        assert!(counts.iter().map(|(_, count)| count).sum::<usize>() == TIMES, "{counts:?}");
        assert!(counts.iter().all(|(_, count)| *count > TIMES / 20), "{counts:?}");
        for other in &others {
            let wanted = &typed[&other.name];
            ada.within(Duration::from_mins(1), "all to be stored", async || {
                let stored = account.whole_history_with(other);
                let stored: Vec<_> = stored.into_iter().map(|(_, text)| text).collect();
                let strange =
                    stored.iter().find(|text| !text.ends_with(&format!("for {}", other.name)));
                assert_eq!(strange, None, "{} got what was for another", other.name);
                if stored == *wanted {
                    return Ok(());
                }
                let lost: Vec<_> = wanted.iter().filter(|text| !stored.contains(text)).collect();
                Err(format!("{} has {}, not {lost:?}", other.name, stored.len()))
            })
            .await;
        }
    });
}
