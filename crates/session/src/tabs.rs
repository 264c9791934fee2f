//! What the tabs of one person tell each other.
//!
//! One tab leads: it holds the socket and sends what any of them has typed. The others follow: they draw what the
//! leading tab hears, and make calls of their own for what they show. What is said here is never the only copy of a
//! message: that is on disk, from where the next tab to lead takes it.

use chinwag_protocol::frame::feature;
use chinwag_protocol::{ClientFrame, ClientId, Json, JsonRef, Seq, SyncPoint, UserId};
use serde::Serialize;

use crate::account::Offers;
use crate::link::Shared;
use crate::outbox::Record;

/// What the tab that leads is asked to do to a message.
pub(crate) type About = fn(ClientId) -> Note;

/// What one tab tells the others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    /// To the tab that leads: another one is here and knows nothing yet.
    Hello,
    /// Of the tab that leads from now on: who is there says [`Note::Hello`].
    Who,
    /// Of the tab that leads: how the connection stands, and the server's greeting while it does.
    Link(Shared, Option<Greeting>),
    /// Of the tab that leads: what the server said.
    Frame(String),
    /// Of the tab that leads: all that is in the outbox.
    Outbox(Vec<Record>),
    /// To the tab that leads: a message was typed.
    Send(Record),
    /// Of the tab that leads, to one that tells it of a message: that one is done with.
    Done(ClientId),
    /// To the tab that leads: a failed message is to be tried again.
    Retry(ClientId),
    /// To the tab that leads: a failed message is thrown away.
    Discard(ClientId),
    /// To the tab that leads: the copy of what the server has is to go from the disk.
    Clear,
    /// Of the tab that leads: it has gone, and is to come from no tab's memory again.
    Cleared,
    /// To all: a text is being written, and is on disk.
    Draft(UserId, String),
    /// To all: in this tab the person looks at the conversation with them, or at none.
    Looks(Option<UserId>),
    /// To the tab that leads: the server is to be told this, whose loss does no harm.
    Say(ClientFrame),
    /// To the tab that leads: there is reason to hope or to doubt.
    Stir,
    /// To the tab that leads: its time has come; timers of hidden tabs are slow.
    Due,
    /// To the tab that leads: connect now.
    Now,
}

/// What the server can and where it stands, as it said in its greeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// Whether it knows messages by the client's ids.
    pub(crate) idempotent: bool,
    /// What of the account it offers.
    pub(crate) offers: Offers,
    /// The last event, where it counts them.
    pub(crate) sync: Option<SyncPoint>,
}

impl Greeting {
    pub(crate) fn of(features: &[String], sync: Option<SyncPoint>) -> Self {
        let has = |name: &str| features.iter().any(|feature| feature == name);
        Self {
            idempotent: has(feature::IDEMPOTENT_SEND),
            offers: Offers::of(features),
            sync: sync.filter(|_| has(feature::SYNC)),
        }
    }
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each learnt by itself")]
struct Link<'a> {
    up: bool,
    replaced: bool,
    wait: Option<u64>,
    failures: u32,
    tries: u32,
    online: bool,
    idempotent: bool,
    offers: u8,
    sync: Option<&'a SyncPoint>,
}

impl Note {
    /// As text, for the tabs of this person.
    pub(crate) fn encode(&self, me: &UserId) -> String {
        // Every tab begins with this one, and most never say anything else.
        let (note, body) =
            if matches!(self, Self::Hello) { ("hello", json(&())) } else { self.parts() };
        format!(r#"{{"me":{},"note":"{note}","body":{body}}}"#, json(me))
    }

    #[inline(never)]
    fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Hello => ("hello", json(&())),
            Self::Who => ("who", json(&())),
            Self::Link(link, greeting) => ("link", encode_link(link, greeting.as_ref())),
            Self::Frame(text) => ("frame", json(text)),
            Self::Outbox(records) => {
                let records: Vec<String> = records.iter().map(Record::encode).collect();
                ("outbox", format!("[{}]", records.join(",")))
            }
            Self::Send(record) => ("send", record.encode()),
            Self::Done(id) => ("done", json(id)),
            Self::Retry(id) => ("retry", json(id)),
            Self::Discard(id) => ("discard", json(id)),
            Self::Clear => ("clear", json(&())),
            Self::Cleared => ("cleared", json(&())),
            Self::Draft(with, text) => ("draft", json(&(with, text))),
            Self::Looks(with) => ("looks", json(with)),
            Self::Say(frame) => ("say", json(&frame.encode())),
            Self::Stir => ("stir", json(&())),
            Self::Due => ("due", json(&())),
            Self::Now => ("now", json(&())),
        }
    }

    /// Reads what another tab said; `None` where it speaks for another person, or of what a later version knows.
    pub(crate) fn decode(text: &str, me: &UserId) -> Option<Self> {
        let json = Json::read(text)?;
        let value = json.root();
        let body = value.get("body").unwrap_or_default();
        let id = || body.as_text().map(ClientId::from);
        if value.text("me") != Some(me.as_str()) {
            return None;
        }
        Some(match value.text("note")? {
            "hello" => Self::Hello,
            "who" => Self::Who,
            "link" => decode_link(body)?,
            "frame" => Self::Frame(body.as_text()?.to_owned()),
            "outbox" => Self::Outbox(body.as_list()?.filter_map(Record::read).collect()),
            "send" => Self::Send(Record::read(body)?),
            "done" => Self::Done(id()?),
            "retry" => Self::Retry(id()?),
            "discard" => Self::Discard(id()?),
            "clear" => Self::Clear,
            "cleared" => Self::Cleared,
            "draft" => {
                let mut draft = body.as_list()?.map(JsonRef::as_text);
                Self::Draft(draft.next()??.into(), draft.next()??.to_owned())
            }
            "looks" => Self::Looks(body.as_text().map(UserId::from)),
            "say" => Self::Say(ClientFrame::decode(body.as_text()?).ok()?),
            "stir" => Self::Stir,
            "due" => Self::Due,
            "now" => Self::Now,
            _ => return None,
        })
    }
}

