//! Lines that break again and again, and servers that die: nothing is lost, nothing is there twice, and all see one order.

use std::fmt::Debug;
use std::time::Duration;

use chinwag_e2e::{Chance, Drawn, House, Person, Proxy, tell};

/// One's own texts in what somebody sees, in order; or the other's.
fn texts(messages: &[Drawn], own: bool) -> Vec<&str> {
    messages.iter().filter(|message| message.0 == own).map(|message| message.1.as_str()).collect()
}

/// The same messages as the other one sees them.
fn turned(messages: &[Drawn]) -> Vec<Drawn> {
    messages.iter().map(|(own, text)| (!own, text.clone())).collect()
}

/// Compares what is there with what should be, and says in few words what differs.
fn same<T: Debug + PartialEq<U>, U: Debug>(what: &str, is: &[T], expected: &[U]) {
    let lost: Vec<_> =
        expected.iter().filter(|wanted| !is.iter().any(|one| one == *wanted)).collect();
    let doubled: Vec<_> = expected
        .iter()
        .filter(|wanted| is.iter().filter(|one| *one == *wanted).count() > 1)
        .collect();
    let place = is.iter().zip(expected).position(|(one, wanted)| one != wanted);
    assert!(
        lost.is_empty() && doubled.is_empty() && place.is_none() && is.len() == expected.len(),
        "{what}: {} instead of {}, lost {lost:?}, doubled {doubled:?}, from {place:?} on {:?} instead of {:?}",
        is.len(),
        expected.len(),
        is.iter().skip(place.unwrap_or_default()).take(8).collect::<Vec<_>>(),
        expected.iter().skip(place.unwrap_or_default()).take(8).collect::<Vec<_>>(),
    );
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
async fn strike(line: &Proxy, chance: &mut Chance) {
    if chance.one_in(2) {
        // What is on its way is stored, and its answer lost: the hardest case.
        line.loses_answers();
        chance.waits(20..120).await;
    }
    line.cuts();
}

/// Two people with something to say to each other, each by a line of their own.
struct Talk<'a> {
    people: [(&'a Person, &'a Proxy); 2],
    chance: Chance,
}

impl Talk<'_> {
    /// Each types these texts into the page, while so many times one of the lines is struck.
    async fn goes_on(&mut self, texts: [&[String]; 2], strikes: usize) {
        for ((person, _), texts) in self.people.iter().zip(texts) {
            person.presses_on().await;
            person.begins_to_say(texts, 4, Duration::from_millis(150)).await;
        }
        for _ in 0..strikes {
            self.chance.waits(100..1_000).await;
            let (_, line) = self.people[usize::from(self.chance.one_in(2))];
            strike(line, &mut self.chance).await;
        }
        for ((person, _), texts) in self.people.iter().zip(texts) {
            person
                .within(Duration::from_secs(60), "all to be typed", async || {
                    let typed = person.has_typed().await;
                    if typed == texts.len() { Ok(()) } else { Err(format!("{typed} are")) }
                })
                .await;
        }
    }
}

/// Line 1.
#[test]
fn fifty_cuts_and_three_crashes_lose_nothing_and_double_nothing() {
    const EACH: usize = 1_000;
    const ROUNDS: usize = 4;
    const STRIKES: usize = 13;
    tell(async |house: &House| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let (by_ada, by_béla) = (house.line().await, house.line().await);
        let ada = house.returns_by(&ada_has, &by_ada.url()).await;
        let béla = house.returns_by(&béla_has, &by_béla.url()).await;
        ada.opens("béla").await;
        béla.opens("ada").await;
        let say = |name: &str| (1..=EACH).map(|n| format!("{name} {n}")).collect::<Vec<_>>();
        let (from_ada, from_béla) = (say("ada"), say("béla"));
        let mut talk =
            Talk { people: [(&ada, &by_ada), (&béla, &by_béla)], chance: Chance::new(1) };
        let rounds = from_ada.chunks(EACH / ROUNDS).zip(from_béla.chunks(EACH / ROUNDS));
        for (round, (from_ada, from_béla)) in rounds.enumerate() {
            if round > 0 {
                // Whatever waits then is only on disk.
                ada.reloads().await;
                béla.reloads().await;
                ada.sees_the_chat().await;
                béla.sees_the_chat().await;
            }
            let crash = async {
                if round > 0 {
                    Chance::new(round as u64).waits(500..6_000).await;
                    house.server.crash().await;
                    house.server.start().await;
                }
            };
            tokio::join!(talk.goes_on([from_ada, from_béla], STRIKES), crash);
        }
        let ends = [(&ada, "béla 1000"), (&béla, "ada 1000")];
        calm(&ends, Duration::from_secs(60)).await;

        let stored = ada_has.whole_history_with(&béla_has);
        same("what ada typed, as stored", &texts(&stored, true), &from_ada);
        same("what béla typed, as stored", &texts(&stored, false), &from_béla);
        let (by_ada, by_béla) = tokio::join!(ada.reads_everything(), béla.reads_everything());
        same("what ada sees", &by_ada, &stored);
        same("what béla sees", &by_béla, &turned(&stored));
        ada.reloads().await;
        ada.sees_the_chat().await;
        same("what ada sees after a reload", &ada.reads_everything().await, &stored);
    });
}
