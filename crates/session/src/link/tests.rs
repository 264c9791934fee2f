use proptest::prelude::*;

use super::*;

fn started() -> (Link, Effects) {
    let (mut link, mut effects) = (Link::new(7), Effects::new());
    link.start(Millis(0), Token::from("t"), &mut effects);
    (link, effects)
}

#[test]
fn waits_double_from_one_second_to_thirty_with_jitter() {
    let (mut link, mut effects) = started();
    let mut now = Millis(0);
    for base in [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000] {
        link.closed(now, link.epoch, close::ABNORMAL);
        let State::Waiting { until } = link.state else { panic!("{:?}", link.state) };
        let wait = until.0 - now.0;
        assert!((base..=base + base / 2).contains(&wait), "{wait} after {base}");
        // Nor do they come together after a long time.
        assert!(!wait.is_multiple_of(1_000), "{wait} is left to chance");
        now = until;
        link.tick(now, &mut effects);
    }
}

#[test]
fn after_a_restart_of_the_server_each_client_waits_a_while_of_its_own() {
    for code in [close::RESTARTING, 1001] {
        let waits: std::collections::BTreeSet<u64> = (0..1_000)
            .map(|seed| {
                let (mut link, mut effects) = (Link::new(seed), Effects::new());
                link.start(Millis(0), Token::from("t"), &mut effects);
                link.heard(Millis(0));
                let (now, epoch) = (Millis(60_000), link.epoch);
                effects.clear();
                assert_eq!(link.closed(now, epoch, code), Closed::Lost { tell: false });
                assert!(effects.is_empty(), "not at once");
                let State::Waiting { until } = link.state else { panic!("{:?}", link.state) };
                until.0 - now.0
            })
            .collect();
        let (first, last) = (waits.first().unwrap(), waits.last().unwrap());
        assert!(*first >= 1_000 && *last <= 1_500, "{first} to {last}");
        assert!(last - first > 400 && waits.len() > 300, "{} from {first} to {last}", waits.len());
    }
}

#[test]
fn the_fifth_failure_is_told_once_and_it_goes_on_trying() {
    let (mut link, mut effects) = started();
    let mut told = Vec::new();
    let mut now = Millis(0);
    for _ in 0..12 {
        told.push(link.closed(now, link.epoch, close::ABNORMAL) == Closed::Lost { tell: true });
        now = now.plus(Duration::from_secs(31));
        link.tick(now, &mut effects);
        assert!(matches!(link.state, State::Opening { .. }));
    }
    assert_eq!(told.iter().filter(|told| **told).count(), 1);
    assert!(told[4]);
}

#[test]
fn a_server_that_greets_and_hangs_up_is_not_hammered() {
    let (mut link, mut effects) = started();
    let mut now = Millis(0);
    for _ in 0..5 {
        link.heard(now);
        link.closed(now, link.epoch, close::SERVER_TROUBLE);
        now = now.plus(Duration::from_secs(31));
        link.tick(now, &mut effects);
    }
    link.closed(now, link.epoch, close::SERVER_TROUBLE);
    assert!(matches!(link.state, State::Waiting { until } if until.0 - now.0 >= 20_000));
}

#[test]
fn a_good_connection_makes_the_next_wait_short() {
    let (mut link, mut effects) = started();
    link.closed(Millis(0), link.epoch, close::ABNORMAL);
    link.tick(Millis(5_000), &mut effects);
    link.heard(Millis(5_100));
    link.closed(Millis(20_000), link.epoch, close::ABNORMAL);
    assert!(matches!(link.state, State::Waiting { until } if until.0 <= 21_500));
}

#[test]
fn silence_is_probed_and_then_believed_dead() {
    let (mut link, mut effects) = started();
    link.heard(Millis(0));
    effects.clear();
    assert_eq!(link.tick(Millis(25_000), &mut effects), None);
    assert!(matches!(effects.pop_front(), Some(Effect::SendFrame { .. })));
    assert_eq!(link.deadline(Millis(25_000)), Some(Millis(35_000)));
    assert_eq!(link.tick(Millis(35_000), &mut effects), Some(Closed::Lost { tell: false }));
    assert!(matches!(effects.pop_front(), Some(Effect::CloseSocket { .. })));
}

