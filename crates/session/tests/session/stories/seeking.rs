//! Going to a day or a message that is not here: it is found in few steps, and what is between is not read.

use chinwag_protocol::{MessageId, Timestamp};
use chinwag_session::{Around, Command, Failure, Input, OlderStatus, Outcome};
use serde_json::{Value, json};

use crate::support::{Play, answer, closed, command, fails, input, later, open, send, stored};

/// How many messages there are: one each ten seconds, the first of them after ten.
const ALL: i64 = 10_000;
const PAGE: i64 = 50;

/// Béla's conversation with a server that has all of it.
struct Reader {
    play: Play,
    /// How many messages the server has.
    all: i64,
    /// The pages that were asked for.
    asked: Vec<i64>,
}

impl Reader {
    fn new() -> Self {
        Self::of(ALL)
    }

    fn of(all: i64) -> Self {
        let mut play = Play::chatting();
        play.run([open("bela")]);
        let mut reader = Self { play, all, asked: Vec::new() };
        reader.answers();
        reader.asked.clear();
        reader
    }

    fn page(&self, page: i64) -> Value {
        let end = self.all - (page - 1) * PAGE;
        let numbers = (end - PAGE + 1).max(1)..=end;
        let messages: Vec<Value> = numbers
            .map(|number| {
                stored(&number.to_string(), "bela", "me", &number.to_string(), 10 * number)
            })
            .collect();
        let pages = (self.all + PAGE - 1) / PAGE;
        json!({ "messages": messages, "pagination": { "page": page, "limit": PAGE, "pages": pages } })
    }

    /// The server answers one call for a page. Returns whether there was one.
    fn answers_one(&mut self) -> bool {
        let calls = self.play.pending();
        let Some(call) = calls.into_iter().find(|call| call.starts_with("GET /messages/bela?"))
        else {
            return false;
        };
        let call = call.to_owned();
        let (_, page) = call.split_once("page=").unwrap();
        let page: i64 = page.split('&').next().unwrap().parse().unwrap();
        self.asked.push(page);
        self.play.run([answer(&call, 200, self.page(page))]);
        true
    }

    fn answers(&mut self) {
        while self.answers_one() {}
    }

    /// Goes to what was said from so many seconds after the beginning, within this many more.
    fn goes(&mut self, seconds: i64, long: i64) {
        let time = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let around = Around::Date { from: time(seconds), to: time(seconds + long) };
        self.play.run([command(Command::Look(around))]);
    }

    fn numbers(&self) -> Vec<i64> {
        self.play.picture.rows().map(|(_, row)| row.content.parse().unwrap()).collect()
    }

    fn gaps(&self) -> Vec<i64> {
        let rows = self.play.picture.rows().filter(|(_, row)| row.gap);
        rows.map(|(_, row)| row.content.parse().unwrap()).collect()
    }

    /// The message that one has gone to.
    fn arrived(&self) -> Option<i64> {
        let (key, _) = self.play.picture.conversation.as_ref()?.arrived?;
        self.play.picture.rows[&key].content.parse().ok()
    }

    fn seeking(&self) -> bool {
        self.play.picture.conversation.as_ref().unwrap().seeking.is_some()
    }

    fn fill(&mut self, before: i64, from_above: bool) {
        let text = before.to_string();
        let rows = self.play.picture.rows().find(|(_, row)| row.content == text);
        let before = rows.unwrap().0;
        self.play.run([command(Command::Fill { before, from_above })]);
        self.answers();
    }
}

#[test]
fn a_day_of_long_ago_is_found_in_few_steps_with_a_gap_on_either_side() {
    let mut reader = Reader::new();
    reader.goes(20_000, 1_000);
    assert!(reader.seeking());
    reader.answers();
    assert!(reader.asked.len() <= 10, "{:?}", reader.asked);
    assert_eq!((reader.arrived(), reader.seeking()), (Some(2_000), false));
    assert_eq!(reader.play.picture.said(), None);
    let numbers = reader.numbers();
    assert!(numbers.contains(&1_999), "what came just before is there: {numbers:?}");
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1 || reader.gaps().contains(&pair[1]))
    );
    assert_eq!(reader.gaps(), [9_951], "what is between was not read");
}

#[test]
fn one_goes_on_from_there_up_and_down() {
    let mut reader = Reader::new();
    reader.goes(20_000, 1_000);
    reader.answers();
    let (first, last) = (reader.numbers()[0], 9_951);
    reader.asked.clear();
    reader.fill(first, false);
    reader.play.run([command(Command::Look(Around::Place(0)))]);
    assert_eq!((reader.asked.len(), reader.numbers()[0]), (1, first - PAGE), "{:?}", reader.asked);
    // Down: what follows comes first, not what is before the newest.
    reader.asked.clear();
    reader.play.run([command(Command::Look(Around::Place(90)))]);
    let above = *reader.numbers().iter().filter(|number| **number < last).max().unwrap();
    reader.fill(last, true);
    assert!(reader.asked.len() <= 3, "{:?}", reader.asked);
    reader.play.run([command(Command::Look(Around::Place(120)))]);
    let numbers = reader.numbers();
    assert!(numbers.contains(&(above + PAGE)), "{numbers:?}");
    assert_eq!(reader.gaps(), [last]);
}

