//! The one place where signals change.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use chinwag::state::session::{Change, Command, ConversationView, Gate, OwnState, RowKey, RowView};
use chinwag::state::{Browser, Item, State};
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{
    chat, conversation, id, named, open, order, person, plain, row, rows, settle,
};

fn state() -> State {
    Owner::new().set();
    State::new(plain(), Browser::NONE, |_: Command| {})
}

fn draw(state: State, of: Vec<(RowKey, RowView)>) {
    for change in rows(of) {
        state.apply(change);
    }
}

/// How often what `read` reads has changed.
fn times_told(read: impl Fn() + 'static) -> Rc<Cell<u32>> {
    // Effects run once something was mounted; here that may not have happened yet.
    let place = document().create_element("div").unwrap();
    drop(mount_to(place.unchecked_into(), || ()));
    let told = Rc::new(Cell::new(0));
    let count = Rc::clone(&told);
    Effect::new(move |_| {
        read();
        count.set(count.get() + 1);
    });
    told
}

fn signed_out() -> Change {
    Change::Gate(Gate::SignIn { busy: false, error: None, held: false })
}

#[wasm_bindgen_test]
fn rows_are_drawn_once_they_have_their_place_with_a_line_before_each_day() {
    use Item::{Day, Message};
    let state = state();
    state.apply(open("ada"));
    let [first, placed] =
        rows(vec![row(1, "one", None), row(2, "two", None), row(1500, "three", None)]);
    state.apply(first);
    assert_eq!(state.items().get_untracked(), []);
    state.apply(placed);
    let expected =
        [Day(0), Message(RowKey(1)), Message(RowKey(2)), Day(1000), Message(RowKey(1500))];
    assert_eq!(state.items().get_untracked(), expected);
    // A row may also come after its place.
    state.apply(order(&[1, 2, 1500, 2500]));
    assert_eq!(state.items().get_untracked(), expected);
    state.apply(Change::Rows(vec![row(2500, "four", None)]));
    let last = state.items().get_untracked().split_off(5);
    assert_eq!(last, [Day(2000), Message(RowKey(2500))]);
}

#[wasm_bindgen_test]
fn a_mark_stands_before_the_row_before_which_some_are_missing_until_they_are_there() {
    use Item::{Day, Gap, Message};
    let state = state();
    state.apply(open("ada"));
    let mut later = row(1500, "three", None);
    later.1.gap = true;
    draw(state, vec![row(1, "one", None), later]);
    // The day may be that of those who are missing.
    let expected =
        [Day(0), Message(RowKey(1)), Gap(RowKey(1500)), Day(1000), Message(RowKey(1500))];
    assert_eq!(state.items().get_untracked(), expected);
    state.apply(Change::Rows(vec![row(1500, "three", None)]));
    let expected = [Day(0), Message(RowKey(1)), Day(1000), Message(RowKey(1500))];
    assert_eq!(state.items().get_untracked(), expected);
}

#[wasm_bindgen_test]
fn a_row_without_a_place_is_forgotten() {
    let state = state();
    state.apply(open("ada"));
    draw(state, vec![row(1, "one", None), row(2, "two", None)]);
    state.apply(order(&[2]));
    assert_eq!(state.items().get_untracked(), [Item::Day(0), Item::Message(RowKey(2))]);
    assert!(!state.rows().read_untracked().contains_key(&RowKey(1)));
    assert_eq!(state.rows().read_untracked()[&RowKey(2)].content, "two");
}

#[wasm_bindgen_test]
fn another_conversation_begins_empty_and_the_same_one_keeps_its_rows() {
    let state = state();
    state.apply(open("ada"));
    draw(state, vec![row(1, "one", None)]);
    let draft = "half a".to_owned();
    let reloaded = ConversationView { draft, ..conversation("ada") };
    state.apply(Change::Conversation(Some(reloaded)));
    assert_eq!(state.items().read_untracked().len(), 2);
    state.apply(open("bob"));
    assert_eq!(state.items().get_untracked(), []);
    assert!(!state.rows().read_untracked().contains_key(&RowKey(1)));
    // The order of the earlier one must not draw rows of this one.
    state.apply(Change::Rows(vec![row(1, "Bob's", None)]));
    assert_eq!(state.items().get_untracked(), []);
}

