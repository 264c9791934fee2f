//! A crowd with made-up time: what each client hears, and what it then takes for the truth.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::hub::{ConnectionId, Ear, Inbox, Newcomer, queue};

/// A client that believes what it is told.
struct Client {
    user: User,
    connection: ConnectionId,
    ear: Ear,
    inbox: Inbox,
    online: BTreeSet<UserId>,
    /// What it was told after its first list.
    heard: Vec<ServerFrame>,
    bytes: usize,
}

impl Client {
    fn listen(&mut self) {
        while let Some(text) = self.inbox.waiting() {
            self.bytes += text.len();
            let frame = ServerFrame::decode(&text).unwrap();
            match &frame {
                ServerFrame::OnlineUsers { users, .. } => {
                    self.online = users.rows.iter().map(|user| user.id.clone()).collect();
                }
                ServerFrame::UserOnline(who) => drop(self.online.insert(who.user_id.clone())),
                ServerFrame::UserOffline(who) => drop(self.online.remove(&who.user_id)),
                ServerFrame::PresenceChanged { users, .. } => {
                    for user in &users.rows {
                        if user.is_online == Some(true) {
                            self.online.insert(user.id.clone());
                        } else {
                            assert!(user.last_seen.is_some());
                            self.online.remove(&user.id);
                        }
                    }
                }
                other => panic!("{other:?}"),
            }
            self.heard.push(frame);
        }
    }

    fn names(&self) -> Vec<String> {
        let name = |frame: &ServerFrame| {
            let json: serde_json::Value = serde_json::from_str(&frame.encode()).unwrap();
            json["type"].as_str().unwrap().to_owned()
        };
        self.heard.iter().map(name).collect()
    }

    fn count(&self, name: &str) -> usize {
        self.names().iter().filter(|known| *known == name).count()
    }
}

struct World {
    hub: Hub,
    news: News,
    now: Instant,
    clients: Vec<Client>,
}

fn clock() -> Timestamp {
    Timestamp::from_millis(1_795_376_203_000)
}

fn user(number: usize) -> User {
    User::named(UserId::from(format!("{number:024}")), format!("person {number}"))
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        Self { hub: Hub::default(), news: News::new(now), now, clients: Vec::new() }
    }

    /// As the desk does it: one's own first list goes before all else.
    fn come(&mut self, number: usize, ear: Ear) -> usize {
        let (user, connection) = (user(number), ConnectionId::next());
        let (outbox, mut inbox) = queue(usize::MAX);
        let newcomer = Newcomer { connection, session: "s".into(), ear, outbox };
        let came = self.hub.add(&user, newcomer);
        self.hub.tell_one(&user.id, connection, &self.hub.list(clock()));
        let list = ServerFrame::decode(&inbox.waiting().unwrap()).unwrap();
        let ServerFrame::OnlineUsers { users, .. } = list else { panic!("{list:?}") };
        let online: BTreeSet<_> = users.rows.into_iter().map(|user| user.id).collect();
        assert!(online.contains(&user.id));
        if let Some(version) = came {
            self.news.add(user.clone(), true, clock(), version);
            self.tell();
        }
        let (heard, bytes) = (Vec::new(), 0);
        self.clients.push(Client { user, connection, ear, inbox, online, heard, bytes });
        self.clients.len() - 1
    }

    /// Somebody comes who does not listen.
    fn pass(&mut self, number: usize, ear: Ear) {
        let (user, connection) = (user(number), ConnectionId::next());
        let outbox = queue(usize::MAX).0;
        let newcomer = Newcomer { connection, session: "s".into(), ear, outbox };
        if let Some(version) = self.hub.add(&user, newcomer) {
            self.news.add(user, true, clock(), version);
            self.tell();
        }
    }

    fn go(&mut self, place: usize) {
        let Client { user, connection, .. } = self.clients.swap_remove(place);
        if let Some((user, version)) = self.hub.remove(&user.id, connection) {
            self.news.add(user, false, clock(), version);
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.news.tell(&self.hub, self.now, clock());
        self.clients.iter_mut().for_each(Client::listen);
    }

    /// Time passes, and what falls due is told then.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.news.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.tell();
        }
        self.now = end;
    }

    fn all_know_who_is_there(&self) {
        let online: BTreeSet<_> = self.hub.online().into_iter().map(|user| user.id).collect();
        for client in &self.clients {
            assert_eq!(client.online, online, "{:?} {:?}", client.ear, client.user);
        }
    }
}

