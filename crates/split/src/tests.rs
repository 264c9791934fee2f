//! Small programs, parted and run: they do what they did, whoever is where.

use std::collections::HashMap;

use wasmi::{Engine, Extern, Global, Instance, Linker, Module, Mutability, Store, Val};

use crate::linked::Linked;
use crate::names::{Listed, list, plain};
use crate::stubs::Stubs;
use crate::{Parts, mark, parsed, split};

mod data;
mod order;

/// Calls of every kind: `first` calls `later` by its name and through the table, `later` calls back, and both change what they
/// share.
const PROGRAM: &str = r#"(module
    (import "page" "say" (func $say (param i32)))
    (type $unary (func (param i32) (result i32)))
    (table (export "t") 3 3 funcref)
    (memory (export "m") 1)
    (global $count (mut i32) (i32.const 0))
    (elem (i32.const 1) $listed $near)
    (data (i32.const 8) "\2a")
    (func $near (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $far (param i32) (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (call $say (local.get 0))
        (i32.store (i32.const 16) (local.get 0))
        (call $deep (i32.add (call $near (local.get 0)) (i32.load8_u (i32.const 8)))))
    (func $deep (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func $listed (param i32) (result i32) (i32.sub (local.get 0) (i32.const 100)))
    (func (export "by_name") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $far (local.get 0))) (else (i32.const 7))))
    (func (export "by_table") (param i32 i32) (result i32)
        (call_indirect (type $unary) (local.get 1) (local.get 0)))
    (func (export "count") (result i32) (global.get $count))
    (func $open (export "open") (param i32) (result i32) (call $far (local.get 0))))"#;

fn listed(names: &[&str]) -> Listed {
    let names: Vec<_> = names.iter().map(|name| format!("0 100 {name}\n")).collect();
    Listed::read(&list(&names.concat(), "").unwrap())
}

fn parts(program: &str, linked: &Linked, later: &[&str]) -> Parts {
    split(&wat::parse_str(program).unwrap(), linked, &listed(later)).unwrap()
}

fn names(program: &[u8]) -> Vec<String> {
    let module = parsed(program).unwrap();
    module.funcs.iter_local().filter_map(|(id, _)| module.funcs.get(id).name.clone()).collect()
}

/// What the page knows: how often it was asked for the later part, and what it was told.
#[derive(Default)]
struct Page {
    first: Option<Instance>,
    later: Vec<u8>,
    /// What the program may import and change.
    level: Option<Global>,
    fetched: usize,
    said: Vec<i32>,
}

/// A page that brings the later part when it is asked.
struct Running {
    store: Store<Page>,
    instance: Instance,
}

impl Running {
    /// A program of whose data nothing is known, which therefore stays where it is.
    fn start(program: &str, later: &[&str]) -> Self {
        Self::start_linked(program, &Linked::default(), later)
    }

    fn start_linked(program: &str, known: &Linked, later: &[&str]) -> Self {
        let Parts { first, later, stubs } = parts(program, known, later);
        let engine = Engine::default();
        let mut store = Store::new(&engine, Page { later, ..Page::default() });
        let mut linker = Linker::new(&engine);
        let say = |mut page: wasmi::Caller<'_, Page>, what: i32| page.data_mut().said.push(what);
        linker.func_wrap("page", "say", say).unwrap();
        linker.func_wrap("page", "later", join).unwrap();
        let level = Global::new(&mut store, Val::I32(0), Mutability::Var);
        linker.define("page", "level", level).unwrap();
        store.data_mut().level = Some(level);
        let module = Module::new(&engine, &first).unwrap();
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        store.data_mut().first = Some(instance);
        fill(&mut store, &mut linker, instance, &stubs);
        Self { store, instance }
    }