#[wasm_bindgen_test]
fn a_closed_conversation_is_empty() {
    let state = state();
    state.apply(open("ada"));
    draw(state, vec![row(1, "one", None)]);
    state.apply(Change::Conversation(None));
    assert!(state.conversation().read_untracked().is_none());
    assert_eq!(state.items().get_untracked(), []);
    assert!(!state.rows().read_untracked().contains_key(&RowKey(1)));
}

#[wasm_bindgen_test]
async fn a_change_of_one_row_leaves_the_others_what_they_are() {
    let state = state();
    state.apply(open("ada"));
    let sending = || row(1, "one", Some(OwnState::Sending));
    draw(state, vec![sending(), row(2, "two", None)]);
    let before = state.rows().get_untracked();
    let rows = times_told(move || state.rows().track());
    let items = times_told(move || state.items().track());
    settle().await;
    state.apply(Change::Rows(vec![row(1, "one", Some(OwnState::Sent)), row(2, "two", None)]));
    settle().await;
    let after = state.rows().get_untracked();
    let same = |key| Arc::ptr_eq(&before[&RowKey(key)], &after[&RowKey(key)]);
    assert!(!same(1) && same(2));
    assert_eq!((rows.get(), items.get()), (2, 1));
    // And what is the same is no change.
    state.apply(Change::Rows(vec![row(1, "one", Some(OwnState::Sent))]));
    settle().await;
    assert_eq!((rows.get(), items.get()), (2, 1));
}

#[wasm_bindgen_test]
async fn a_change_of_one_person_tells_nobody_else() {
    let state = state();
    state.apply(named("ada"));
    state.apply(named("bob"));
    let (ada, bob) = (state.person(&id("ada")), state.person(&id("bob")));
    let (ada, bob) = (times_told(move || drop(ada.read())), times_told(move || drop(bob.read())));
    settle().await;
    let mut typing = person("ada");
    typing.typing = true;
    state.apply(Change::Person(id("ada"), typing));
    state.apply(named("bob"));
    settle().await;
    assert_eq!((ada.get(), bob.get()), (2, 1));
}

#[wasm_bindgen_test]
fn a_person_who_is_not_known_yet_is_filled_in_later() {
    let state = state();
    let ada = state.person(&id("ada"));
    assert_eq!(ada.read_untracked().name, "");
    state.apply(named("ada"));
    assert_eq!(ada.read_untracked().name, "ada");
}

#[wasm_bindgen_test]
fn who_signs_out_leaves_nobody_behind() {
    let state = state();
    state.apply(chat());
    state.apply(named("ada"));
    state.apply(Change::Received { name: "ada".to_owned(), content: None });
    state.apply(signed_out());
    assert_eq!(state.person(&id("ada")).read_untracked().name, "");
    assert_eq!(state.arrivals().get_untracked(), []);
}

#[wasm_bindgen_test]
fn the_last_eight_arrivals_are_kept_and_numbered_on() {
    let state = state();
    for number in 0..10 {
        let content = Some(number.to_string());
        state.apply(Change::Received { name: "ada".to_owned(), content });
    }
    let arrivals = state.arrivals();
    let arrivals = arrivals.read_untracked();
    let kept: Vec<_> = arrivals.iter().map(|arrival| arrival.number).collect();
    assert_eq!(kept, [2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(arrivals.last().unwrap().content.as_deref(), Some("9"));
}

#[wasm_bindgen_test]
fn the_title_names_oneself_and_counts_what_is_not_read() {
    let state = state();
    let title = move || untrack(|| state.title());
    assert_eq!(title(), "Chinwag");
    state.apply(chat());
    assert_eq!(title(), "Chat - Grace");
    state.apply(Change::Unread(3));
    assert_eq!(title(), "(3) Chat - Grace");
    state.apply(signed_out());
    assert_eq!(title(), "Chinwag");
}

#[wasm_bindgen_test]
fn what_waits_is_counted() {
    let state = state();
    assert_eq!(state.waiting().get_untracked(), 0);
    for count in [1, 3, 0] {
        state.apply(Change::Waiting(count));
        assert_eq!(state.waiting().get_untracked(), count);
    }
}

#[wasm_bindgen_test]
fn a_burst_of_commands_arrives_whole_and_in_order() {
    Owner::new().set();
    let sent = StoredValue::new_local(Vec::new());
    let state = State::new(plain(), Browser::NONE, move |command| {
        sent.update_value(|sent| sent.push(command));
    });
    let commands = [Command::Open(id("ada")), Command::Stand(None), Command::Close, Command::Close];
    for command in commands.clone() {
        state.send(command);
    }
    assert_eq!(sent.get_value(), commands);
}
