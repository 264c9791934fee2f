//! What a client shows, made in two ways: loaded afresh by calls, or from an earlier picture and the events since
//! then. Whatever people do, both must be the same, at every time and for each of them.

use std::collections::BTreeMap;

use chinwag_protocol::answer::MessagesPage;
use chinwag_protocol::{
    Call, ClientFrame, ClientId, Event, Json, Message, MessageId, Receipts, ServerFrame, Status,
    SyncPoint, Timestamp, UserId,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime;

use crate::support::{House, Person, Place, Socket, history};

/// What is known of a message.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    id: MessageId,
    with: UserId,
    is_mine: bool,
    content: String,
    name: Option<ClientId>,
    /// Of one's own, how far it has come; of others', whether one has read it: nobody is told that they were sent
    /// what they have.
    status: Status,
    /// Of one's own, when it came so far.
    receipts: Receipts,
}

/// All messages of one person, in the order in which they were stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picture(BTreeMap<Timestamp, Row>);

impl Picture {
    /// Loads all that a person and these others wrote to each other.
    pub(crate) async fn load(place: &Place, me: &Person, others: &[Person]) -> Self {
        let mut picture = Self::default();
        for other in others.iter().filter(|other| other.id != me.id) {
            for number in 1.. {
                let data = place.ask(me, &history(other, number, 100)).await.to_string();
                let page = MessagesPage::read(Json::read(&data).unwrap().root()).unwrap();
                for message in page.messages.rows {
                    let is_mine = message.sender.id == me.id;
                    picture.add(&other.id, is_mine, message);
                }
                if page.pagination.pages.unwrap() <= number {
                    break;
                }
            }
        }
        picture
    }

    fn add(&mut self, with: &UserId, is_mine: bool, message: Message) {
        let is_known = is_mine || message.status == Status::Read;
        let row = Row {
            id: message.id,
            with: with.clone(),
            is_mine,
            content: message.content,
            name: message.client_id,
            status: if is_known { message.status } else { Status::Sent },
            receipts: if is_mine { message.receipts } else { Receipts::default() },
        };
        let before = self.0.insert(message.created_at.unwrap(), row);
        assert_eq!(before, None, "two messages of one instant, or one twice");
    }

    /// Takes in what happened.
    pub(crate) fn apply(&mut self, event: &Value) {
        let event = Event::decode(&event.to_string()).unwrap();
        match event.frame {
            ServerFrame::MessageSent {
                message_id,
                receiver_id,
                content,
                created_at,
                status,
                receipts,
                client_message_id,
            } => {
                let row = Row {
                    id: message_id,
                    with: receiver_id,
                    is_mine: true,
                    content,
                    name: client_message_id,
                    status,
                    receipts,
                };
                assert_eq!(self.0.insert(created_at.unwrap(), row), None, "sent twice");
            }
            ServerFrame::NewMessage(message) => {
                let from = message.sender.id.clone();
                self.add(&from, false, message);
            }
            ServerFrame::MessageDelivered { message_id, delivered_at } => {
                let row = self.0.values_mut().find(|row| row.id == message_id).unwrap();
                assert!(row.is_mine);
                row.status = row.status.max(Status::Delivered);
                row.receipts.delivered = delivered_at;
            }
            ServerFrame::MessagesRead { read_by, read_at, .. } => self.read(&read_by, read_at),
            ServerFrame::MarkReadSuccess { sender_id, .. } => self.read(&sender_id, None),
            other => panic!("this does not last: {other:?}"),
        }
    }

    /// What they wrote is read; or what one wrote oneself, at this time.
    fn read(&mut self, with: &UserId, at: Option<Timestamp>) {
        let is_mine = at.is_some();
        for row in self.0.values_mut().filter(|row| row.with == *with && row.is_mine == is_mine) {
            row.status = Status::Read;
            row.receipts.read = row.receipts.read.or(at);
        }
    }

    /// Which message one gave this name.
    pub(crate) fn id_of(&self, name: &str) -> &MessageId {
        let is_so =
            |row: &&Row| row.is_mine && row.name.as_ref().is_some_and(|n| n.as_str() == name);
        &self.0.values().find(is_so).unwrap().id
    }

    /// What one wrote, by name, which must each be there once.
    pub(crate) fn named(&self) -> BTreeMap<&str, &str> {
        let mine = self.0.values().filter(|row| row.is_mine);
        let mut all = BTreeMap::new();
        for row in mine {
            let name = row.name.as_ref().unwrap().as_str();
            assert_eq!(all.insert(name, row.content.as_str()), None, "{name} is stored twice");
        }
        all
    }
}

/// What a client that was there until `since` and comes back now shows.
pub(crate) async fn caught_up(
    place: &Place,
    me: &Person,
    (since, mut picture): (SyncPoint, Picture),
) -> Picture {
    for event in place.missed(me, &since).await {
        picture.apply(&event);
    }
    picture
}

