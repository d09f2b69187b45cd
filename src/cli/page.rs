//! A page of results: words, tables and colour, built as text and printed once.

use std::ops::Range;

use crate::flow::text::Untrusted;

/// What a verb says on stdout.
#[derive(Default)]
pub struct Page {
    text: String,
    /// Which parts of the text have a tone, in order.
    tones: Vec<(Range<usize>, Tone)>,
    colour: bool,
    width: usize,
}

/// A line as pieces that each have one tone.
pub type Toned = Vec<(Tone, String)>;

/// Lines where nobody says how wide a terminal is.
const WIDTH: usize = 100;

/// How much a cell should stand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        Page { text: String::new(), tones: Vec::new(), colour, width: WIDTH }
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
        self.toned(Tone::Plain, text);
    }

    /// Adds a line in a tone.
    pub fn toned(&mut self, tone: Tone, text: impl AsRef<str>) {
        self.put(tone, &Untrusted(text.as_ref()).to_string());
        self.text.push('\n');
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
            let begin = self.text.len();
            for (c, (tone, width, text)) in row.iter().enumerate() {
                let pad = " ".repeat(widths[c] - width);
                let last = c + 1 == row.len();
                if align.as_bytes().get(c) == Some(&b'>') {
                    self.text.push_str(&pad);
                    self.put(*tone, text);
                } else {
                    self.put(*tone, text);
                    if !last {
                        self.text.push_str(&pad);
                    }
                }
                if !last {
                    self.text.push_str("  ");
                }
            }
            self.end_row(begin);
        }
    }

    fn put(&mut self, tone: Tone, text: &str) {
        let begin = self.text.len();
        self.text.push_str(text);
        if tone != Tone::Plain && !text.is_empty() {
            self.tones.push((begin..self.text.len(), tone));
        }
    }

    /// Ends a row without the blanks at its end.
    fn end_row(&mut self, begin: usize) {
        let end = begin + self.text[begin..].trim_end().len();
        self.text.truncate(end);
        while self.tones.last().is_some_and(|(part, _)| part.start >= end) {
            self.tones.pop();
        }
        if let Some((part, _)) = self.tones.last_mut() {
            part.end = part.end.min(end);
        }
        self.text.push('\n');
    }

    /// The whole page.
    #[must_use]
    pub fn finish(self) -> String {
        if !self.colour {
            return self.text;
        }
        let mut painted = String::with_capacity(self.text.len() + 10 * self.tones.len());
        let mut at = 0;
        for (part, tone) in self.tones {
            painted.push_str(&self.text[at..part.start]);
            painted.push_str(&format!("\u{1b}[{}m{}\u{1b}[0m", code(tone), &self.text[part.clone()]));
            at = part.end;
        }
        painted.push_str(&self.text[at..]);
        painted
    }

    /// The whole page, for a surface that paints by itself.
    #[must_use]
    pub fn into_lines(self) -> Vec<Toned> {
        let mut tones = self.tones.iter().peekable();
        let mut begin = 0;
        let mut lines = Vec::new();
        for line in self.text.lines() {
            let (mut at, end) = (begin, begin + line.len());
            let mut pieces = Vec::new();
            while let Some((part, tone)) = tones.next_if(|(part, _)| part.start < end) {
                pieces.push((Tone::Plain, self.text[at..part.start].to_owned()));
                pieces.push((*tone, self.text[part.clone()].to_owned()));
                at = part.end;
            }
            pieces.push((Tone::Plain, self.text[at..end].to_owned()));
            pieces.retain(|(_, text)| !text.is_empty());
            lines.push(pieces);
            begin = end + 1;
        }
        lines
    }
}

fn code(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "0",
        Tone::Good => "32",
        Tone::Warn => "33",
        Tone::Bad => "31",
        Tone::Dim => "2",
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

    #[test]
    fn another_surface_gets_the_same_lines_in_pieces() {
        let mut page = Page::new(false);
        page.line("a");
        page.gap();
        page.table(
            "<>",
            &[vec![(Tone::Dim, "b".to_owned()), (Tone::Good, "1".to_owned()), (Tone::Warn, " ".to_owned())]],
        );
        page.toned(Tone::Bad, "no");
        let piece = |tone, text: &str| (tone, text.to_owned());
        let row = vec![piece(Tone::Dim, "b"), piece(Tone::Plain, "  "), piece(Tone::Good, "1")];
        let lines = [vec![piece(Tone::Plain, "a")], Vec::new(), row, vec![piece(Tone::Bad, "no")]];
        assert_eq!(page.into_lines(), lines);
    }
}
