//! Times and names in the person's own manner.

use std::cmp::Ordering;

use chinwag::edge::locale;
use chinwag_protocol::Timestamp;
use js_sys::{Array, Intl, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::at;

const HOUR: i64 = 3_600_000;

fn instant() -> Timestamp {
    Timestamp::parse("2026-11-22T19:36:44Z").unwrap()
}

#[wasm_bindgen_test]
fn a_day_contains_its_instant_and_follows_the_one_before() {
    let day = locale::of_the_person().day;
    // A year of days, with any changes of the clock.
    for number in 0..366 {
        let instant = at(instant().millis() + number * 24 * HOUR);
        let of = day(instant);
        assert!(of.contains(instant), "{of:?} {instant:?}");
        let hours = (of.end - of.start) / HOUR;
        assert!((23..=25).contains(&hours), "{of:?}");
        assert_eq!(day(at(of.start)), of);
        assert_eq!(day(at(of.end - 1)), of);
        assert_eq!(day(at(of.end)).start, of.end);
    }
}

#[wasm_bindgen_test]
fn names_stand_as_in_a_telephone_book() {
    for (a, b, expected) in [
        ("ada", "ada", Ordering::Equal),
        ("Élodie", "Fanny", Ordering::Less),
        ("Élodie", "Zoe", Ordering::Less),
        ("eva", "Élodie", Ordering::Greater),
        ("ada", "Bob", Ordering::Less),
        ("Bob", "ada", Ordering::Greater),
        ("", "ada", Ordering::Less),
    ] {
        assert_eq!(locale::compare(a, b), expected, "{a} {b}");
    }
}

/// Most names are put in order without the browser's tables: in the very order of these.
#[wasm_bindgen_test]
fn plain_names_stand_as_the_browser_would_have_them() {
    let collator = Intl::Collator::new(&Array::of1(&"en".into()), &Object::new()).compare();
    let by_browser = |a: &str, b: &str| {
        let order = collator.call2(&JsValue::UNDEFINED, &a.into(), &b.into()).unwrap();
        order.as_f64().unwrap().total_cmp(&0.0)
    };
    let letters = " _-.'09aAbBzZ@é";
    let mut names: Vec<String> = vec![String::new()];
    for first in letters.chars() {
        names.push(first.into());
        names.extend(letters.chars().map(|second| format!("{first}{second}")));
    }
    names.extend(
        ["ada", "Ada", "ADA", "ad a", "ad-a", "ada 2", "ada 10", "O'Neil"].map(str::to_owned),
    );
    for a in &names {
        for b in &names {
            assert_eq!(locale::compare(a, b), by_browser(a, b), "{a:?} {b:?}");
        }
    }
}

#[wasm_bindgen_test]
fn a_browser_without_a_language_orders_names_all_the_same() {
    for language in ["C", "", "c.utf", "en", "de", "xx"] {
        let order = locale::order_in(language).call2(&JsValue::UNDEFINED, &"é".into(), &"z".into());
        assert!(order.unwrap().as_f64().unwrap() < 0.0, "{language}");
    }
}

#[wasm_bindgen_test]
fn times_and_dates_have_words() {
    let locale = locale::of_the_person();
    assert!((locale.time)(instant()).contains("36"), "{}", (locale.time)(instant()));
    assert!((locale.date)(instant()).contains("2026"), "{}", (locale.date)(instant()));
}

#[wasm_bindgen_test]
fn a_date_field_has_the_days_of_the_person() {
    let locale = locale::of_the_person();
    for at in [instant(), at(0), at(951_782_400_000)] {
        let text = (locale.field)(Some(at));
        assert_eq!((locale.day_of)(&text), Some((locale.day)(at)), "{text}");
    }
    assert_eq!((locale.field)(None).len(), "2026-11-22".len());
    for text in ["", "2026-13-01", "tomorrow"] {
        assert_eq!((locale.day_of)(text), None, "{text}");
    }
}

#[wasm_bindgen_test]
fn what_is_today_is_told_by_its_time_and_all_else_by_its_date() {
    let locale = locale::of_the_person();
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    let now = at(js_sys::Date::now() as i64);
    assert_eq!((locale.brief)(now), (locale.time)(now));
    assert_ne!((locale.brief)(at(0)), (locale.time)(at(0)));
    assert!((locale.brief)(at(0)).chars().any(char::is_numeric));
}

#[wasm_bindgen_test]
fn the_farthest_times_that_the_wire_can_carry_are_written_too() {
    let locale = locale::of_the_person();
    for far in [at(i64::MIN), at(i64::MAX)] {
        assert!(!(locale.time)(far).is_empty());
        assert!(!(locale.date)(far).is_empty());
    }
}
