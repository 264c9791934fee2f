//! Which function stands where. That all are called as before, every other test tells.

use super::{Running, names, parsed, parts};
use crate::linked::Linked;
use crate::order::{by_likeness, functions_from};

/// Two pairs, one of sums and one of stores, of which the sizes would part each.
const PAIRS: &str = r#"(module
    (import "page" "say" (func $say (param i32)))
    (memory 1)
    (func $sum (export "sum") (param i32) (result i32)
        (call $say (i32.const 1))
        (i32.add (i32.mul (i32.const 1001) (local.get 0)) (i32.add (i32.const 1002) (i32.add
            (i32.const 1003) (i32.add (i32.const 1004) (i32.add (i32.const 1005) (i32.const 1006)))))))
    (func $keep (param i32)
        (i32.store (i32.const 2001) (local.get 0)) (i32.store (i32.const 2002) (local.get 0))
        (i32.store (i32.const 2003) (local.get 0)) (i32.store (i32.const 2004) (local.get 0))
        (i32.store (i32.const 2005) (local.get 0)) (i32.store (i32.const 2006) (local.get 0)))
    (func $other_sum (export "other") (param i32) (result i32)
        (call $keep_twice (local.get 0))
        (i32.add (i32.const 1002) (i32.add
            (i32.const 1003) (i32.add (i32.const 1004) (i32.add (i32.const 1005) (i32.const 1006))))))
    (func $keep_twice (param i32)
        (call $keep (local.get 0))
        (i32.store (i32.const 2002) (local.get 0)) (i32.store (i32.const 2003) (local.get 0))))"#;

fn moved() -> Vec<u8> {
    let program = parsed(&wat::parse_str(PAIRS).unwrap()).unwrap().emit_wasm();
    by_likeness(&program).unwrap()
}

#[test]
fn what_does_much_the_same_stands_together() {
    assert_eq!(names(&moved()), ["keep", "keep_twice", "other_sum", "sum"]);
}

#[test]
fn the_same_program_comes_out_the_same() {
    assert_eq!(moved(), moved());
}

/// What the later part calls back stands in slots of its own. The smaller is called first, and the larger stands first.
#[test]
fn slots_that_are_added_are_in_the_order_of_their_functions() {
    let program = r#"(module
        (import "page" "say" (func $say (param i32)))
        (table (export "t") 1 funcref)
        (func $small (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func $large (param i32) (result i32)
            (call $say (local.get 0)) (call $say (i32.const 2)) (i32.mul (local.get 0) (i32.const 10)))
        (func $far (param i32) (result i32) (call $large (call $small (local.get 0))))
        (func (export "go") (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (call $far (local.get 0)))
                (else (i32.add (call $small (i32.const 0)) (call $large (i32.const 0)))))))"#;
    let first = parts(program, &Linked::default(), &["far"]).first;
    // One of the table's own, one for what comes later, then these.
    let numbers = functions_from(&first, 2).unwrap();
    assert!(numbers.len() == 2 && numbers.is_sorted(), "{numbers:?}");
    let mut page = Running::start(program, &["far"]);
    assert_eq!((page.call("go", &[4]), page.call("go", &[5])), (50, 60));
}