    fn call(&mut self, name: &str, with: &[i32]) -> i32 {
        let function = self.instance.get_func(&self.store, name).unwrap();
        let with: Vec<_> = with.iter().map(|value| Val::I32(*value)).collect();
        let mut out = [Val::I32(0)];
        function.call(&mut self.store, &with, &mut out).unwrap();
        out[0].i32().unwrap()
    }
}

/// Fills the table with what fetches the later part, as `src/later.js` does.
fn fill(store: &mut Store<Page>, linker: &mut Linker<Page>, first: Instance, stubs: &Stubs) {
    let types: Vec<_> = stubs.types.split(' ').collect();
    let values = |letters: &str| {
        let names = letters.chars().map(|letter| match letter {
            'i' => "i32",
            'j' => "i64",
            'f' => "f32",
            'd' => "f64",
            _ => "externref",
        });
        names.collect::<Vec<_>>().join(" ")
    };
    let listed = stubs.slots.bytes().enumerate().filter(|(_, letter)| *letter != b'0');
    let made = listed.map(|(slot, letter)| {
        let (params, results) = types[usize::from(letter - b'1')].split_once('>').unwrap();
        let ty = format!("(param {}) (result {})", values(params), values(results));
        let gets: Vec<_> = (0..params.len()).map(|place| format!("(local.get {place})")).collect();
        format!(
            "(func $s{slot} {ty} (call $later) {} (call_indirect {ty} (i32.const {slot})))
            (elem (i32.const {slot}) $s{slot})",
            gets.concat()
        )
    });
    let made = made.collect::<Vec<_>>().concat();
    let program = format!(
        r#"(module (import "page" "later" (func $later)) (import "first" "t" (table 0 funcref)) {made})"#
    );
    if let Some(table) = first.get_table(&*store, &stubs.table) {
        linker.define("first", "t", table).unwrap();
        let module = Module::new(store.engine(), wat::parse_str(program).unwrap()).unwrap();
        linker.instantiate_and_start(store, &module).unwrap();
    }
}

/// As `src/later.js` does.
fn join(mut page: wasmi::Caller<'_, Page>) {
    page.data_mut().fetched += 1;
    let module = Module::new(page.engine(), &page.data().later).unwrap();
    let first = page.data().first.unwrap();
    let mut linker = Linker::new(page.engine());
    let say = |mut page: wasmi::Caller<'_, Page>, what: i32| page.data_mut().said.push(what);
    linker.func_wrap("page", "say", say).unwrap();
    linker.define("page", "level", page.data().level.unwrap()).unwrap();
    let exports: HashMap<String, Extern> = first
        .exports(&page)
        .map(|export| (export.name().to_owned(), export.into_extern()))
        .collect();
    for (name, item) in exports {
        linker.define("first", &name, item).unwrap();
    }
    linker.instantiate_and_start(&mut page, &module).unwrap();
}

#[test]
fn what_comes_later_is_fetched_once_by_whoever_calls_it_first() {
    let mut page = Running::start(PROGRAM, &["far", "deep", "listed"]);
    assert_eq!(page.call("by_name", &[0]), 7);
    assert_eq!(page.call("by_table", &[2, 5]), 6);
    assert_eq!(page.store.data().fetched, 0);
    assert_eq!(page.call("by_name", &[5]), (5 + 1 + 42) * 2);
    assert_eq!(page.call("by_name", &[6]), (6 + 1 + 42) * 2);
    assert_eq!(page.call("by_table", &[1, 5]), -95);
    assert_eq!(page.call("count", &[]), 2);
    assert_eq!(page.store.data().fetched, 1);
    assert_eq!(page.store.data().said, [5, 6]);
}

#[test]
fn a_slot_of_the_table_fetches_it_too() {
    let mut page = Running::start(PROGRAM, &["far", "deep", "listed"]);
    assert_eq!(page.call("by_table", &[1, 5]), -95);
    assert_eq!(page.call("by_table", &[1, 6]), -94);
    assert_eq!(page.store.data().fetched, 1);
}

