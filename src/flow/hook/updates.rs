//! What git tells a hook on its standard input.

/// A line of pre-push: a name here goes to a name there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The name here, for people.
    pub name: String,
    /// What is sent.
    pub new: String,
    /// What the remote has now; `None` where it has no such name.
    pub old: Option<String>,
}

/// The lines of pre-push that send something: `<local ref> <local id> <remote ref> <remote id>`. A deletion sends nothing.
/// A line of another form is an error: it may be a name that was to be sent.
pub fn pushed(lines: &str) -> Result<Vec<Update>, String> {
    let mut all = Vec::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, new, _, old] = words.as_slice() else { return Err(line.to_owned()) };
        if !id(new) || !id(old) {
            return Err(line.to_owned());
        }
        if !nothing(new) {
            let old = (!nothing(old)).then(|| (*old).to_owned());
            all.push(Update { name: (*name).to_owned(), new: (*new).to_owned(), old });
        }
    }
    Ok(all)
}

/// The lines of post-rewrite, `<old id> <new id>` and more: where the rewritten commits were before, the last one last.
#[must_use]
pub fn rewritten(lines: &str) -> Vec<&str> {
    lines.lines().filter_map(|line| line.split(' ').next()).filter(|word| id(word)).collect()
}

/// Whether a word can be the name of an object.
fn id(word: &str) -> bool {
    word.len() >= 40 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Git's name for no object.
#[must_use]
pub fn nothing(word: &str) -> bool {
    word.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_sends_nothing_and_a_new_name_replaces_nothing() {
        let (a, b, none) = ("a".repeat(40), "b".repeat(64), "0".repeat(40));
        let text =
            format!("refs/heads/x {a} refs/heads/x {b}\n(delete) {none} refs/heads/y {a}\nHEAD {b} refs/z {none}\n\n");
        let update = |name: &str, new: &String, old: Option<&String>| Update {
            name: name.to_owned(),
            new: new.clone(),
            old: old.cloned(),
        };
        assert_eq!(pushed(&text).unwrap(), [update("refs/heads/x", &a, Some(&b)), update("HEAD", &b, None)]);
        assert_eq!(pushed("\n").unwrap(), []);
    }

    #[test]
    fn what_is_not_understood_is_not_passed_over() {
        for line in [
            "x",
            "a b c d",
            &format!("refs/x {} refs/x", "a".repeat(40)),
            &format!("r {0} r --exec={0}", "a".repeat(40)),
        ] {
            assert_eq!(pushed(line), Err(line.to_owned()));
        }
    }

    #[test]
    fn rewritten_commits_are_told_by_their_old_names() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        assert_eq!(rewritten(&format!("{a} {b} extra\n{b} {a}\nnonsense\n")), [&a[..], &b]);
    }
}
