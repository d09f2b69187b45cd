//! A staged delta, and a chunk list.
#![no_main]

#[path = "../bodies.rs"]
#[allow(dead_code, reason = "each target is one of them")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::delta(bytes));