#[test]
fn a_socket_that_is_never_greeted_is_given_up_after_ten_seconds() {
    let (mut link, mut effects) = started();
    assert_eq!(link.tick(Millis(9_999), &mut effects), None);
    assert_eq!(link.tick(Millis(10_000), &mut effects), Some(Closed::Lost { tell: false }));
}

#[test]
fn a_long_connection_that_another_place_takes_over_is_not_hopeless() {
    let (mut link, mut effects) = started();
    let mut now = Millis(0);
    for _ in 0..6 {
        link.closed(now, link.epoch, close::ABNORMAL);
        now = now.plus(Duration::from_secs(31));
        link.tick(now, &mut effects);
    }
    link.heard(now);
    link.closed(now.plus(Duration::from_mins(1)), link.epoch, close::REPLACED);
    assert!(!link.is_hopeless());
}

#[test]
fn a_bad_token_ends_it_and_another_place_stops_it() {
    for (code, expected) in [
        (close::NO_TOKEN, Closed::Refused),
        (close::BAD_TOKEN, Closed::Refused),
        (close::NO_SUCH_USER, Closed::Refused),
        (close::REPLACED, Closed::Replaced),
        (close::SERVER_TROUBLE, Closed::Lost { tell: false }),
        (close::NORMAL, Closed::Lost { tell: false }),
    ] {
        let (mut link, _) = started();
        link.heard(Millis(0));
        assert_eq!(link.closed(Millis(1), link.epoch, code), expected, "{code}");
    }
}

#[test]
fn after_another_place_took_over_only_the_person_takes_it_back() {
    let (mut link, mut effects) = started();
    link.closed(Millis(0), link.epoch, close::REPLACED);
    effects.clear();
    link.tick(Millis(1_000_000), &mut effects);
    link.online(Millis(1_000_000), true, &mut effects);
    link.stir(Millis(1_000_000), &mut effects);
    assert_eq!(effects, Effects::new());
    link.now(Millis(1_000_000), &mut effects);
    assert!(matches!(effects.pop_front(), Some(Effect::OpenSocket { .. })));
}

#[test]
fn a_network_that_comes_back_is_used_at_once() {
    let (mut link, mut effects) = started();
    link.closed(Millis(0), link.epoch, close::ABNORMAL);
    link.online(Millis(1), false, &mut effects);
    assert!(matches!(link.status(Millis(1)), LinkStatus::Offline { .. }));
    effects.clear();
    link.online(Millis(2), true, &mut effects);
    assert!(matches!(effects.pop_front(), Some(Effect::OpenSocket { .. })));
}

#[test]
fn the_seconds_shown_count_down() {
    assert_eq!(whole_seconds(Millis(0), Millis(2_500)), 3);
    assert_eq!(next_second(Millis(0), Millis(2_500)), Some(Millis(500)));
    assert_eq!(whole_seconds(Millis(500), Millis(2_500)), 2);
    assert_eq!(next_second(Millis(500), Millis(2_500)), Some(Millis(1_500)));
    assert_eq!(next_second(Millis(2_500), Millis(2_500)), None);
}

proptest! {
    #[test]
    fn its_deadline_always_moves_it_on(codes in prop::collection::vec(1000u16..5000, 1..40)) {
        let (mut link, mut effects) = started();
        let mut now = Millis(0);
        for code in codes {
            link.closed(now, link.epoch, code);
            let Some(deadline) = link.deadline(now) else { break };
            prop_assert!(deadline > now);
            prop_assert!(deadline.0 - now.0 <= 30_000);
            now = deadline;
            link.tick(now, &mut effects);
        }
    }
}
