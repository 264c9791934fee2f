use super::*;

fn user(id: &str, online: bool) -> User {
    User { is_online: Some(online), ..User::named(UserId::from(id), id) }
}

fn names(ids: &[UserId]) -> Vec<&str> {
    ids.iter().map(UserId::as_str).collect()
}

fn last(at: i64) -> Last {
    Last { at: Some(Timestamp::from_millis(at)), mine: false, content: format!("at {at}") }
}

#[test]
fn conversations_come_first_by_time_then_the_others_online_first_and_by_name() {
    let mut roster = Roster::new(str::cmp);
    for (id, online) in
        [("zoe", true), ("Ann", false), ("bob", true), ("eve", false), ("dan", false)]
    {
        roster.learn(&user(id, online));
    }
    roster.get_mut(&UserId::from("eve")).last_is(last(10));
    roster.get_mut(&UserId::from("dan")).last_is(last(20));
    let view = roster.view();
    assert_eq!(names(&view.recent), ["dan", "eve"]);
    assert_eq!(names(&view.others), ["bob", "zoe", "Ann"]);
    assert_eq!(view.online, 2);
}

#[test]
fn less_never_overwrites_more() {
    let mut roster = Roster::new(str::cmp);
    let seen = Timestamp::from_millis(5);
    roster.learn(&User {
        avatar: Some("a.png".to_owned()),
        last_seen: Some(seen),
        ..user("ada", true)
    });
    roster.learn(&User::named(UserId::from("ada"), ""));
    roster.learn_party(&Party::new(UserId::from("ada")));
    let view = roster.get(&UserId::from("ada")).unwrap().view();
    assert_eq!((view.name.as_str(), view.avatar.as_deref()), ("ada", Some("a.png")));
    assert_eq!((view.online, view.last_seen), (true, Some(seen)));
}

#[test]
fn the_socket_knows_better_than_rest_who_is_online() {
    let mut roster = Roster::new(str::cmp);
    roster.learn(&user("ada", true));
    assert_eq!(roster.online_are(&[user("bob", true)]).len(), 2);
    roster.learn(&user("ada", true));
    assert!(!roster.get(&UserId::from("ada")).unwrap().view().online);
    roster.connection_lost();
    roster.learn(&user("ada", true));
    assert!(roster.get(&UserId::from("ada")).unwrap().view().online);
}

#[test]
fn an_older_message_does_not_become_the_preview() {
    let mut person = Person::default();
    person.last_is(last(20));
    person.last_is(last(10));
    assert_eq!(person.view().preview, Some((false, "at 20".to_owned())));
}

#[test]
fn a_typing_sign_expires_five_seconds_after_its_last_renewal() {
    let (mut roster, ada) = (Roster::new(str::cmp), UserId::from("ada"));
    roster.typing(Millis(0), &ada, "ada", true);
    roster.typing(Millis(3_000), &ada, "ada", true);
    assert_eq!(roster.tick(Millis(7_999)), []);
    assert_eq!(roster.tick(Millis(8_000)), [ada]);
    assert_eq!(roster.deadline(), None);
}

#[test]
fn pages_follow_each_other_to_the_end() {
    let mut roster = Roster::new(str::cmp);
    assert_eq!(roster.begin_page(), Some(1));
    let full = UsersPage {
        users: (0..20).map(|n| user(&n.to_string(), false)).collect::<Vec<_>>().into(),
        ..UsersPage::default()
    };
    roster.page(1, 20, &full);
    assert_eq!(roster.begin_page(), Some(2));
    assert_eq!(roster.begin_page(), None);
    roster.page(2, 20, &UsersPage::default());
    assert_eq!(roster.begin_page(), None);
}
