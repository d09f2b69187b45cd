//! Text from outside, made safe to show. Names, cells and messages of servers go through here before a person sees them.

use std::fmt::{self, Write as _};

/// Text from outside on one line: controls, bidi and zero-width characters are spelled `\u{…}`, a line end is `\n`.
#[derive(Clone, Copy, Debug)]
pub struct Untrusted<'a>(pub &'a str);

/// Like [`Untrusted`], but line ends and tabs stay what they are.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a>(pub &'a str);

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            return f.write_str(self.0);
        }
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                c => neutral(f, c)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\n' | '\t' => f.write_char(c)?,
                // A lone carriage return would let a line overwrite itself.
                '\r' if chars.peek() == Some(&'\n') => {}
                c => neutral(f, c)?,
            }
        }
        Ok(())
    }
}

fn neutral(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if is_hostile(c) { write!(f, "\\u{{{:x}}}", u32::from(c)) } else { f.write_char(c) }
}

/// Whether a character could steer a terminal, reorder a line or hide in it.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A JSON document in which such characters are escaped: they occur in strings only, where the escape says the same.
#[must_use]
pub fn json_escaped(json: String) -> String {
    if !json.contains(is_hostile) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hostile(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Replaces what lies between `://` and `@` in every URL of a text.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(|c: char| c == '/' || c == '\'' || c == '"' || c.is_whitespace()).unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(user) => {
                out.push('…');
                &after[user..]
            }
            None => after,
        };
    }
    out + rest
}

/// `312 B`, `1.2 GiB`: three digits at most before the unit grows.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.95 would be shown as 1024.0.
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// `1 file`, `2 files`.
#[must_use]
pub fn plural(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_says_the_same_and_steers_nothing() {
        let text = "a\u{202e}b\u{9b}c\u{e0041}d\u{1b}\n\"é👍🏽";
        let json = json_escaped(serde_json::to_string(text).unwrap());
        assert!(!json.contains(is_hostile), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert_eq!(json_escaped("{\"a\":\"é\"}".to_owned()), "{\"a\":\"é\"}");
    }

    #[test]
    fn sequences_that_steer_a_terminal_become_letters() {
        let cases = [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\u{202e}txt.exe", "a\\u{202e}txt.exe"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("del\u{7f}", "del\\u{7f}"),
            ("two\nlines\tand\r", "two\\nlines\\tand\\r"),
            ("naïve 数据 ελ 👍🏽 é", "naïve 数据 ελ 👍🏽 é"),
        ];
        for (text, want) in cases {
            assert_eq!(Untrusted(text).to_string(), want);
        }
        assert_eq!(Lines("a\tb\r\nc\rd\u{1b}").to_string(), "a\tb\nc\\u{d}d\\u{1b}");
    }

    #[test]
    fn credentials_in_urls_are_hidden_wherever_they_stand() {
        let cases = [
            ("fatal: 'https://me:tok@host/a' and ssh://git@h:22/b", "fatal: 'https://…@host/a' and ssh://…@h:22/b"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://a@b:p@ss@host", "https://…@host"),
            ("git@github.com:a/b", "git@github.com:a/b"),
            ("none", "none"),
        ];
        for (text, want) in cases {
            assert_eq!(without_credentials(text), want);
        }
    }

    #[test]
    fn sizes_read_well() {
        let cases = [
            (0, "0 B"),
            (312, "312 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_288_490_189, "1.2 GiB"),
            ((1 << 20) - 1, "1.0 MiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, want) in cases {
            assert_eq!(human_size(bytes), want);
        }
        assert_eq!((plural(1, "file"), plural(0, "row")), ("1 file".into(), "0 rows".into()));
    }

    proptest! {
        #[test]
        fn nothing_hostile_comes_out(text in any::<String>()) {
            let line = Untrusted(&text).to_string();
            prop_assert!(!line.chars().any(is_hostile));
            prop_assert_eq!(Untrusted(&line).to_string(), line.clone());
            let lines = Lines(&text).to_string();
            prop_assert!(!lines.chars().any(|c| is_hostile(c) && c != '\n' && c != '\t'));
            prop_assert_eq!(Lines(&lines).to_string(), lines.clone());
        }

        #[test]
        fn harmless_text_is_left_alone(text in "[\\p{L}\\p{N}\\p{P}\\p{S} ]*") {
            prop_assert_eq!(Untrusted(&text).to_string(), text);
        }

        #[test]
        fn a_password_never_survives(user in "[a-z]{1,8}", password in "[A-Z0-9]{12}", before in "[a-z ]{0,9}") {
            let text = format!("{before}https://{user}:{password}@host.example/x");
            prop_assert!(!without_credentials(&text).contains(&password));
        }
    }
}
