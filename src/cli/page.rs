//! A page of results: words, tables and colour, built as text and printed once.

use std::fmt::Write as _;

use crate::flow::text::Untrusted;

/// What a verb says on stdout.
#[derive(Default)]
pub struct Page {
    text: String,
    colour: bool,
    width: usize,
}

/// Lines where nobody says how wide a terminal is.
const WIDTH: usize = 100;

/// How much a cell should stand out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As the rest.
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// Of little weight.
    Dim,
}

impl Page {
    /// An empty page; colour only where a person looks.
    #[must_use]
    pub fn new(colour: bool) -> Self {
        Page { text: String::new(), colour, width: WIDTH }
    }

    /// A page as wide as a terminal.
    #[must_use]
    pub fn within(mut self, columns: usize) -> Self {
        self.width = columns.clamp(40, 400);
        self
    }

    /// How many characters a line may have.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Adds a line. Its text may come from outside: it is neutralised.
    pub fn line(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.text, "{}", Untrusted(text.as_ref()));
    }

    /// Adds a line in a tone.
    pub fn toned(&mut self, tone: Tone, text: impl AsRef<str>) {
        let painted = self.paint(tone, &Untrusted(text.as_ref()).to_string());
        let _ = writeln!(self.text, "{painted}");
    }

    /// Adds an empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Adds lines as they are, each neutralised.
    pub fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.line(line);
        }
    }

    /// Adds rows whose columns are aligned; numbers to the right by a leading `>` in `align`.
    pub fn table(&mut self, align: &str, rows: &[Vec<(Tone, String)>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let clean = |(tone, text): &(Tone, String)| {
            let text = Untrusted(text).to_string();
            (*tone, text.chars().count(), text)
        };
        let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(clean).collect()).collect();
        let widths: Vec<usize> = (0..columns)
            .map(|c| rows.iter().filter_map(|r| r.get(c)).map(|(_, width, _)| *width).max().unwrap_or(0))
            .collect();
        for row in rows {
            let mut line = String::new();
            for (c, (tone, width, text)) in row.iter().enumerate() {
                let pad = " ".repeat(widths[c] - width);
                let last = c + 1 == row.len();
                let cell = self.paint(*tone, text);
                if align.as_bytes().get(c) == Some(&b'>') {
                    line.push_str(&pad);
                    line.push_str(&cell);
                } else {
                    line.push_str(&cell);
                    if !last {
                        line.push_str(&pad);
                    }
                }
                if !last {
                    line.push_str("  ");
                }
            }
            let _ = writeln!(self.text, "{}", line.trim_end());
        }
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colour => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
            Tone::Dim => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The whole page.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_neutral() {
        let mut page = Page::new(false);
        let cell = |t: &str| (Tone::Good, t.to_owned());
        page.table("< >", &[vec![cell("a"), cell("é\u{1b}"), cell("9")], vec![cell("bcd"), cell("x"), cell("10")]]);
        assert_eq!(page.finish(), "a    é\\u{1b}   9\nbcd  x        10\n");
    }

    #[test]
    fn colour_is_only_there_when_asked_for() {
        let mut page = Page::new(true);
        page.toned(Tone::Bad, "no");
        assert_eq!(page.finish(), "\u{1b}[31mno\u{1b}[0m\n");
    }
}
