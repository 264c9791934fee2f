//! libFuzzer's way to the target `page`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chinwag_fuzz::feed("page", data));
