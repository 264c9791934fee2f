//! Going to a day of long ago.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use chinwag_e2e::{Account, Key, PATIENCE, Person, tell};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

/// From one message to the next, in milliseconds: four a day.
const STEP: i64 = 6 * 3_600_000;
const ALL: i64 = 4_000;

fn line(number: i64) -> String {
    format!("message number {number}.")
}

/// Two have written to each other for years. Written into the store of a server that does not run: nobody waits for years.
/// Returns when the first was written.
async fn have_written_for_years(data: &Path, one: &Account, other: &Account) -> i64 {
    let options = SqliteConnectOptions::new().filename(data.join("chinwag.db"));
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let first = i64::try_from(now).unwrap() - ALL * STEP;
    let (low, high) = if one.id < other.id { (one, other) } else { (other, one) };
    let conversation =
        sqlx::query("INSERT INTO conversations (low, high) VALUES (?, ?) RETURNING id");
    let conversation = conversation.bind(&low.id).bind(&high.id).fetch_one(&mut store).await;
    let conversation: i64 = conversation.unwrap().try_get("id").unwrap();
    let rows: Vec<Value> = (0..ALL)
        .map(|number| {
            let at = first + number * STEP;
            let (from, to) = if number % 3 == 0 { (one, other) } else { (other, one) };
            json!([at, format!("{at:024x}"), from.id, to.id, line(number)])
        })
        .collect();
    let insert = sqlx::query(
        "INSERT INTO messages
           (created_at, id, conversation_id, sender_id, receiver_id, content, kind, delivered_at, read_at)
         SELECT value ->> 0, value ->> 1, ?2, value ->> 2, value ->> 3, value ->> 4, 'text', value ->> 0, value ->> 0
         FROM json_each(?1)",
    );
    let rows = serde_json::to_string(&rows).unwrap();
    insert.bind(rows).bind(conversation).execute(&mut store).await.unwrap();
    store.close().await.unwrap();
    first
}

/// The day that an instant is on where the browser is, as one types it there in its order, and its first millisecond.
async fn day(person: &Person, at: i64) -> (String, i64) {
    let script = "
        const date = new Date(arguments[0]);
        const form = new Intl.DateTimeFormat([], { day: '2-digit', month: '2-digit', year: 'numeric' });
        return [form.format(date).replace(/\\D+/g, '/'), date.setHours(0, 0, 0, 0)];
    ";
    let day = person.asks(script, vec![json!(at)]).await;
    (day[0].as_str().unwrap().to_owned(), day[1].as_i64().unwrap())
}

/// The marked row's text and how far it is below the upper edge of the list, and how many pages were asked for.
const WHERE: &str = "
    const row = document.querySelector('.message[data-arrived]');
    const edge = document.querySelector('.timeline-list').getBoundingClientRect().top;
    const asked = performance.getEntriesByType('resource').filter(entry => /messages.*page=/.test(entry.name));
    return [row?.querySelector('.content').textContent ?? null,
        row && Math.round(row.getBoundingClientRect().top - edge), asked.length];
";

#[test]
fn one_goes_to_a_day_of_two_years_ago_and_reads_on_from_there() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        house.server.stop().await;
        let first = have_written_for_years(&house.server.data(), &account, &béla).await;
        house.server.start().await;
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.is_at_the_end().await;

        let (typed, start) = day(&ada, first + 1_000 * STEP).await;
        let number = (start - first).div_euclid(STEP) + i64::from((start - first) % STEP != 0);
        ada.presses_button("Go to a day").await;
        ada.sees_focus_on("form.go-to input").await;
        ada.types_a_day(&typed).await;
        ada.presses(Key::Enter).await;
        ada.until("the first message of that day", async || {
            let place = ada.asks(WHERE, vec![]).await;
            let near = place[1].as_i64().is_some_and(|top| (47..=49).contains(&top));
            let there = place[0] == json!(line(number)) && near;
            if there { Ok(()) } else { Err(format!("{} is wanted, {place}", line(number))) }
        })
        .await;
        let asked = ada.asks(WHERE, vec![]).await[2].as_u64().unwrap();
        assert!(asked <= 16, "{asked} pages were asked for");
        ada.sees_focus_on(".timeline-list").await;
        ada.sees_message(&line(number - 1)).await;
        ada.sees_element(".to-end", None).await;

        // Up and down it goes on from there: nothing is left out.
        for (how, windows) in [("down", -1.0), ("up", 1.0)] {
            for _ in 0..25 {
                ada.scrolls_up(windows).await;
                ada.until("all that is in view", async || {
                    let missing = ada.asks(IN_VIEW, vec![]).await;
                    if missing == json!([]) { Ok(()) } else { Err(format!("{how}: {missing}")) }
                })
                .await;
            }
        }
        ada.clicks(".to-end", None).await;
        ada.sees_message(&line(ALL - 1)).await;
        ada.is_at_the_end().await;

        // The first of all is as far as one gets.
        ada.clicks(".messages .day:nth-last-child(-n + 5) button", None).await;
        ada.sees_focus_on("form.go-to input").await;
        ada.types_a_day("01/01/2001").await;
        ada.presses(Key::Enter).await;
        ada.sees("Nothing was written on that day. This is the nearest message.").await;
        ada.sees_message(&line(0)).await;
        ada.has_had_no_trouble().await;
    });
}