#[test]
fn what_is_exported_comes_first() {
    let Parts { first, later, .. } = parts(PROGRAM, &Linked::default(), &["open", "deep"]);
    assert_eq!(
        (names(&first).contains(&"open".into()), names(&later)),
        (true, vec!["deep".into()])
    );
    let mut page = Running::start(PROGRAM, &["open", "deep"]);
    assert_eq!(page.call("open", &[5]), 96);
    assert_eq!(page.call("open", &[5]), 96);
    assert_eq!(page.store.data().fetched, 1);
}

#[test]
fn what_is_referred_to_comes_first() {
    let program = r#"(module
        (import "page" "say" (func $say (param i32)))
        (table (export "t") 1 funcref)
        (elem declare func $held)
        (func $held (result i32) (i32.const 3))
        (func $hold (table.set (i32.const 0) (ref.func $held)))
        (func (export "go") (result i32)
            (call $hold) (call_indirect (result i32) (i32.const 0))))"#;
    let Parts { first, later, .. } = parts(program, &Linked::default(), &["held", "hold"]);
    assert!(names(&first).contains(&"held".into()));
    assert_eq!(names(&later), ["hold"]);
    let mut page = Running::start(program, &["held", "hold"]);
    assert_eq!(page.call("go", &[]), 3);
}

#[test]
fn whoever_is_where_the_program_does_the_same() {
    let names = ["near", "far", "deep", "listed", "open"];
    for choice in 0..32_u32 {
        let later: Vec<_> =
            (0..5).filter(|place| choice & (1 << place) != 0).map(|place| names[place]).collect();
        let mut page = Running::start(PROGRAM, &later);
        let did = [
            page.call("by_name", &[5]),
            page.call("by_table", &[1, 7]),
            page.call("by_table", &[2, 7]),
            page.call("open", &[9]),
            page.call("count", &[]),
        ];
        assert_eq!(did, [96, -93, 8, 104, 2], "later: {later:?}");
        assert_eq!(page.store.data().said, [5, 9], "later: {later:?}");
        let memory = page.instance.get_memory(&page.store, "m").unwrap();
        assert_eq!(memory.data(&page.store)[16], 9, "later: {later:?}");
    }
}

#[test]
fn what_comes_later_is_not_in_the_first_part() {
    let Parts { first, later, .. } = parts(PROGRAM, &Linked::default(), &["far", "deep"]);
    let (first, later) = (names(&first), names(&later));
    assert!(first.iter().all(|name| name != "far" && name != "deep"), "{first:?}");
    assert_eq!(later.len(), 2, "{later:?}");
}

#[test]
fn the_page_learns_what_to_put_into_which_slots() {
    let parts = parts(PROGRAM, &Linked::default(), &["far", "deep", "listed"]);
    assert_eq!((&*parts.stubs.types, &*parts.stubs.slots), ("i>i", "01"));
    assert!(names(&parts.first).iter().all(|name| name != "listed"));
}

#[test]
fn a_program_of_which_nothing_is_listed_stays_whole() {
    let mut page = Running::start(PROGRAM, &["unknown"]);
    assert_eq!(page.call("by_name", &[5]), 96);
    assert_eq!(page.store.data().fetched, 0);
}

#[test]
fn a_function_in_two_slots_is_the_same_in_both() {
    let program = r#"(module
        (import "page" "say" (func $say (param i32)))
        (table (export "t") 4 funcref)
        (elem (i32.const 0) $far $near $far)
        (func $near (result i32) (i32.const 1))
        (func $far (result i32) (call $say (i32.const 8)) (i32.const 2))
        (func (export "go") (param i32) (result i32)
            (call_indirect (result i32) (local.get 0)))
        (func (export "by_name") (result i32) (call $far)))"#;
    for orders in [[0, 2], [2, 0]] {
        let mut page = Running::start(program, &["far"]);
        assert_eq!(page.call("go", &[1]), 1);
        assert_eq!(page.store.data().fetched, 0);
        for slot in orders {
            assert_eq!(page.call("go", &[slot]), 2);
        }
        assert_eq!(page.call("by_name", &[]), 2);
        assert_eq!((page.store.data().fetched, page.store.data().said.len()), (1, 3));
    }
}

