//! What one missed (protocol §3, `sync`): the answers to `GET /sync`.

#![allow(clippy::panic, reason = "the lint's exception for tests does not see their helpers")]

mod json;

use chinwag_protocol::answer::{AnswerError, SyncPage};
use chinwag_protocol::{Event, Rows, Seq, ServerFrame, SyncPoint, Timestamp};
use serde_json::{Value, json};

use json::of;

const TIME: &str = "2026-11-22T19:36:44.277Z";

/// The events of an answer, its next and whether there are more.
fn events(data: &Value) -> (Rows<Event>, Seq, bool) {
    match of(data, SyncPage::read) {
        Ok(SyncPage::Events { events, next, has_more }) => (events, next, has_more),
        other => panic!("{data}: {other:?}"),
    }
}

#[test]
fn what_was_missed_is_read_with_its_numbers_and_whether_there_is_more() {
    let read = |id: &str, seq| Event {
        frame: ServerFrame::MessageDelivered {
            message_id: id.into(),
            delivered_at: Timestamp::parse(TIME),
        },
        seq,
    };
    let delivered =
        |id| json!({"type": "message_delivered", "data": {"messageId": id, "deliveredAt": TIME}});
    let numbered = |id, seq: Value| {
        let mut event = delivered(id);
        event["seq"] = seq;
        event
    };
    let data = json!({"next": 9, "hasMore": true, "events": [
        numbered("m1", json!(7)), numbered("m2", json!(8)), {"type": "message_edited", "seq": 9}]});
    let rows = vec![read("m1", Some(Seq(7))), read("m2", Some(Seq(8)))];
    assert_eq!(events(&data), (Rows { rows, skipped: 1 }, Seq(9), true));

    // A number that is none is missing; the event is there all the same.
    for seq in [json!(-7), json!("7"), json!(7.5), json!(1e300), json!(null), json!([7])] {
        let data = json!({"next": 7, "events": [numbered("m1", seq)]});
        assert_eq!(events(&data), (vec![read("m1", None)].into(), Seq(7), false), "{data}");
    }
    let data = json!({"next": 0, "events": [], "hasMore": "yes"});
    assert_eq!(events(&data), (Rows::default(), Seq(0), false));
}

#[test]
fn an_answer_to_sync_without_a_place_to_go_on_from_is_unreadable() {
    for data in [
        json!({"events": []}),
        json!({"events": [], "next": -1}),
        json!({"events": [], "next": "7"}),
        json!({"events": [], "next": 7.5}),
        json!({"events": [], "next": 1e300}),
        json!({"next": 7}),
        json!({"next": 7, "events": {}}),
        json!({"next": 7, "events": null, "reset": false}),
        json!({"reset": true}),
        json!({"reset": true, "store": "s"}),
        json!({"reset": true, "next": 7}),
        json!({"reset": true, "next": 7, "store": ""}),
        json!({"reset": true, "next": -7, "store": "s"}),
        json!([]),
        json!(null),
        json!(7),
    ] {
        assert_eq!(of(&data, SyncPage::read), Err(AnswerError::Unreadable), "{data}");
    }
    for reset in [json!("true"), json!(1), json!(null), json!(false)] {
        let data = json!({"reset": reset, "next": 7, "store": "s", "events": []});
        assert_eq!(events(&data), (Rows::default(), Seq(7), false), "{data}");
    }
}

#[test]
fn a_reset_says_where_one_is_after_loading_afresh() {
    for (next, seq) in [(json!(0), 0), (json!(40), 40), (json!(u64::MAX), u64::MAX)] {
        let data = json!({"reset": true, "next": next, "store": "s2", "events": "none"});
        let next = SyncPoint { store: "s2".into(), seq: Seq(seq) };
        assert_eq!(of(&data, SyncPage::read), Ok(SyncPage::Reset { next }));
    }
    // Numbers end where they end; nothing wraps.
    assert_eq!((Seq(7).next(), Seq(u64::MAX).next()), (Seq(8), Seq(u64::MAX)));
}
