//! libFuzzer's way to the target `client_frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chinwag_fuzz::feed("client_frames", data));
