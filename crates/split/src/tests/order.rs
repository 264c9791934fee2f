//! Which function stands where. That all are called as before, every other test tells.

use super::{names, parsed};
use crate::order::by_likeness;

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
