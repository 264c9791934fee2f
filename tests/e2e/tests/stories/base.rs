//! A server that knows the base protocol alone: the chat works in full, and loses nothing there either.

use chinwag_e2e::{Chance, Drawn, Proxy, tell};

use crate::storm::{Talk, calm, same, sees_last, texts, turned};

/// Line 1, and line 2: nothing is sent again blindly, though some texts are alike.
#[test]
fn a_base_server_behind_broken_lines_loses_nothing_and_stores_nothing_twice() {
    const EACH: usize = 200;
    const STRIKES: usize = 4;
    tell(async |house| {
        let base = house.base().await;
        let (ada_has, béla_has) = (base.account("ada"), base.account("béla"));
        let by_ada = Proxy::open(base.port()).await;
        let by_béla = Proxy::open(base.port()).await;
        let ada = house.returns_by(&ada_has, &by_ada.url()).await;
        let béla = house.returns_by(&béla_has, &by_béla.url()).await;
        ada.opens("béla").await;
        béla.opens("ada").await;
        // Every fifth text is one that was said before, by both.
        let say = |name: &str| {
            let text = |n| if n % 5 == 4 { "yes".to_owned() } else { format!("{name} {n}") };
            (1..=EACH).map(text).collect::<Vec<_>>()
        };
        let (from_ada, from_béla) = (say("ada"), say("béla"));
        let mut talk =
            Talk { people: [(&ada, &by_ada), (&béla, &by_béla)], chance: Chance::new(3) };
        for (from_ada, from_béla) in from_ada.chunks(EACH / 4).zip(from_béla.chunks(EACH / 4)) {
            let loses = async {
                Chance::new(from_ada.len() as u64).waits(200..900).await;
                base.loses_answers(2);
            };
            tokio::join!(talk.goes_on([from_ada, from_béla], STRIKES), loses);
        }
        calm(&[&ada, &béla], 2 * EACH, || base.stored().len()).await;
        same("what ada typed, as stored", &base.stored_of("ada"), &from_ada);
        same("what béla typed, as stored", &base.stored_of("béla"), &from_béla);
        let stored: Vec<Drawn> =
            base.stored().into_iter().map(|one| (one.from == "ada", one.content)).collect();
        let last = stored.last().map(|(_, text)| text.clone()).unwrap_or_default();
        sees_last(&ada, &last).await;
        sees_last(&béla, &last).await;
        let (by_ada, by_béla) = tokio::join!(ada.reads_everything(), béla.reads_everything());
        same("what ada sees", &by_ada, &stored);
        same("what béla sees", &by_béla, &turned(&stored));
        ada.reloads().await;
        ada.sees_the_chat().await;
        same("what ada sees after a reload", &ada.reads_everything().await, &stored);
        assert_eq!(texts(&stored, true).len(), EACH);
    });
}
