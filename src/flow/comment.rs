//! The one comment of a pull request that each check writes again: how it is known, and how long it may be.

/// The first line of our comment: it finds it again, and holds nothing that anybody wrote.
pub const MARKER: &str = "<!-- git-data-check -->";

/// The longest comment, in bytes. The host's own limit is 65,536 characters.
pub const LIMIT: usize = 60_000;

const CUT: &str = "\n… cut here: the page of the job has the rest.\n";

/// At most [`LIMIT`] bytes: cut after a whole line, and said so.
#[must_use]
pub fn fit(text: &str) -> String {
    if text.len() <= LIMIT {
        return text.to_owned();
    }
    let room = text.floor_char_boundary(LIMIT - CUT.len());
    // A line that is longer than everything allowed goes as a whole.
    let end = text[..room].rfind('\n').map_or(0, |at| at + 1);
    format!("{}{CUT}", &text[..end])
}

/// The number of our own comment among lines `number TAB author`, those of all comments that begin with the marker.
///
/// Anybody may write the marker: a comment of another author is left alone, and ours is written beside it.
#[must_use]
pub fn own(lines: &str, author: &str) -> Option<u64> {
    let mut pairs = lines.lines().filter_map(|line| line.split_once('\t'));
    // A name that nobody has is no name: comments of deleted users have none.
    let (number, _) = pairs.find(|(_, whose)| !author.is_empty() && *whose == author)?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_stays() {
        assert_eq!(fit("one\ntwo\n"), "one\ntwo\n");
        let exactly = "x".repeat(LIMIT);
        assert_eq!(fit(&exactly), exactly);
    }

    #[test]
    fn a_long_text_ends_with_a_whole_line_and_says_so() {
        for line in ["| row |\n", "| größer — ✓ |\n", "\n"] {
            let cut = fit(&line.repeat(LIMIT + 1));
            assert!(cut.len() <= LIMIT && cut.len() > LIMIT - 200, "{}", cut.len());
            let kept = cut.strip_suffix(CUT).unwrap();
            assert!(kept.is_empty() || kept.ends_with(line), "{:?}", &kept[kept.len() - 20..]);
        }
        let one = format!("head\n{}", "x".repeat(LIMIT));
        assert_eq!(fit(&one), format!("head\n{CUT}"));
    }

    #[test]
    fn only_a_comment_of_our_own_is_ours() {
        let lines = "11\tstranger\n12\tgithub-actions\n13\tgithub-actions[bot]\n14\tgithub-actions[bot]\n";
        assert_eq!(own(lines, "github-actions[bot]"), Some(13));
        assert_eq!(own(lines, "anna"), None);
        assert_eq!(own("15\t\n", ""), None);
        assert_eq!(own("", "anna"), None);
        assert_eq!(own("x\tanna\n", "anna"), None);
    }
}