#[test]
fn with_few_people_each_is_told_at_once() {
    let mut world = World::new();
    let (base, changes) = (world.come(1, Ear::Lists), world.come(2, Ear::Changes));
    assert_eq!(world.clients[base].names(), ["user_online", "online_users"]);
    let third = world.come(3, Ear::Lists);
    assert_eq!(world.clients[base].names().len(), 4);
    world.go(third);
    let ends = ["user_online", "online_users", "user_offline", "online_users"];
    assert_eq!(world.clients[base].names()[2..], ends);
    assert_eq!(world.clients[changes].names(), ["presence_changed"; 2]);
    assert_eq!(world.news.due(), None);
    world.all_know_who_is_there();
}

#[test]
fn a_person_with_two_sockets_comes_and_goes_once() {
    let mut world = World::new();
    let (base, changes) = (world.come(1, Ear::Lists), world.come(2, Ear::Changes));
    let before = world.clients[base].heard.len();
    let (one, two) = (world.come(3, Ear::Lists), world.come(3, Ear::Changes));
    assert_eq!(world.clients[one].heard, [], "nobody is told of oneself");
    assert_eq!(world.clients[two].heard, []);
    world.go(two);
    assert_eq!(world.clients[base].heard.len(), before + 2);
    world.go(one);
    assert_eq!(world.clients[base].heard.len(), before + 4);
    assert_eq!(world.clients[changes].heard.len(), 2);
    world.all_know_who_is_there();
}

#[test]
fn a_storm_of_thousands_who_come_is_few_frames_to_each() {
    const WATCHERS: usize = 20;
    const STORM: usize = 2_000;
    let mut world = World::new();
    for number in 0..WATCHERS {
        world.come(number, if number % 2 == 0 { Ear::Lists } else { Ear::Changes });
    }
    world.clients.iter_mut().for_each(|client| (client.bytes, client.heard) = (0, Vec::new()));
    // Within four seconds.
    for number in 0..STORM {
        world.pass(WATCHERS + number, Ear::Changes);
        world.wait(Duration::from_millis(2));
    }
    world.wait(Duration::from_secs(10));
    world.all_know_who_is_there();
    let list = world.hub.list(clock()).len();
    for client in &world.clients {
        match client.ear {
            Ear::Changes => {
                let frames = client.count("presence_changed");
                assert!(frames < 70, "{frames} frames");
                assert_eq!(frames, client.heard.len());
                // Each who comes is told once: a list costs hardly less.
                assert!(client.bytes < 2 * list, "{} of {list}", client.bytes);
            }
            Ear::Lists => {
                // Ten connections and two thousand people: one in 400 ms at the end.
                let lists = client.count("online_users");
                assert!(lists < 50, "{lists} lists");
                assert!(client.count("user_online") < STORM);
            }
        }
    }
}

#[test]
fn with_a_thousand_one_who_comes_is_told_alone_and_the_whole_list_seldom() {
    const PEOPLE: usize = 1_000;
    let mut world = World::new();
    let (base, changes) = (world.come(0, Ear::Lists), world.come(1, Ear::Changes));
    for number in 2..PEOPLE {
        world.pass(number, if number % 2 == 0 { Ear::Lists } else { Ear::Changes });
    }
    world.wait(Duration::from_mins(1));
    world.all_know_who_is_there();
    world.clients.iter_mut().for_each(|client| (client.bytes, client.heard) = (0, Vec::new()));
    // One a second, for half a minute.
    for number in 0..30 {
        world.pass(PEOPLE + number, Ear::Changes);
        world.wait(Duration::from_secs(1));
    }
    world.all_know_who_is_there();
    assert_eq!(world.clients[changes].names(), vec!["presence_changed"; 30]);
    let bytes = world.clients[changes].bytes;
    assert!(bytes < 30 * 250, "{bytes}");
    // 1,000 people and 500 who hear of it: one in ten seconds. The first goes at once, for none has for long.
    assert_eq!(world.clients[base].count("user_online"), 30);
    assert_eq!(world.clients[base].count("online_users"), 3);
    assert_eq!(world.clients[base].names()[..3], ["user_online", "online_users", "user_online"]);
    world.wait(Duration::from_secs(11));
    assert_eq!(world.clients[base].count("online_users"), 4, "the latest comes at last");
    assert_eq!(world.news.due(), world.news.beat);
}

