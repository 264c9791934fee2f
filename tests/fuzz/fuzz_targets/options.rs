//! libFuzzer's way to the target `options`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chinwag_fuzz::feed("options", data));
