//! A page within its budget: it is cut between rows only.

/// Text that never grows beyond its room.
pub(super) struct Sheet {
    pub(super) text: String,
    pub(super) room: usize,
}

impl Sheet {
    pub(super) fn add(&mut self, part: &str) -> bool {
        let fits = self.text.len() + part.len() <= self.room;
        if fits {
            self.text.push_str(part);
        }
        fits
    }

    /// A block with as many of `rows` as fit; `more` says what is not shown, by the number of rows that are.
    pub(super) fn block(
        &mut self,
        summary: &str,
        open: bool,
        head: &str,
        rows: &[String],
        more: impl Fn(usize) -> String,
    ) {
        let open = if open { " open" } else { "" };
        let begin = format!("\n<details{open}><summary>{summary}</summary>\n\n{head}");
        let end = "\n</details>\n";
        // What the last line needs is kept free: it is longest when nothing is shown.
        let reserve = more(0).len().max(more(rows.len()).len()) + 40 + end.len();
        let room = self.room.saturating_sub(self.text.len() + begin.len() + reserve);
        let (mut body, mut told) = (String::new(), 0);
        for row in rows {
            if body.len() + row.len() > room {
                break;
            }
            body.push_str(row);
            told += 1;
        }
        let rest = more(told);
        if told == 0 {
            self.add(&format!("\n{summary}.{}\n", if rest.is_empty() { "" } else { " They are not shown here." }));
            return;
        }
        let rest = if rest.is_empty() { rest } else { format!("\n{rest}\n") };
        self.add(&format!("{begin}{body}{rest}{end}"));
    }
}
