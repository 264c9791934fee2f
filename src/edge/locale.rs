//! Times in the person's own manner, by the browser's `Intl`.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;

use chinwag_protocol::Timestamp;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use super::page;
use crate::state::{Day, Locale};

/// Languages whose order of the English letters is that of English (CLDR). In Czech, `ch` comes after `h`; in Danish, `aa` is `å`.
const ALPHABETICAL: [[u8; 2]; 18] = [
    *b"ar", *b"ca", *b"de", *b"el", *b"en", *b"es", *b"fi", *b"fr", *b"it", *b"ja", *b"ko", *b"nl",
    *b"pl", *b"pt", *b"ru", *b"sv", *b"uk", *b"zh",
];
/// So many minutes are remembered: some conversations' last ones.
const KNOWN: usize = 1_000;

thread_local! {
    static PLAIN: bool = ALPHABETICAL.iter().any(|known| known == language().as_bytes());
    static ORDER: Function = order_in(&language());
    static PLURAL: Intl::PluralRules = Intl::PluralRules::new(&languages(), &Object::new());
    static TIMES: RefCell<HashMap<i64, String>> = RefCell::default();
    static TIME: Option<Function> = formatter(&[("timeStyle", "short")]);
    static DATE: Option<Function> = formatter(&[("dateStyle", "full")]);
    static BRIEF: Option<Function> = formatter(&[("day", "numeric"), ("month", "short")]);
}

/// The manner of the person whose browser this is.
pub fn of_the_person() -> &'static Locale {
    &Locale {
        time,
        date: |at| DATE.with(|format| write(format.as_ref(), at)),
        brief: |at| {
            let format = if day(now()).contains(at) { &TIME } else { &BRIEF };
            format.with(|format| write(format.as_ref(), at))
        },
        field: |at| {
            let date = date(at.unwrap_or_else(now));
            format!(
                "{:04}-{:02}-{:02}",
                date.get_full_year(),
                date.get_month() + 1,
                date.get_date()
            )
        },
        day_of: |text| {
            // Without a time zone it is the browser's own; at noon no clock is changed.
            let noon = Date::new(&JsValue::from_str(&format!("{text}T12:00")));
            (!noon.get_time().is_nan()).then(|| day(Timestamp::from_millis(millis(&noon))))
        },
        day,
    }
}

/// The time of day. It tells hours and minutes, so that all of a minute are the same.
fn time(at: Timestamp) -> String {
    let minute = at.millis().div_euclid(60_000);
    if let Some(known) = TIMES.with_borrow(|known| known.get(&minute).cloned()) {
        return known;
    }
    let time = TIME.with(|format| write(format.as_ref(), at));
    TIMES.with_borrow_mut(|known| {
        if known.len() == KNOWN {
            known.clear();
        }
        known.insert(minute, time.clone());
    });
    time
}

/// How two names stand to each other in the person's alphabet.
pub fn compare(a: &str, b: &str) -> Ordering {
    if PLAIN.with(|plain| *plain)
        && let Some(order) = plainly(a, b)
    {
        return order;
    }
    let (first, second) = (JsValue::from_str(a), JsValue::from_str(b));
    let order = ORDER.with(|order| order.call2(&JsValue::UNDEFINED, &first, &second));
    order
        .ok()
        .and_then(|order| order.as_f64())
        .map_or_else(|| a.cmp(b), |order| order.total_cmp(&0.0))
}

/// The order of names in this language; in the browser's own where it is none that `Intl` would take: some say `C`, as the
/// system does, or nothing at all.
pub fn order_in(language: &str) -> Function {
    let is_one =
        matches!(language.len(), 2 | 3) && language.bytes().all(|b| b.is_ascii_lowercase());
    let languages = Array::new();
    if is_one {
        languages.push(&JsValue::from_str(language));
    }
    Intl::Collator::new(&languages, &Object::new()).compare()
}

/// The same for names of nothing but English letters, digits and what stands between them: the browser takes 8 ms to get its
/// tables ready, at the very start, and most lists of people do not need them. Small letters come before capitals where
/// nothing else tells two names apart (Unicode Collation Algorithm, the root's order).
fn plainly(a: &str, b: &str) -> Option<Ordering> {
    let is_plain = a.bytes().chain(b.bytes()).all(|letter| weight(letter) != UNKNOWN);
    is_plain.then(|| a.bytes().map(weight).cmp(b.bytes().map(weight)).then_with(|| b.cmp(a)))
}

const UNKNOWN: u8 = u8::MAX;

fn weight(letter: u8) -> u8 {
    match letter.to_ascii_lowercase() {
        letter @ (b'0'..=b'9' | b'a'..=b'z') => letter,
        b' ' => 0,
        b'_' => 1,
        b'-' => 2,
        b'.' => 3,
        b'\'' => 4,
        _ => UNKNOWN,
    }
}

/// Which form of a word goes with so many in the page's language.
pub fn plural(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 no form changes any more")]
    PLURAL.with(|rules| String::from(rules.select(count as f64)))
}

/// The page's language, without the country.
fn language() -> String {
    page::language().split('-').next().unwrap_or_default().to_owned()
}

/// The page's language for `Intl`, with the digits that the words have too; the browser's own where the page has none.
fn languages() -> Array {
    match page::language() {
        none if none.is_empty() => Array::new(),
        language => Array::of1(&JsValue::from_str(&format!("{language}-u-nu-latn"))),
    }
}

/// The day that an instant is on, where the browser is.
fn day(at: Timestamp) -> Day {
    let midnight = |days: i32| {
        let date = date(at);
        let day = i32::try_from(date.get_date()).unwrap_or(1) + days;
        let midnight = Date::new_with_year_month_day(
            date.get_full_year(),
            i32::try_from(date.get_month()).unwrap_or(0),
            day,
        );
        millis(&midnight)
    };
    Day { start: midnight(0), end: midnight(1) }
}

fn formatter(parts: &[(&str, &str)]) -> Option<Function> {
    let options = Object::new();
    for (part, form) in parts {
        Reflect::set(&options, &JsValue::from_str(part), &JsValue::from_str(form)).ok()?;
    }
    Some(Intl::DateTimeFormat::new(&languages(), &options).format())
}

fn write(format: Option<&Function>, at: Timestamp) -> String {
    format
        .and_then(|format| format.call1(&JsValue::UNDEFINED, &date(at)).ok())
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

fn now() -> Timestamp {
    millis_to_timestamp(Date::now())
}

fn date(at: Timestamp) -> Date {
    #[expect(clippy::cast_precision_loss, reason = "the years of ISO 8601 fit a double exactly")]
    Date::new(&JsValue::from_f64(at.millis() as f64))
}

fn millis(date: &Date) -> i64 {
    millis_to_timestamp(date.get_time()).millis()
}

#[expect(clippy::cast_possible_truncation, reason = "a date's milliseconds are whole")]
fn millis_to_timestamp(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as i64)
}
