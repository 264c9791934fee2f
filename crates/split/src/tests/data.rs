//! Data goes where it is spoken of.

use std::collections::BTreeSet;

use super::Running;
use crate::linked::{Datum, Function, Linked};

/// Reads one byte of each datum: `rare` comes later, `often` first.
const PROGRAM: &str = r#"(module
    (import "page" "say" (func $say (param i32)))
    (table 1 funcref)
    (memory (export "m") 1)
    (data (i32.const 2048) "rare text, and much of it|shared by both parts of it|held by what is shared..|changed in the later part")
    (func $rare (result i32)
        (i32.store8 (i32.const 2126) (i32.add (i32.load8_u (i32.const 2126)) (i32.const 1)))
        (i32.add (i32.load8_u (i32.const 2048)) (i32.load8_u (i32.const 2074))))
    (func (export "often") (result i32) (i32.load8_u offset=2074 (i32.const 0)))
    (func (export "far") (result i32) (call $rare)))"#;

fn datum(place: std::ops::Range<u32>, constant: bool, data: &[usize]) -> Datum {
    Datum { place, constant, data: data.iter().copied().collect() }
}

fn function(name: &str, size: usize, functions: &[usize], data: &[usize]) -> Function {
    let set = |all: &[usize]| all.iter().copied().collect::<BTreeSet<_>>();
    Function { name: name.to_owned(), size, functions: set(functions), data: set(data) }
}

fn linked(functions: Vec<Function>) -> Linked {
    let data = vec![
        datum(2048..2074, true, &[]),
        datum(2074..2101, true, &[2]),
        datum(2101..2126, true, &[]),
        datum(2126..2151, false, &[]),
    ];
    Linked { functions, data }
}

impl Running {
    /// The texts that are in memory, without their last two letters, which a neighbour may bring along.
    fn texts(&self) -> [bool; 4] {
        let memory = self.instance.get_memory(&self.store, "m").unwrap().data(&self.store);
        [2048..2072, 2074..2099, 2101..2124, 2128..2151]
            .map(|place| memory[place].iter().all(|byte| *byte != 0))
    }
}

#[test]
fn constant_data_of_the_later_part_alone_comes_with_it() {
    let linked = linked(vec![
        function("rare", 500, &[], &[0, 1, 3]),
        function("often", 500, &[], &[1]),
        function("far", 500, &[0], &[]),
    ]);
    let mut page = Running::start_linked(PROGRAM, &linked, &["rare"]);
    assert_eq!(page.texts(), [false, true, true, true]);
    assert_eq!(page.call("often", &[]), i32::from(b's'));
    assert_eq!(page.store.data().fetched, 0);
    assert_eq!(page.call("far", &[]), i32::from(b'r') + i32::from(b's'));
    assert_eq!(page.texts(), [true; 4]);
    // It is not put back to what it was when the part arrives.
    let memory = page.instance.get_memory(&page.store, "m").unwrap();
    assert_eq!(memory.data(&page.store)[2126], b'c' + 1);
}

#[test]
fn an_address_in_the_code_of_the_first_part_counts_whatever_the_linker_knew() {
    let linked = linked(vec![function("rare", 500, &[], &[0, 1, 3])]);
    let page = Running::start_linked(PROGRAM, &linked, &["rare"]);
    // What the shared datum points to comes with it.
    assert_eq!(page.texts(), [false, true, true, true]);
}

/// The optimiser puts functions into their callers: what those speak of, they do.
#[test]
fn what_was_put_into_its_callers_speaks_where_they_are() {
    let words = |name: &str, size, functions: &[usize]| function(name, size, functions, &[0]);
    for (functions, first, why) in [
        (vec![words("gone", 500, &[]), function("rare", 500, &[0], &[])], false, "into rare"),
        (vec![words("gone", 500, &[]), function("often", 500, &[0], &[])], true, "into often"),
        (
            vec![
                words("gone", 500, &[]),
                function("gone too", 500, &[0], &[]),
                function("often", 500, &[1], &[]),
            ],
            true,
            "one after the other",
        ),
        (vec![words("gone", 500, &[])], true, "nobody knows where to"),
        (vec![words("rare", 500, &[]), function("often", 500, &[0], &[])], false, "too large"),
        (vec![words("rare", 20, &[]), function("often", 500, &[0], &[])], true, "small"),
    ] {
        let page = Running::start_linked(PROGRAM, &linked(functions), &["rare"]);
        assert_eq!(page.texts()[0], first, "{why}");
    }
}