/// As deep as no stack is: whoever calls in its last act leaves nothing behind, wherever the other is.
#[test]
fn calls_in_the_last_act_are_such_in_both_parts() {
    let program = r#"(module
        (import "page" "say" (func $say (param i32)))
        (type $left (func (param i32) (result i32)))
        (table (export "t") 2 funcref)
        (elem (i32.const 0) $even $odd)
        (func $even (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
            (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
        (func $odd (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
            (return_call_indirect (type $left)
                (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
        (func $deep (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call $other (i32.sub (local.get 0) (i32.const 1))))
        (func $other (param i32) (result i32) (return_call $deep (local.get 0)))
        (func (export "even") (param i32) (result i32) (return_call $even (local.get 0)))
        (func (export "deep") (param i32) (result i32) (return_call $deep (local.get 0))))"#;
    let names = ["even", "odd", "deep", "other"];
    for choice in 0..16_u32 {
        let later: Vec<_> =
            (0..4).filter(|place| choice & (1 << place) != 0).map(|place| names[place]).collect();
        let mut page = Running::start(program, &later);
        let did = [("even", 10_000), ("even", 10_001), ("deep", 10_000)]
            .map(|(name, depth)| page.call(name, &[depth]));
        assert_eq!(did, [1, 0, 7], "later: {later:?}");
    }
}

#[test]
fn a_function_with_several_results_gives_all_of_them() {
    let program = r#"(module
        (import "page" "say" (func $say (param i32)))
        (type $pair (func (param i32) (result i32 i64)))
        (table (export "t") 1 funcref)
        (elem (i32.const 0) $listed)
        (func $listed (type $pair) (local.get 0) (i64.const 30))
        (func $named (type $pair) (local.get 0) (i64.const 40))
        (func (export "by_table") (param i32) (result i32)
            (call_indirect (type $pair) (local.get 0) (i32.const 0))
            (i32.add (i32.wrap_i64)))
        (func (export "by_name") (param i32) (result i32)
            (call $named (local.get 0))
            (i32.add (i32.wrap_i64))))"#;
    for name in ["by_table", "by_name"] {
        let mut page = Running::start(program, &["listed", "named"]);
        let base = if name == "by_table" { 30 } else { 40 };
        assert_eq!([page.call(name, &[1]), page.call(name, &[2])], [base + 1, base + 2]);
        assert_eq!(page.store.data().fetched, 1);
    }
}

/// What the page has given to the program is one thing, not one for each part.
#[test]
fn a_global_of_the_page_is_the_same_in_both_parts() {
    let program = r#"(module
        (import "page" "say" (func $say (param i32)))
        (import "page" "level" (global $level (mut i32)))
        (table (export "t") 1 funcref)
        (func $raise (global.set $level (i32.add (global.get $level) (i32.const 5))))
        (func (export "go") (result i32)
            (global.set $level (i32.const 1))
            (call $raise)
            (global.get $level)))"#;
    let mut page = Running::start(program, &["raise"]);
    assert_eq!(page.call("go", &[]), 6);
    assert_eq!(page.store.data().fetched, 1);
    let level = page.store.data().level.unwrap();
    assert_eq!(level.get(&page.store).i32(), Some(6), "the page sees it too");
}

/// A program that cannot be parted is none for the page: better no page than one that does something else.
#[test]
fn what_cannot_be_parted_is_refused_with_a_word() {
    let fields = [
        ("", "no table of functions"),
        ("(table 1 funcref) (table 1 funcref)", "more than one function table"),
        (
            "(table $t 1 funcref) (elem (table $t) (i32.const 0) funcref (ref.func $far))",
            "filled by expressions",
        ),
        (
            r#"(import "page" "base" (global $base i32)) (table 1 funcref)
            (elem (global.get $base) func $far)"#,
            "no fixed place",
        ),
        (
            "(table 1 funcref) (elem $some func $far)
            (func $put (table.init $some (i32.const 0) (i32.const 0) (i32.const 1)))",
            "functions that a function puts into the table",
        ),
        (
            r#"(memory 1) (table 1 funcref) (data $some "x")
            (func $put (memory.init $some (i32.const 0) (i32.const 0) (i32.const 1)))"#,
            "data that a function puts into place",
        ),
        (
            r#"(import "page" "base" (global $base i32)) (memory 1) (table 1 funcref)
            (data (global.get $base) "x")"#,
            "data without a fixed place",
        ),
        (r#"(import "page" "t" (table 1 funcref))"#, "the table is the page's"),
        ("(table i64 1 funcref)", "a table of 64 bits"),
        ("(table 1 funcref) (tag $thrown)", "it throws and catches"),
    ];
    for (field, words) in fields {
        // What is imported comes first.
        let program = format!("(module {field} (func $far) (func (export \"go\") (call $far)))");
        let parted =
            split(&wat::parse_str(&program).unwrap(), &Linked::default(), &listed(&["far", "put"]));
        let error = format!("{:#}", parted.err().unwrap_or_else(|| panic!("parted: {field}")));
        assert!(error.contains(words), "{field}: {error}");
    }
    let error = split(b"no program", &Linked::default(), &listed(&[])).unwrap_err();
    assert!(format!("{error:#}").contains("no WebAssembly that can be read"), "{error:#}");
}

#[test]
fn a_marked_program_tells_what_it_runs() {
    let (program, names) = mark::mark(parsed(&wat::parse_str(PROGRAM).unwrap()).unwrap()).unwrap();
    let engine = Engine::default();
    let mut store: Store<Vec<i32>> = Store::new(&engine, Vec::new());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("page", "say", |_: i32| ()).unwrap();
    let mark = |mut ran: wasmi::Caller<'_, Vec<i32>>, number: i32| ran.data_mut().push(number);
    linker.func_wrap("page", "mark", mark).unwrap();
    let module = Module::new(&engine, &program).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let call = instance.get_typed_func::<i32, i32>(&store, "open").unwrap();
    assert_eq!(call.call(&mut store, 5).unwrap(), 96);
    let name = |number: &i32| {
        let line = names.lines().find(|line| line.starts_with(&format!("{number} ")));
        line.unwrap().split(' ').next_back().unwrap().to_owned()
    };
    assert_eq!(store.data().iter().map(name).collect::<Vec<_>>(), ["open", "far", "near", "deep"]);
}

#[test]
fn the_list_holds_what_did_not_run_and_is_worth_it() {
    let names =
        "0 100 ran\n1 100 core[75d5716931084cc5]::rare\n2 3 small\n3 100 twin\n4 100 twin\n";
    let list = list(names, "0\n4\n").unwrap();
    assert_eq!(list.lines().count(), 1, "{list}");
    assert!(list.ends_with(" core::rare\n"), "{list}");
    let listed = Listed::read(&list);
    // The number of a crate is another in each build.
    assert!(listed.holds("core[0123456789abcdef]::rare") && !listed.holds("core::rarer"));
}

#[test]
fn a_name_loses_the_numbers_of_its_crates_and_nothing_else() {
    for (name, expected) in [
        ("core[75d5716931084cc5]::str::from", "core::str::from"),
        ("<[u8; 4] as a[0123456789abcdef]::B>::c", "<[u8; 4] as a::B>::c"),
        ("<[u8]>::d", "<[u8]>::d"),
        ("odd[", "odd["),
    ] {
        assert_eq!(plain(name), expected);
    }
}
