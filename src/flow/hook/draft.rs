//! The file in which a person writes the message of a commit.

/// The line behind which git shows what is committed.
const SCISSORS: &str = "------------------------ >8 ------------------------";

/// Whether nobody has written anything there: only empty lines, and lines that begin with git's mark of a comment.
#[must_use]
pub fn is_empty(text: &str, comment: &str) -> bool {
    let cut = |line: &&str| line.strip_prefix(comment).is_none_or(|rest| rest.trim() != SCISSORS);
    text.lines().take_while(cut).all(|line| line.trim().is_empty() || line.starts_with(comment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_what_is_below_the_scissors_are_no_message() {
        let scissors = format!("\n# {SCISSORS}\ndiff --git a/x b/x\n");
        for (text, comment, empty) in [
            ("", "#", true),
            ("\n# Please enter the commit message\n#\n", "#", true),
            ("Fix\n# Please\n", "#", false),
            ("# Please\n", ";", false),
            ("; Please\n\n", ";", true),
            (scissors.as_str(), "#", true),
        ] {
            assert_eq!(is_empty(text, comment), empty, "{text:?}");
        }
    }
}
