//! Lines that break again and again, and servers that die: nothing is lost, nothing is there twice, and all see one order.

use std::fmt::Debug;
use std::time::Duration;

use chinwag_e2e::{Chance, Drawn, House, Person, Proxy, tell};

/// One's own texts in what somebody sees, in order; or the other's.
pub(crate) fn texts(messages: &[Drawn], own: bool) -> Vec<String> {
    messages.iter().filter(|message| message.0 == own).map(|message| message.1.clone()).collect()
}

/// The same messages as the other one sees them.
pub(crate) fn turned(messages: &[Drawn]) -> Vec<Drawn> {
    messages.iter().map(|(own, text)| (!own, text.clone())).collect()
}

/// Reads the whole conversation, and compares. Where it differs it is read once more, and then as the page is after a reload: that
/// tells whether the reader, the page or what the browser keeps is to blame.
async fn sees_all(what: &str, person: &Person, expected: &[Drawn]) {
    let seen = difference(&person.reads_everything().await, expected);
    if seen.is_none() {
        return;
    }
    let again = difference(&person.reads_everything().await, expected);
    person.reloads().await;
    person.sees_the_chat().await;
    let reloaded = difference(&person.reads_everything().await, expected);
    assert_eq!(seen, None, "{what}; read again: {again:?}; after a reload: {reloaded:?}");
}

/// Compares what is there with what should be, and says in few words what differs.
pub(crate) fn same<T: Debug + PartialEq>(what: &str, is: &[T], expected: &[T]) {
    assert_eq!(difference(is, expected), None, "{what}");
}

fn difference<T: Debug + PartialEq>(is: &[T], expected: &[T]) -> Option<String> {
    let place =
        (0..is.len().max(expected.len())).find(|place| is.get(*place) != expected.get(*place))?;
    let count = |list: &[T], one: &T| list.iter().filter(|other| *other == one).count();
    let lost = expected.iter().filter(|one| count(is, one) < count(expected, one));
    let many = is.iter().filter(|one| count(is, one) > count(expected, one));
    let lost: Vec<_> = lost.collect();
    let many: Vec<_> = many.collect();
    let from: Vec<_> = is.iter().skip(place).take(8).collect();
    let wanted: Vec<_> = expected.iter().skip(place).take(8).collect();
    let (count, right) = (is.len(), expected.len());
    Some(format!(
        "{count} instead of {right}; lost: {lost:?}; too many: {many:?}; \
         from {place} on {from:?} instead of {wanted:?}"
    ))
}

/// Waits until so many messages are stored, and all are connected and have nothing under way.
pub(crate) async fn calm(people: &[&Person], count: usize, stored: impl Fn() -> usize) {
    // A base server is given one message at a time, each once it is on the disk and the last one's answer is drawn.
    let limit = Duration::from_mins(2);
    for person in people {
        person
            .within(limit, "the end of the storm", async || {
                let words = person.page_in_words().await;
                let messages = person.messages().await;
                let open = |state: &Option<String>| {
                    matches!(state.as_deref(), Some("waiting" | "sending"))
                };
                let open = messages.iter().filter(|(_, state)| open(state)).count();
                if open > 0 || !words.contains("Connected") {
                    return Err(format!("{open} wait, and the page says: {words}"));
                }
                let stored = stored();
                // More than that is found out by comparing.
                if stored >= count { Ok(()) } else { Err(format!("{stored} are stored")) }
            })
            .await;
    }
}

/// Sees this text last.
pub(crate) async fn sees_last(person: &Person, text: &str) {
    person
        .until("the newest message", async || {
            let messages = person.messages().await;
            match messages.last() {
                Some((last, _)) if last == text => Ok(()),
                last => Err(format!("it is {last:?}, not {text}")),
            }
        })
        .await;
}

/// One of the many things that can happen to a line.
async fn strike(line: &Proxy, chance: &mut Chance) {
    if chance.one_in(4) {
        line.is_slow(Duration::from_millis(40));
        chance.waits(100..400).await;
    }
    if chance.one_in(2) {
        // What is on its way is stored, and its answer lost: the hardest case.
        line.loses_answers();
        chance.waits(20..120).await;
    }
    line.cuts();
}

/// Two people with something to say to each other, each by a line of their own.
pub(crate) struct Talk<'a> {
    pub(crate) people: [(&'a Person, &'a Proxy); 2],
    pub(crate) chance: Chance,
}

