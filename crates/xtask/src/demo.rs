//! The demo: people who have talked before, and who are there and answer while `run --demo` runs.
//!
//! They use the server as any client would: REST for what they said before, a WebSocket each for being there. Who they
//! are and what they say is in `script`, how they speak to the server in `api`, how they behave in `person`.

mod api;
mod person;
mod script;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

use self::api::{Account, Api};
use self::script::{GUEST, PEOPLE, TALKS};

/// The running demo. Its people leave when it is dropped.
#[derive(Debug)]
pub(crate) struct Demo {
    leave: Arc<AtomicBool>,
    people: Vec<JoinHandle<()>>,
}

impl Demo {
    /// Signs everybody up (or in, the second time), fills in what was said, and lets them stay.
    pub(crate) fn start(port: u16) -> Result<Self> {
        println!("Preparing the demo ...");
        let api = Api::new(port);
        let accounts = PEOPLE
            .iter()
            .map(|person| api.enter(person.email, person.name).with_context(|| format!("{} cannot sign in", person.name)))
            .collect::<Result<Vec<_>>>()
            .context("the demo's people cannot come in. If somebody changed their passwords, delete data/demo")?;
        for talk in &TALKS {
            tell(&api, &accounts, talk)?;
        }
        for (person, account) in
            PEOPLE.iter().zip(&accounts).skip(1).filter(|(person, _)| person.answers.is_empty())
        {
            person::look_in(port, account)
                .with_context(|| format!("{} cannot look in", person.name))?;
        }
        let leave = Arc::new(AtomicBool::new(false));
        let crowd: Arc<BTreeSet<String>> =
            Arc::new(accounts.iter().skip(1).map(|account| account.id.clone()).collect());
        let people =
            PEOPLE.iter().zip(&accounts).filter(|(person, _)| !person.answers.is_empty()).map(
                |(person, _)| {
                    let (leave, crowd, guest) =
                        (leave.clone(), crowd.clone(), accounts[GUEST].id.clone());
                    thread::spawn(move || person::stay(port, person, &guest, &crowd, &leave))
                },
            );
        let people = people.collect();
        Ok(Self { leave, people })
    }

    /// How to come in.
    pub(crate) fn welcome(&self) -> String {
        let guest = &PEOPLE[GUEST];
        let other = &PEOPLE[1];
        format!(
            "Sign in with\n\n    email     {}\n    password  {}\n\n\
             {} people are online and answer. In another browser you can be any of them, with the same password: \
             {} is {}.",
            guest.email,
            script::PASSWORD,
            self.people.len(),
            other.name,
            other.email
        )
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.leave.store(true, Ordering::SeqCst);
        for person in self.people.drain(..) {
            let _ = person.join();
        }
    }
}

/// Says whatever of a talk has not been said yet, so that a second start, or one after an interruption, doubles nothing.
fn tell(api: &Api, accounts: &[Account], talk: &script::Talk) -> Result<()> {
    let (left, right) = (&accounts[talk.between.0], &accounts[talk.between.1]);
    let mut said = api.history(left, &right.id).context("what was said before cannot be read")?;
    let mut last = None;
    for line in talk.lines {
        let (from, to) = if line.0 == talk.between.0 { (left, right) } else { (right, left) };
        let content = line.text();
        if let Some(at) =
            said.iter().position(|(sender, text)| *sender == from.id && *text == content)
        {
            said.swap_remove(at);
            continue;
        }
        // Who answers has read what there was.
        if last.is_some_and(|last| last != line.0) {
            api.mark_read(from, &to.id).context("a conversation cannot be marked as read")?;
        }
        api.say(from, &to.id, &content)
            .with_context(|| format!("{} cannot say a thing", PEOPLE[line.0].name))?;
        last = Some(line.0);
    }
    if last.is_some() {
        for (reader, writer, reads) in [(left, right, talk.read.0), (right, left, talk.read.1)] {
            if reads {
                api.mark_read(reader, &writer.id)
                    .context("a conversation cannot be marked as read")?;
            }
        }
    }
    Ok(())
}