#[test]
fn a_text_that_shares_its_bytes_with_one_of_the_first_part_stays() {
    let mut linked = linked(vec![function("rare", 500, &[], &[0])]);
    linked.data[1].place = 2050..2101;
    let page = Running::start_linked(PROGRAM, &linked, &["rare"]);
    let memory = page.instance.get_memory(&page.store, "m").unwrap().data(&page.store);
    assert_eq!(&memory[2050..2060], b"re text, a");
}

/// A program as the linker leaves it: LEB numbers in its notes are below 128 here, so each is one byte.
fn noted(code: &[u8], data: &[u8]) -> Vec<u8> {
    let name = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let part =
        |number: u8, body: &[u8]| [&[number, u8::try_from(body.len()).unwrap()], body].concat();
    let symbols = [
        &[5][..],
        // Functions: imported (by its number alone), and two of the program's own.
        &[0, 0x10, 0],
        &[&[0, 0, 1][..], &name("calls")].concat(),
        &[&[0, 0, 2][..], &name("called")].concat(),
        // Data: the segment, the offset, the size.
        &[&[1, 0][..], &name("text"), &[0, 2, 3]].concat(),
        &[&[1, 0][..], &name("list"), &[1, 0, 4]].concat(),
    ]
    .concat();
    let segments = [&[2][..], &name(".rodata"), &[0, 0], &name(".data"), &[0, 0]].concat();
    let linking = [&[2][..], &part(8, &symbols), &part(5, &segments)].concat();
    let escaped =
        |bytes: &[u8]| bytes.iter().fold(String::new(), |out, byte| format!("{out}\\{byte:02x}"));
    let program = format!(
        r#"(module
        (import "page" "say" (func $say))
        (memory 1)
        (func $_RNvC1a5calls (drop (i32.load (i32.const 66))) (call $called))
        (func $called)
        (data (i32.const 64) "abcdef")
        (data (i32.const 80) "\42\00\00\00")
        (@custom "linking" "{}")
        (@custom "reloc.CODE" "{}")
        (@custom "reloc.DATA" "{}"))"#,
        escaped(&linking),
        escaped(code),
        escaped(data)
    );
    wat::parse_str(program).unwrap()
}

#[test]
fn the_linkers_notes_tell_who_speaks_of_whom() {
    // The code: how many (1 byte), then the first one's size, its locals and `i32.const`, then the address. The call comes 7 bytes on.
    let code = [4, 2, 4, 4, 3, 0, 0, 11, 2];
    // The data: how many, then the first one's head (6 bytes) and its 6 bytes, then the head of the second.
    let data = [5, 1, 5, 19, 3, 0];
    let linked = Linked::read(&noted(&code, &data)).unwrap();
    let names: Vec<_> = linked.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["say", "a::calls", "called"]);
    let calls = &linked.functions[1];
    assert_eq!(calls.functions, BTreeSet::from([2]));
    assert_eq!(calls.data, BTreeSet::from([0]));
    assert!(linked.functions[2].data.is_empty());
    assert_eq!((linked.data[0].place.clone(), linked.data[0].constant), (66..69, true));
    assert_eq!((linked.data[1].place.clone(), linked.data[1].constant), (80..84, false));
    assert_eq!(linked.data[1].data, BTreeSet::from([0]));
}

#[test]
fn notes_that_are_missing_or_not_understood_are_refused() {
    let error = |program: &[u8]| format!("{:#}", Linked::read(program).unwrap_err());
    let plain = wat::parse_str("(module (func $f))").unwrap();
    assert!(error(&plain).contains("there are none"), "{}", error(&plain));
    for (code, words) in [
        // An address relative to something that is not known before the program runs.
        ([4, 1, 11, 4, 3, 0], "is not known here"),
        ([4, 1, 4, 4, 90, 0], "without a symbol"),
        ([4, 1, 4, 90, 3, 0], "between two functions"),
    ] {
        let error = error(&noted(&code, &[5, 0]));
        assert!(error.contains(words), "{error}");
    }
}