fn encode_link(link: &Shared, greeting: Option<&Greeting>) -> String {
    json(&Link {
        up: greeting.is_some(),
        replaced: link.replaced,
        wait: link.wait,
        failures: link.failures,
        tries: link.tries,
        online: link.online,
        idempotent: greeting.is_some_and(|greeting| greeting.idempotent),
        offers: greeting.map_or(0, |greeting| greeting.offers.0),
        sync: greeting.and_then(|greeting| greeting.sync.as_ref()),
    })
}

fn decode_link(body: JsonRef<'_>) -> Option<Note> {
    let is = |name| body.flag(name) == Some(true);
    let count = |name| body.count(name).and_then(|count| u32::try_from(count).ok());
    let sync = body.get("sync").unwrap_or_default();
    let sync = sync.text("store").zip(sync.count("seq"));
    let sync = sync.map(|(store, seq)| SyncPoint { store: store.into(), seq: Seq(seq) });
    let link = Shared {
        up: is("up"),
        replaced: is("replaced"),
        wait: body.count("wait"),
        failures: count("failures")?,
        tries: count("tries")?,
        online: is("online"),
    };
    // Of an earlier version none is told of.
    let offers = Offers(body.count("offers").and_then(|bits| bits.try_into().ok()).unwrap_or(0));
    let greeting = link.up.then(|| Greeting { idempotent: is("idempotent"), offers, sync });
    Some(Note::Link(link, greeting))
}

/// Plain data with text keys always serialises.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_is_understood_by_the_tabs_of_the_same_person_and_by_no_others() {
        let record = r#"{ "id": "c1", "to": "bela", "content": "a\"b\n👋",
            "at": 5, "order": 7, "floor": 4, "known": ["m1"], "failed": "server:no", "sending": true, "unkept": true }"#;
        let record = Record::read(Json::read(record).unwrap().root()).unwrap();
        let link =
            Shared { up: true, replaced: false, wait: None, failures: 1, tries: 2, online: true };
        let sync = SyncPoint { store: "s".into(), seq: Seq(9) };
        let greeting = Greeting { idempotent: true, offers: Offers(5), sync: Some(sync) };
        let waiting = Shared { up: false, wait: Some(1_500), ..link.clone() };
        let notes = [
            Note::Hello,
            Note::Who,
            Note::Link(link, Some(greeting)),
            Note::Link(waiting, None),
            Note::Frame(r#"{"type":"x","data":{"a":"\""}}"#.to_owned()),
            Note::Outbox(vec![record.clone(), record.clone()]),
            Note::Outbox(Vec::new()),
            Note::Send(record),
            Note::Done("c1".into()),
            Note::Retry("c1".into()),
            Note::Discard("c1".into()),
            Note::Clear,
            Note::Cleared,
            Note::Draft("bela".into(), "a \"b\"\n".to_owned()),
            Note::Looks(Some("bela".into())),
            Note::Looks(None),
            Note::Say(ClientFrame::MarkRead { sender_id: "bela".into() }),
            Note::Stir,
            Note::Due,
            Note::Now,
        ];
        for note in notes {
            let text = note.encode(&"me".into());
            assert_eq!(Note::decode(&text, &"me".into()), Some(note), "{text}");
            assert_eq!(Note::decode(&text, &"you".into()), None);
        }
    }

    #[test]
    fn what_is_no_note_is_ignored() {
        for text in [
            "",
            "{}",
            r#"{"me":"me"}"#,
            r#"{"me":"me","note":"later","body":1}"#,
            r#"{"me":"me","note":"send","body":{"id":"c"}}"#,
            r#"{"me":"me","note":"link","body":{}}"#,
        ] {
            assert_eq!(Note::decode(text, &"me".into()), None, "{text}");
        }
    }
}