#[test]
fn all_gaps_are_filled_in_the_end_while_new_messages_come() {
    let mut reader = Reader::of(1_000);
    for seconds in [9_000, 2_000, 5_000] {
        reader.goes(seconds, 10);
        reader.answers_one();
        reader.all += 7;
        reader.answers();
        assert_eq!(reader.arrived(), Some(seconds / 10));
    }
    for _ in 0..100 {
        reader.play.run([command(Command::LoadOlder)]);
        reader.answers();
    }
    let mut all = Vec::new();
    for place in (0..1_000).step_by(50) {
        reader.play.run([command(Command::Look(Around::Place(place)))]);
        assert_eq!(reader.gaps(), [0; 0]);
        all.extend(reader.numbers());
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all[..1_000], (1..=1_000).collect::<Vec<_>>());
}

#[test]
fn what_is_known_needs_no_server() {
    let mut reader = Reader::new();
    reader.goes(99_800, 1_000);
    assert_eq!((reader.arrived(), reader.seeking()), (Some(9_980), false));
    assert_eq!(reader.play.pending(), ["GET /messages/conversations"; 0]);
}

#[test]
fn a_day_without_messages_leads_to_the_next_one_and_says_so() {
    for (seconds, long, to) in [(20_001, 5, 2_001), (0, 5, 1), (200_000, 5, ALL)] {
        let mut reader = Reader::new();
        reader.goes(seconds, long);
        reader.answers();
        assert_eq!(reader.arrived(), Some(to), "{seconds}");
        assert_eq!(reader.play.picture.said(), Some(&Failure::NothingThen), "{seconds}");
    }
    let mut reader = Reader::new();
    reader.goes(0, 20);
    reader.answers();
    let open = reader.play.picture.conversation.as_ref().unwrap();
    assert_eq!((reader.arrived(), &open.older), (Some(1), &OlderStatus::End));
    assert_eq!(open.begins, Some(Timestamp::from_millis(10_000)));
    assert_eq!(reader.play.picture.said(), None);
}

#[test]
fn a_message_is_gone_to_by_its_id_and_time() {
    let mut reader = Reader::new();
    let around = Around::Message(MessageId::from("1234"), Timestamp::from_millis(12_340_000));
    reader.play.run([command(Command::Look(around))]);
    reader.answers();
    assert_eq!((reader.arrived(), reader.play.picture.said()), (Some(1_234), None));
}

#[test]
fn one_may_stay_before_one_is_there() {
    let mut reader = Reader::new();
    let before = reader.numbers();
    reader.goes(20_000, 1_000);
    reader.answers_one();
    let reached = reader.play.picture.conversation.as_ref().unwrap().seeking.flatten();
    assert!(reached.is_some_and(|at| at.millis() < 10_000 * ALL), "it says how far it has come");
    reader.play.run([command(Command::Stay)]);
    assert!(!reader.seeking());
    reader.answers();
    assert_eq!((reader.arrived(), reader.numbers()), (None, before));
    // Whoever leaves does not come back to be carried away.
    reader.goes(20_000, 1_000);
    reader.play.run([open("ada"), open("bela")]);
    reader.answers();
    assert_eq!((reader.arrived(), reader.seeking()), (None, false));
}

#[test]
fn a_search_that_fails_says_so_and_moves_nothing() {
    let mut reader = Reader::new();
    let before = reader.numbers();
    reader.goes(20_000, 1_000);
    reader.play.run([fails("GET /messages/bela?", Outcome::NoNetwork)]);
    assert_eq!(reader.play.picture.said(), Some(&Failure::NoNetwork));
    assert_eq!((reader.seeking(), reader.arrived(), reader.numbers()), (false, None, before));
    // A server that gives the same page for ever is not asked for ever.
    reader.goes(20_000, 1_000);
    let mut asked = 0;
    while reader.seeking() {
        asked += 1;
        assert!(asked < 100);
        let page = json!({ "messages": reader.page(1)["messages"] });
        reader.play.run([answer("GET /messages/bela?", 200, page)]);
    }
    assert_eq!(reader.play.picture.said(), Some(&Failure::Unreadable));
}

#[test]
fn a_server_that_does_not_count_its_pages_is_asked_in_growing_steps() {
    let mut reader = Reader::new();
    reader.goes(20_000, 1_000);
    while let Some(call) = reader.play.pending().first().map(|call| (*call).to_owned()) {
        reader.asked.push(0);
        let page: i64 = call.split(['=', '&']).nth(1).unwrap().parse().unwrap();
        let page = json!({ "messages": reader.page(page)["messages"] });
        reader.play.run([answer(&call, 200, page)]);
    }
    assert_eq!(reader.arrived(), Some(2_000));
    assert!(reader.asked.len() <= 20, "{}", reader.asked.len());
}

#[test]
fn what_is_on_the_disk_alone_is_read_there() {
    let mut reader = Reader::new();
    reader.goes(20_000, 1_000);
    reader.answers();
    reader.play.run([later(1_000), input(Input::Tick), later(1_000), input(Input::Tick)]);
    let mut next = Play::new();
    next.cache.clone_from(&reader.play.cache);
    next.me.clone_from(&reader.play.me);
    let token = Some(chinwag_protocol::Token::from("tok-1"));
    next.run([input(Input::Begin { token, route: Some("bela".into()), me: next.me.clone() })]);
    next.run([closed(1006), fails("GET /messages/bela?", Outcome::NoNetwork)]);
    reader.play = next;
    reader.goes(20_000, 1_000);
    assert_eq!(reader.arrived(), Some(2_000));
    reader.play.run([send("bela", "0")]);
    assert_eq!(reader.arrived(), Some(2_000));
}
