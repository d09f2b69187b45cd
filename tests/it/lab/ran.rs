//! What a command printed and how it ended, and how it is compared.

use std::process::Output;

use serde_json::Value;

/// A command that ended.
pub struct Ran {
    command: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// What came of a command that was started.
    pub fn new(command: &str, out: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("programs print UTF-8");
        let code = out.status.code().unwrap_or(-1);
        let ran = Ran { command: command.to_owned(), code, stdout: text(&out.stdout), stderr: text(&out.stderr) };
        for word in ["panicked at", "RUST_BACKTRACE", "stack backtrace"] {
            assert!(!ran.stderr.contains(word), "{command} panicked:\n{ran}");
        }
        ran
    }

    /// It ended with 0.
    #[track_caller]
    pub fn ok(self) -> Ran {
        self.fails(0)
    }

    /// It ended with this code.
    #[track_caller]
    pub fn fails(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// It printed this, on either stream.
    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        assert!(self.stdout.contains(text) || self.stderr.contains(text), "it does not say {text:?}\n{self}");
        self
    }

    /// It did not print this.
    #[track_caller]
    pub fn silent_about(self, text: &str) -> Ran {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "it says {text:?}\n{self}");
        self
    }

    /// An error as people need it: one line, its cause, a next step.
    #[track_caller]
    pub fn explains(self) -> Ran {
        let begin = |word: &str| self.stderr.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!(begin("error: "), 1, "one error line\n{self}");
        assert!(begin("hint: ") >= 1, "a hint\n{self}");
        let strange = |line: &&str| !["error: ", "because: ", "hint: ", "note: "].iter().any(|w| line.starts_with(w));
        assert_eq!(self.stderr.lines().find(strange), None, "no other words\n{self}");
        self
    }

    /// Its stdout, which is one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("not JSON: {e}\n{self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "$ {}\n{}{}[exit {}]", self.command, self.stdout, self.stderr, self.code)
    }
}

/// Text that is indented in the source, as it is meant.
pub(super) fn dedent(text: &str) -> String {
    let text = text.trim_end().trim_start_matches('\n');
    let indent = text.lines().filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start().len()).min();
    let lines = text.lines().map(|line| line.get(indent.unwrap_or(0)..).unwrap_or_default());
    lines.map(|line| format!("{line}\n")).collect()
}

/// Fails with the differences, if there are any.
#[track_caller]
pub(super) fn compare(command: &str, expected: &str, found: &str) {
    if expected != found {
        let diff = similar::TextDiff::from_lines(expected, found);
        let diff = diff.unified_diff().header("expected", "found").to_string();
        panic!("$ {command}\n{diff}\nall that was printed:\n{found}");
    }
}

/// Replaces digests, commits and times.
pub(super) fn without_chance(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let hex = rest[..word].bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let digits = rest[..word].bytes().any(|b| b.is_ascii_digit());
        let name = match word {
            64 if hex => Some("«digest»"),
            40 if hex => Some("«commit»"),
            16 if hex => Some("«16»"),
            7 | 10 if hex && digits => Some("«commit»"),
            _ => None,
        };
        if let Some(length) = time(rest) {
            out.push_str("«time»");
            rest = &rest[length..];
        } else if let Some(name) = name {
            out.push_str(name);
            rest = &rest[word..];
        } else {
            let length = if word == 0 { first.len_utf8() } else { word };
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    out
}

/// The length of the time that the text begins with: `2026-11-21T10:00:00Z`, or a day alone.
fn time(text: &str) -> Option<usize> {
    let fits = |shape: &str| {
        let part = text.get(..shape.len())?;
        let same = part.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s });
        same.then_some(shape.len())
    };
    fits("0000-00-00T00:00:00Z")
        .or_else(|| fits("0000-00-00 00:00:00"))
        .or_else(|| fits("0000-00-00 00:00"))
        .or_else(|| fits("0000-00-00"))
}

#[test]
fn what_differs_from_run_to_run_is_named() {
    let commit = "ab01".repeat(10);
    let digest = "0f".repeat(32);
    let text = format!(
        "{commit}: x/v1-{digest}.csv, diffs/x/0123456789abcdef.md at 2026-11-21T10:00:00Z, on 2026-11-21; 41 face"
    );
    let plain = "«commit»: x/v1-«digest».csv, diffs/x/«16».md at «time», on «time»; 41 face";
    assert_eq!(without_chance(&text), plain);
    assert_eq!(dedent("\n    a\n      b\n    "), "a\n  b\n");
}