/// Something that one of three people does.
#[derive(Clone, Debug)]
enum Deed {
    Send {
        from: usize,
        to: usize,
        name: Option<u8>,
        by_call: bool,
    },
    MarkRead {
        reader: usize,
        from: usize,
        by_call: bool,
    },
    Come {
        who: usize,
    },
    Go {
        who: usize,
    },
    Restart,
    /// One of them closes the browser, to come back at the end.
    Leave {
        who: usize,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let pair = || (0..3_usize, 1..3_usize).prop_map(|(one, step)| (one, (one + step) % 3));
    prop_oneof![
        8 => (pair(), any::<Option<u8>>(), any::<bool>()).prop_map(|((from, to), name, by_call)| {
            // Few names, so that they come again.
            Deed::Send { from, to, name: name.map(|name| name % 8), by_call }
        }),
        4 => (pair(), any::<bool>())
            .prop_map(|((reader, from), by_call)| Deed::MarkRead { reader, from, by_call }),
        3 => (0..3_usize).prop_map(|who| Deed::Come { who }),
        2 => (0..3_usize).prop_map(|who| Deed::Go { who }),
        2 => (0..3_usize).prop_map(|who| Deed::Leave { who }),
        1 => Just(Deed::Restart),
    ]
}

/// Three people and their sockets; a message's text tells its name and receiver, so that a name that comes again is
/// sometimes the same message and sometimes another.
struct World {
    house: House,
    people: Vec<Person>,
    sockets: [Vec<Socket>; 3],
}

impl World {
    async fn open() -> Self {
        let house = House::open().await;
        let mut people = Vec::new();
        for name in ["ada", "béla", "carol"] {
            people.push(house.register(name).await);
        }
        Self { house, people, sockets: Default::default() }
    }

    async fn perform(mut self, number: usize, deed: &Deed) -> Self {
        match *deed {
            Deed::Send { from, to, name, by_call } => {
                let to = &self.people[to];
                let (call, frame) = match name {
                    None => {
                        let text = format!("deed {number}");
                        (to.receives(&text), ClientFrame::text(to.id.clone(), &text))
                    }
                    Some(name) => {
                        let name = name.to_string();
                        (to.receives_as(&name, &name), to.written_as(&name, &name))
                    }
                };
                self.act(from, by_call, &call, &frame).await;
            }
            Deed::MarkRead { reader, from, by_call } => {
                let sender_id = self.people[from].id.clone();
                let call = Call::MarkRead { with: sender_id.clone() };
                self.act(reader, by_call, &call, &ClientFrame::MarkRead { sender_id }).await;
            }
            Deed::Come { who } => {
                let socket = self.house.connect(&self.people[who]).await;
                self.sockets[who].push(socket);
            }
            Deed::Go { who } => {
                if let Some(socket) = self.sockets[who].pop() {
                    socket.close().await;
                }
            }
            Deed::Restart => {
                self.sockets = Default::default();
                self.house = House::at(self.house.close().await, |config| config).await;
            }
            Deed::Leave { .. } => self.settle(number).await,
        }
        self
    }

    /// By a socket where there is one and it is wanted: then nobody waits, and what follows may share its batch.
    async fn act(&mut self, who: usize, by_call: bool, call: &Call, frame: &ClientFrame) {
        match self.sockets[who].last_mut().filter(|_| !by_call) {
            // Refused, perhaps: the name was given to another message.
            None => drop(self.house.call(call, Some(&self.people[who].token)).await),
            Some(socket) => socket.send(frame).await,
        }
    }

    /// Waits until all that was asked for is done.
    async fn settle(&mut self, number: usize) {
        let marker = format!("marker {number}");
        for socket in self.sockets.iter_mut().flatten() {
            socket.send_text(&json!({ "type": marker }).to_string()).await;
            // Its refusal is the answer to nothing else.
            while !socket.next().await["data"]["message"]
                .as_str()
                .is_some_and(|words| words.ends_with(&marker))
            {}
        }
        // What closed sockets asked for is queued before this, which changes nothing.
        let me = &self.people[0];
        self.house.ask(me, &Call::MarkRead { with: me.id.clone() }).await;
    }
}

/// Plays it, and compares. For each person: a client that was there from the beginning, and one from each time at
/// which they left.
async fn play(deeds: &[Deed]) {
    let mut world = World::open().await;
    let mut left = Vec::new();
    for who in 0..3 {
        let start = world.house.beginning(&world.people[who]).await;
        left.push((who, (start, Picture::default())));
    }
    for (number, deed) in deeds.iter().enumerate() {
        world = world.perform(number, deed).await;
        if let Deed::Leave { who } = *deed {
            let me = &world.people[who];
            let since = world.house.now(me).await;
            let picture = Picture::load(&world.house, me, &world.people).await;
            left.push((who, (since, picture)));
        }
    }
    world.settle(deeds.len()).await;
    for (who, earlier) in left {
        let me = &world.people[who];
        let fresh = Picture::load(&world.house, me, &world.people).await;
        assert_eq!(caught_up(&world.house, me, earlier).await, fresh, "what {who} sees");
    }
    // The server would wait for these to say goodbye.
    drop(world.sockets);
    world.house.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_catches_up_sees_what_who_loads_afresh_sees(deeds in vec(deed(), 1..60)) {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&deeds));
    }
}
