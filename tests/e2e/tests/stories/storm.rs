//! Lines that break again and again, and servers that die: nothing is lost, nothing is there twice, and all see one order.

use std::time::{Duration, Instant};

use chinwag_e2e::{Chance, Drawn, House, Person, Proxy, tell};

/// One's own texts in what somebody sees, in order; or the other's.
fn texts(messages: &[Drawn], own: bool) -> Vec<&str> {
    messages.iter().filter(|message| message.0 == own).map(|message| message.1.as_str()).collect()
}

/// The same messages as the other one sees them.
fn turned(messages: &[Drawn]) -> Vec<Drawn> {
    messages.iter().map(|(own, text)| (!own, text.clone())).collect()
}

/// Everything has arrived: nobody waits for anything, and what the two see is alike.
async fn calm(people: &[(&Person, &str)], limit: Duration) {
    for (person, last) in people {
        person
            .within(limit, &format!("the end of the storm, with “{last}”"), async || {
                let words = person.page_in_words().await;
                let messages = person.messages().await;
                let open = messages
                    .iter()
                    .filter(|(_, state)| matches!(state.as_deref(), Some("waiting" | "sending")));
                match open.count() {
                    0 if !messages.iter().any(|(text, _)| text == last) => {
                        Err(format!("it ends with {:?}", messages.last()))
                    }
                    0 if words.contains("Connected") => Ok(()),
                    open => Err(format!("{open} wait, and the page says: {words}")),
                }
            })
            .await;
    }
}

/// One of the many things that can happen to a line.
async fn strikes(line: &Proxy, chance: &mut Chance) {
    if chance.one_in(2) {
        // What is on its way is stored, and its answer lost: the hardest case.
        line.loses_answers();
        chance.waits(20..120).await;
    }
    line.cuts();
}

/// Line 1.
#[test]
fn fifty_cuts_and_three_crashes_lose_nothing_and_double_nothing() {
    const EACH: usize = 1_000;
    const CUTS: usize = 50;
    tell(async |house: &House| {
        let start = Instant::now();
        let mut chance = Chance::new(1);
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let (by_ada, by_béla) = (house.line().await, house.line().await);
        let ada = house.returns_by(&ada_has, &by_ada.url()).await;
        let béla = house.returns_by(&béla_has, &by_béla.url()).await;
        ada.opens("béla").await;
        béla.opens("ada").await;
        let say = |name: &str| (1..=EACH).map(|n| format!("{name} {n}")).collect::<Vec<_>>();
        let (from_ada, from_béla) = (say("ada"), say("béla"));
        for (person, texts) in [(&ada, &from_ada), (&béla, &from_béla)] {
            person.presses_on().await;
            person.begins_to_say(texts, 4, Duration::from_millis(150)).await;
        }
        for cut in 0..CUTS {
            chance.waits(100..1_500).await;
            strikes(if chance.one_in(2) { &by_ada } else { &by_béla }, &mut chance).await;
            if cut % 15 == 10 {
                house.server.crash().await;
                chance.waits(100..800).await;
                house.server.start().await;
            }
        }
        for person in [&ada, &béla] {
            person
                .within(Duration::from_secs(90), "all to be typed", async || {
                    let typed = person.has_typed().await;
                    if typed == EACH { Ok(()) } else { Err(format!("{typed} are")) }
                })
                .await;
        }
        eprintln!("typed after {:?}", start.elapsed());
        let ends = [(&ada, "béla 1000"), (&béla, "ada 1000")];
        calm(&ends, Duration::from_secs(60)).await;
        eprintln!("calm after {:?}", start.elapsed());

        let stored = ada_has.whole_history_with(&béla_has);
        assert_eq!(texts(&stored, true), from_ada);
        assert_eq!(texts(&stored, false), from_béla);
        let (by_ada, by_béla) = tokio::join!(ada.reads_everything(), béla.reads_everything());
        assert_eq!(by_ada, stored);
        assert_eq!(by_béla, turned(&stored));
        eprintln!("read after {:?}", start.elapsed());
        ada.reloads().await;
        ada.sees_the_chat().await;
        assert_eq!(ada.reads_everything().await, stored);
        eprintln!("told after {:?}", start.elapsed());
    });
}
