//! libFuzzer's way to the target `picture`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chinwag_fuzz::feed("picture", data));
