use chinwag_protocol::ServerFrame;

use super::*;

fn user(id: &str) -> User {
    User::named(UserId::from(id), id)
}

fn add(hub: &Hub, user: &User, connection: ConnectionId, outbox: Outbox) -> Option<Version> {
    let (session, ear) = ("s".into(), Ear::Lists);
    hub.add(user, Newcomer { connection, session, ear, outbox })
}

#[test]
fn a_list_is_what_its_frame_is() {
    let hub = Hub::default();
    let now = Timestamp::from_millis(1_795_376_203_000);
    let frame = |hub: &Hub| {
        let users = hub.online();
        let total_online = u64::try_from(users.len()).ok();
        let (users, timestamp) = (users.into(), Some(now));
        ServerFrame::OnlineUsers { users, total_online, timestamp }.encode()
    };
    assert_eq!(hub.list(now).as_str(), frame(&hub), "nobody");
    let names = ["zoe", "ada \"A\"", "béla\\"].map(user);
    let connections = [(); 3].map(|()| ConnectionId::next());
    for (user, connection) in names.iter().zip(connections) {
        add(&hub, user, connection, queue(100).0);
    }
    hub.is_now(&User { avatar: Some("/a.png".to_owned()), ..user("zoe") });
    assert_eq!(hub.list(now).as_str(), frame(&hub));
    hub.remove(&names[1].id, connections[1]);
    assert_eq!(hub.list(now).as_str(), frame(&hub));
    assert_eq!(hub.online().len(), 2);
}

#[test]
fn a_person_is_there_from_the_first_connection_to_the_last() {
    let (hub, ada) = (Hub::default(), user("ada"));
    let (one, two) = (ConnectionId::next(), ConnectionId::next());
    assert!(add(&hub, &ada, one, queue(100).0).is_some());
    assert_eq!(add(&hub, &ada, two, queue(100).0), None);
    assert_eq!(hub.remove(&ada.id, one), None);
    assert_eq!(hub.remove(&ada.id, one), None, "twice is once");
    assert!(hub.is_online(&ada.id));
    assert_eq!(hub.remove(&ada.id, two), Some((ada.clone(), Version(2))));
    assert!(!hub.is_online(&ada.id) && hub.online().is_empty());
}

#[tokio::test]
async fn a_full_queue_gives_the_connection_up_and_skips_nothing_before() {
    let (hub, ada) = (Hub::default(), user("ada"));
    let (outbox, mut inbox) = queue(10);
    add(&hub, &ada, ConnectionId::next(), outbox);
    for frame in ["12345", "67890", "x", "y"] {
        hub.tell(&ada.id, &Utf8Bytes::from_static(frame));
    }
    assert!(inbox.overflow().is_cancelled());
    assert_eq!(inbox.next().await.unwrap().as_str(), "12345");
    assert_eq!(inbox.next().await.unwrap().as_str(), "67890");
    assert!(inbox.waiting().is_none(), "nothing after what did not fit");
}

#[test]
fn small_frames_fill_a_queue_by_their_number() {
    let (hub, ada) = (Hub::default(), user("ada"));
    let (outbox, inbox) = queue(usize::MAX);
    add(&hub, &ada, ConnectionId::next(), outbox);
    for _ in 0..8_192 {
        hub.tell(&ada.id, &Utf8Bytes::from_static("x"));
    }
    assert!(!inbox.overflow().is_cancelled());
    hub.tell(&ada.id, &Utf8Bytes::from_static("x"));
    assert!(inbox.overflow().is_cancelled());
}

#[test]
fn what_waits_is_counted_for_all_and_for_the_slowest() {
    let hub = Hub::default();
    let queues = ["ada", "ada", "bela"].map(|name| {
        let (outbox, inbox) = queue(100);
        add(&hub, &user(name), ConnectionId::next(), outbox);
        inbox
    });
    hub.tell(&"ada".into(), &Utf8Bytes::from_static("12345"));
    hub.tell(&"bela".into(), &Utf8Bytes::from_static("1234567"));
    assert_eq!(hub.crowd(), Crowd { people: 2, sockets: 3, queued: 17, longest: 7 });
    drop(queues);
}

#[tokio::test]
async fn what_was_taken_makes_room() {
    let (hub, ada) = (Hub::default(), user("ada"));
    let (outbox, mut inbox) = queue(5);
    add(&hub, &ada, ConnectionId::next(), outbox);
    for _ in 0..100 {
        hub.tell(&ada.id, &Utf8Bytes::from_static("12345"));
        assert_eq!(inbox.next().await.unwrap().as_str(), "12345");
    }
    assert!(!inbox.overflow().is_cancelled());
}