impl Talk<'_> {
    /// Each types these texts into the page, while so many times one of the lines is struck.
    pub(crate) async fn goes_on(&mut self, texts: [&[String]; 2], strikes: usize) {
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
                .within(Duration::from_mins(1), "all to be typed", async || {
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
        calm(&[&ada, &béla], 2 * EACH, || ada_has.count_with(&béla_has)).await;
        let stored = ada_has.whole_history_with(&béla_has);
        same("what ada typed, as stored", &texts(&stored, true), &from_ada);
        same("what béla typed, as stored", &texts(&stored, false), &from_béla);
        let last = stored.last().map(|(_, text)| text.clone()).unwrap_or_default();
        sees_last(&ada, &last).await;
        sees_last(&béla, &last).await;
        // One of them as the page has become, the other by a page that knows nothing yet.
        ada.reloads().await;
        ada.sees_the_chat().await;
        let (by_ada, by_béla) = tokio::join!(ada.reads_everything(), béla.reads_everything());
        same("what ada sees after a reload", &by_ada, &stored);
        same("what béla sees", &by_béla, &turned(&stored));
    });
}

/// Line 8.
#[test]
fn three_tabs_of_which_the_leading_one_is_closed_again_and_again_lose_nothing() {
    const BATCHES: usize = 20;
    const BATCH: usize = 10;
    tell(async |house: &House| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let line = house.line().await;
        let ada = house.returns_by(&ada_has, &line.url()).await;
        let béla = house.returns(&béla_has).await;
        ada.opens("béla").await;
        béla.opens("ada").await;
        let conversation = format!("{}/#/{}", line.url(), béla_has.id);
        let opens_a_tab = async || {
            ada.opens_a_tab(&conversation).await;
            ada.sees_element(".conversation-name", "béla").await;
            ada.sees_element("#composer:enabled", None).await;
        };
        opens_a_tab().await;
        opens_a_tab().await;
        let from_béla: Vec<_> = (1..=200).map(|n| format!("béla {n}")).collect();
        béla.begins_to_say(&from_béla, 2, Duration::from_millis(150)).await;
        let mut chance = Chance::new(8);
        let mut from_ada = Vec::new();
        for batch in 1..=BATCHES {
            let texts: Vec<_> = (1..=BATCH).map(|n| format!("ada {batch}, {n}")).collect();
            // The last ones are typed in the tab that is closed in the same moment, or in any.
            let closes = batch % 3 == 0;
            let tab = if closes && chance.one_in(2) {
                leading_tab(&ada).await
            } else {
                usize::try_from(chance.of(0..3)).unwrap()
            };
            ada.turns_to_tab(tab).await;
            ada.says_at_once(&texts).await;
            from_ada.push(texts);
            if chance.one_in(5) {
                strike(&line, &mut chance).await;
            }
            if closes {
                ada.turns_to_tab(leading_tab(&ada).await).await;
                ada.closes_the_tab().await;
                opens_a_tab().await;
            }
        }
        let said = from_béla.len() + BATCHES * BATCH;
        calm(&[&béla, &ada], said, || ada_has.count_with(&béla_has)).await;
        let stored = ada_has.whole_history_with(&béla_has);
        let last = stored.last().map(|(_, text)| text.clone()).unwrap_or_default();
        sees_last(&béla, &last).await;
        same("what béla typed, as stored", &texts(&stored, false), &from_béla);
        let of_ada = texts(&stored, true);
        for texts in &from_ada {
            let stored: Vec<_> =
                of_ada.iter().filter(|text| texts.contains(text)).cloned().collect();
            same("what ada typed at once, as stored", &stored, texts);
        }
        assert_eq!(of_ada.len(), BATCHES * BATCH);
        sees_all("what béla sees", &béla, &turned(&stored)).await;
        for tab in 0..3 {
            ada.turns_to_tab(tab).await;
            sees_last(&ada, &last).await;
            sees_all(&format!("what ada sees in tab {tab}"), &ada, &stored).await;
        }
    });
}

/// Which of somebody's tabs leads.
async fn leading_tab(person: &Person) -> usize {
    person
        .until("a tab that leads", async || {
            for tab in 0..person.tabs().await {
                person.turns_to_tab(tab).await;
                if person.leads().await {
                    return Ok(tab);
                }
            }
            Err("none does".to_owned())
        })
        .await
}
