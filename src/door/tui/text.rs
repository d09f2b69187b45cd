//! Lines of toned pieces: how wide they are, and how they are broken to fit.

use ratatui_core::text::Span;

use crate::cli::page::{Tone, Toned};
use crate::flow::text::Untrusted;

/// A line broken to fit goes on after so many blanks.
const INDENT: usize = 2;

/// A line of one tone. Its text may come from outside: it is neutralised.
pub(super) fn line(tone: Tone, text: impl AsRef<str>) -> Toned {
    vec![(tone, clean(text))]
}

/// Text from outside, made safe.
pub(super) fn clean(text: impl AsRef<str>) -> String {
    Untrusted(text.as_ref()).to_string()
}

/// Columns of a terminal that a text takes.
pub(super) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The text in at most so many columns, with a mark where it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut short, mut taken) = (String::new(), 0);
    for c in text.chars() {
        let wide = width(c.encode_utf8(&mut [0; 4]));
        if taken + wide + 1 > columns {
            break;
        }
        taken += wide;
        short.push(c);
    }
    if columns > 0 {
        short.push('…');
    }
    short
}

/// Lines that are no wider than so many columns, broken at blanks where that is possible.
pub(super) fn wrapped(lines: &[Toned], columns: usize) -> Vec<Toned> {
    let columns = columns.max(2 * INDENT);
    lines.iter().flat_map(|line| broken(line, columns)).collect()
}

fn broken(line: &Toned, columns: usize) -> Vec<Toned> {
    if line.iter().map(|(_, text)| width(text)).sum::<usize>() <= columns {
        return vec![line.clone()];
    }
    let mut chars: Vec<(Tone, char)> =
        line.iter().flat_map(|(tone, text)| text.chars().map(move |c| (*tone, c))).collect();
    let mut out = Vec::new();
    loop {
        let room = if out.is_empty() { columns } else { columns - INDENT };
        let end = fitting(&chars, room);
        let rest = chars.split_off(end);
        // The blank at a break is the break.
        let rest: Vec<_> = rest.into_iter().skip_while(|(_, c)| *c == ' ').collect();
        out.push(joined(if out.is_empty() { 0 } else { INDENT }, &chars));
        if rest.is_empty() {
            return out;
        }
        chars = rest;
    }
}

/// How many characters stand on the first line.
fn fitting(chars: &[(Tone, char)], room: usize) -> usize {
    let (mut taken, mut blank) = (0, None);
    for (at, (_, c)) in chars.iter().enumerate() {
        taken += width(c.encode_utf8(&mut [0; 4]));
        if taken > room {
            // A break near the begin would leave a line that is almost empty.
            return blank.filter(|blank| *blank > room / 3).unwrap_or(at.max(1));
        }
        if *c == ' ' {
            blank = Some(at + 1);
        }
    }
    chars.len()
}

fn joined(indent: usize, chars: &[(Tone, char)]) -> Toned {
    let mut pieces: Toned = Vec::new();
    if indent > 0 {
        pieces.push((Tone::Plain, " ".repeat(indent)));
    }
    for (tone, c) in chars {
        match pieces.last_mut() {
            Some((last, text)) if last == tone => text.push(*c),
            _ => pieces.push((*tone, c.to_string())),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lines: &[Toned]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect()
    }

    #[test]
    fn lines_are_broken_at_blanks_and_long_words_anywhere() {
        let lines = [line(Tone::Plain, "hint: git data pull prices.csv"), line(Tone::Bad, "x".repeat(25)), Vec::new()];
        let want = ["hint: git ", "  data pull ", "  prices.csv", "xxxxxxxxxxxx", "  xxxxxxxxxx", "  xxx", ""];
        assert_eq!(plain(&wrapped(&lines, 12)), want);
    }

    #[test]
    fn tones_survive_and_nothing_is_lost() {
        let one = vec![(Tone::Good, "ab cd".to_owned()), (Tone::Bad, "ef gh".to_owned())];
        let all = wrapped(&[one], 6);
        assert_eq!(plain(&all).concat().replace(' ', ""), "abcdefgh");
        assert_eq!(
            all[1],
            [(Tone::Plain, "  ".to_owned()), (Tone::Good, "cd".to_owned()), (Tone::Bad, "ef".to_owned())]
        );
    }

    #[test]
    fn wide_characters_count_twice_and_hostile_ones_are_spelled() {
        assert_eq!(cut("数数数", 5), "数数…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 0), "");
        assert_eq!(clean("a\u{1b}[2J"), "a\\u{1b}[2J");
    }
}
