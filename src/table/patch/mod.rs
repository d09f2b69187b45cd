//! Patches of text tables, on files: made of two, applied to one. Whatever a patch does not name is copied byte for byte.

mod apply;
mod make;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use self::apply::apply;
pub use self::make::make;

use super::csv::{dialect, header};
use super::format::{self, Format};
use super::input::{Encoding, Input, Packing};
use super::jsonl::LINE;
use super::lines::Lines;
use super::records::Cursor as _;
use crate::error::{Error, Result};
use crate::flow::csv::{self, Dialect};
use crate::flow::diff::patch::Form;
use crate::flow::text::Untrusted;

/// The mark with which some programs begin a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A row as it lies in a file.
struct Line<'a> {
    /// Empty lines before it.
    gap: &'a [u8],
    raw: &'a [u8],
    end: &'a [u8],
}

/// A text table whose bytes are at hand as they lie in the file.
struct Text {
    input: Input,
    form: Form,
    /// The names in the header; of JSON Lines there is none.
    header: Vec<String>,
}

impl Text {
    /// Opens a file that people know by a name; `None` if it is no text table. `known` is how its records are written,
    /// where that is known.
    fn open(path: &Path, name: &str, known: Option<Form>) -> Result<Option<Text>> {
        let input = Input::new(path, name)?;
        let hint = match format::of(&input)? {
            Format::Jsonl => return Ok(Some(Text::plain(input, Form::Jsonl, Vec::new())?)),
            Format::Csv(hint) => hint,
            // What has another name is what the patch says it is.
            Format::Text if matches!(known, Some(Form::Csv(_))) => None,
            Format::Text if known == Some(Form::Jsonl) => {
                return Ok(Some(Text::plain(input, Form::Jsonl, Vec::new())?));
            }
            _ => return Ok(None),
        };
        let dialect = match known {
            Some(Form::Csv(dialect)) => dialect,
            _ => dialect(&input, hint)?,
        };
        let header = csv::names(header(&input, dialect)?);
        Ok(Some(Text::plain(input, Form::Csv(dialect), header)?))
    }

    fn plain(input: Input, form: Form, header: Vec<String>) -> Result<Text> {
        let packed = input.packing != Packing::Plain;
        if packed || matches!(input.encoding, Encoding::Utf16(_)) {
            let what = if packed { "it is compressed" } else { "it is in UTF-16" };
            return Err(Error::user(format!("{} has no patches: {what}", input.name()))
                .because("a patch knows the bytes of a file as they lie there"));
        }
        Ok(Text { input, form, header })
    }

    fn dialect(&self) -> Dialect {
        match self.form {
            Form::Csv(dialect) => dialect,
            Form::Jsonl => LINE,
        }
    }

    /// Tells what stands in front of the first row, then each row. Gives the empty lines behind the last one.
    fn each(
        &self,
        head: &mut dyn FnMut(&[u8]) -> Result<()>,
        row: &mut dyn FnMut(Line<'_>) -> Result<()>,
    ) -> Result<Vec<u8>> {
        if self.input.encoding == Encoding::Marked {
            head(MARK)?;
        }
        let mut lines = Lines::new(&self.input, self.dialect(), None)?;
        if let Form::Csv(_) = self.form {
            let header = lines.record()?.is_some();
            head(lines.gap())?;
            if header {
                head(&lines.told().concat())?;
            }
            lines.blank(self.header.len() == 1);
        }
        loop {
            if lines.record()?.is_none() {
                return Ok(lines.gap().to_vec());
            }
            let [raw, end] = lines.told();
            row(Line { gap: lines.gap(), raw, end })?;
        }
    }
}

/// What differs in how two files are written, so that no patch of rows makes one of the other.
fn otherwise(name: &str, why: &str) -> Error {
    Error::user(format!("no patch makes the newer {} of the older one", Untrusted(name)))
        .because(why.to_owned())
        .hint("git data prepare NAME FILE proposes the newer file as a whole")
}
