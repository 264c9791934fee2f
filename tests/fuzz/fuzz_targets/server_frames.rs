//! libFuzzer's way to the target `server_frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chinwag_fuzz::feed("server_frames", data));
