//! Replays the corpora of the fuzz targets without a fuzzer: what was found once stays found.

#[path = "../fuzz/bodies.rs"]
mod bodies;

use std::fs;
use std::path::Path;

fn replay(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpora").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "{target} has {} files", files.len());
    for file in files {
        println!("{}", file.display());
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.len() <= 8 << 10, "{} is too large for a repository", file.display());
        body(&bytes);
        // And what a cut connection or a wrong byte makes of it.
        for at in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            body(&bytes[..at]);
            body(&[&bytes[..at], b"\xff\"", &bytes[at + 1..]].concat());
        }
    }
}

#[test]
fn manifests() {
    replay("manifest", bodies::manifest);
}

#[test]
fn settings() {
    replay("config", bodies::config);
}

#[test]
fn receipts() {
    replay("receipt", bodies::receipt);
}

#[test]
fn names() {
    replay("names", bodies::names);
}

#[test]
fn trees() {
    replay("tree", bodies::tree);
}

#[test]
fn deltas() {
    replay("delta", bodies::delta);
}

#[test]
fn tables() {
    replay("table", bodies::table);
}