/// Scrolls down by some pixels in each frame, and tells which days it was in and what was wrong at any time: two days that lie
/// over each other, one that is neither at the upper edge nor pushed by the next, one that is not of what is in view, or a row that
/// moved otherwise than one scrolled.
const OVER_DAYS: &str = "
    const list = document.querySelector('.timeline-list');
    const days = [], wrong = [];
    let stuck, row, at;
    const look = () => {
        const edge = list.getBoundingClientRect().top;
        const pill = document.querySelector('.day-in-view button')?.getBoundingClientRect();
        const lines = [...document.querySelectorAll('.messages > .day')];
        const below = lines.find(line => line.getBoundingClientRect().top >= edge + 1.5);
        const above = lines.filter(line => line.getBoundingClientRect().top < edge + 1.5).at(-1);
        const next = below?.querySelector('button').getBoundingClientRect();
        const told = document.querySelector('.day-in-view').textContent;
        if (told && told !== days.at(-1)) days.push(told);
        if (told && pill) {
            const pushed = next && next.top < edge + 3 * pill.height;
            // Where it sticks is seen only while nothing pushes it.
            if (!pushed) stuck ??= pill.top - edge;
            const off = pill.top - edge - (stuck ?? pill.top - edge);
            if (off > 1.5 || !pushed && off < -1.5) wrong.push(`${told} is ${off} px from its place`);
            if (next && pill.bottom > next.top) wrong.push(`${told} lies over the next day`);
        }
        const lines_between = lines.some(line => Math.abs(line.getBoundingClientRect().top - edge) <= 2.5);
        if (above && !lines_between && told !== above.textContent) wrong.push(`${told} instead of ${above.textContent}`);
        if (row?.isConnected && Math.abs(row.getBoundingClientRect().top - edge - at) > 1.5) wrong.push('a row moved by itself');
        row = [...document.querySelectorAll('.message')].find(row => row.getBoundingClientRect().top > edge + 100);
        at = row && row.getBoundingClientRect().top - edge - 7;
    };
    let frames = 0;
    const step = () => {
        if (frames > 0) look();
        if (frames++ === 150) { window.overDays = [days, wrong]; return; }
        list.scrollTop += 7;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
";

#[test]
fn the_day_of_what_is_in_view_sticks_until_the_next_one_pushes_it_away() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        house.server.stop().await;
        have_written_for_years(&house.server.data(), &account, &béla).await;
        house.server.start().await;
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.is_at_the_end().await;
        ada.sees_no(".day-in-view").await;
        ada.scrolls_up(4.0).await;
        ada.sees_element(".day-in-view button", None).await;
        ada.asks(OVER_DAYS, vec![]).await;
        let told = ada.within(PATIENCE * 6, "the end of the way", async || {
            let told = ada.asks("return window.overDays ?? null", vec![]).await;
            if told.is_array() { Ok(told) } else { Err("one is on it".to_owned()) }
        });
        let told = told.await;
        assert_eq!(told[1], json!([]), "{told}");
        let days = told[0].as_array().unwrap().len();
        assert!(days >= 3, "{days} days were seen: {told}");
        // It leads to another one, as each day does.
        ada.clicks(".day-in-view button", None).await;
        ada.sees_focus_on("form.go-to input").await;
        ada.has_had_no_trouble().await;
    });
}

/// What is wrong with what is in view: rows that do not follow each other, or that are not there.
const IN_VIEW: &str = "
    const list = document.querySelector('.timeline-list').getBoundingClientRect();
    const inView = e => {
        const { top, bottom } = e.getBoundingClientRect();
        return bottom > list.top && top < list.bottom;
    };
    const wrong = [...document.querySelectorAll('.messages > .gap')].filter(inView).map(() => 'a gap');
    const rows = [...document.querySelectorAll('.messages > .message')].filter(inView);
    const numbers = rows.map(row => parseInt(row.textContent.match(/number (\\d+)/)[1]));
    if (numbers.length < 3) wrong.push(`only ${numbers}`);
    numbers.forEach((number, at) => {
        if (at > 0 && number !== numbers[at - 1] + 1) wrong.push(`${number} after ${numbers[at - 1]}`);
    });
    return wrong;
";