#[test]
fn of_very_many_who_come_at_once_those_who_know_lists_are_told_a_list() {
    const PEOPLE: usize = 3_000;
    let mut world = World::new();
    let base = world.come(0, Ear::Lists);
    for number in 1..PEOPLE {
        world.pass(number, Ear::Lists);
    }
    world.wait(Duration::from_mins(1));
    world.clients[base].heard.clear();
    for number in 0..PEOPLE / 2 {
        world.pass(PEOPLE + number, Ear::Lists);
    }
    world.wait(Duration::from_mins(1));
    world.all_know_who_is_there();
    // So many frames would be more than a connection's queue bears, and what waits would be written off.
    let names = world.clients[base].names();
    assert!(names.len() <= 2 && names.contains(&"online_users".to_owned()), "{names:?}");
}

#[test]
fn of_who_comes_and_goes_within_a_while_the_latest_is_told() {
    let mut world = World::new();
    let (base, changes) = (world.come(0, Ear::Lists), world.come(1, Ear::Changes));
    for number in 2..100 {
        world.come(number, Ear::Changes);
    }
    world.wait(Duration::from_secs(5));
    world.clients.iter_mut().for_each(|client| client.heard.clear());
    // The first is told at once, and then nothing for a while.
    world.come(100, Ear::Changes);
    let gone = world.come(101, Ear::Changes);
    world.go(gone);
    let back = world.come(102, Ear::Changes);
    world.go(back);
    world.come(102, Ear::Changes);
    world.wait(Duration::from_secs(5));
    world.all_know_who_is_there();
    assert_eq!(world.clients[changes].names(), ["presence_changed"; 2]);
    let ServerFrame::PresenceChanged { users, .. } = &world.clients[changes].heard[1] else {
        panic!();
    };
    let told: Vec<_> =
        users.rows.iter().map(|user| (user.username.as_str(), user.is_online)).collect();
    assert_eq!(told, [("person 101", Some(false)), ("person 102", Some(true))]);
    assert_eq!(world.clients[base].count("user_online"), 2);
    assert_eq!(world.clients[base].count("user_offline"), 1);
}

#[test]
fn a_name_that_changed_meanwhile_is_not_undone() {
    let mut world = World::new();
    let changes = world.come(0, Ear::Changes);
    for number in 1..60 {
        world.come(number, Ear::Changes);
    }
    let named = User { username: "Zoë".to_owned(), ..user(59) };
    assert!(world.news.due().is_some());
    world.hub.is_now(&named);
    world.news.is_now(&named);
    world.wait(Duration::from_secs(1));
    let last = world.clients[changes].heard.last();
    let Some(ServerFrame::PresenceChanged { users, .. }) = last else { panic!("{last:?}") };
    assert_eq!(users.rows.last().unwrap().username, "Zoë");
}

#[test]
fn with_many_people_silence_is_told_before_clients_ask() {
    let mut world = World::new();
    for number in 0..100 {
        world.come(number, if number == 0 { Ear::Lists } else { Ear::Changes });
    }
    world.wait(Duration::from_secs(5));
    world.clients.iter_mut().for_each(|client| client.heard.clear());
    world.wait(Duration::from_secs(61));
    assert_eq!(world.clients[0].heard, [], "the base protocol has no such frame");
    let nothing =
        ServerFrame::PresenceChanged { users: Rows::from(Vec::new()), timestamp: Some(clock()) };
    assert_eq!(world.clients[1].heard, vec![nothing; 3]);
}

#[derive(Clone, Debug)]
enum Step {
    Come(usize, bool),
    Go(usize),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..90usize, any::<bool>()).prop_map(|(number, base)| Step::Come(number, base)),
        3 => any::<usize>().prop_map(Step::Go),
        2 => (0..300u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever comes and goes, with however many sockets, and whenever it is told: in the end all know who is there, and those
    /// who hear of changes were not told more often than the time allows.
    #[test]
    fn in_the_end_all_know_who_is_there(steps in steps()) {
        let mut world = World::new();
        for number in 0..40 {
            world.come(number, if number % 3 == 0 { Ear::Lists } else { Ear::Changes });
        }
        for step in steps {
            match step {
                Step::Come(number, base) => {
                    world.come(number, if base { Ear::Lists } else { Ear::Changes });
                }
                Step::Go(place) => {
                    if let Some(place) = place.checked_rem(world.clients.len()) {
                        world.go(place);
                    }
                }
                Step::Wait(millis) => world.wait(Duration::from_millis(millis)),
            }
        }
        world.wait(Duration::from_secs(15));
        world.all_know_who_is_there();
    }
}
