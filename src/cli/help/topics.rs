//! The pages of the manual that the program carries.

/// A page.
pub(super) struct Topic {
    /// Its name in `docs`, without the ending.
    pub(super) name: &'static str,
    /// What else people call it.
    others: &'static [&'static str],
    /// What it tells, in the words of the manual's index.
    pub(super) about: &'static str,
    /// Its Markdown.
    pub(super) text: &'static str,
}

macro_rules! topic {
    ($name:literal, $others:expr, $about:literal) => {
        Topic {
            name: $name,
            others: &$others,
            about: $about,
            text: include_str!(concat!("../../../docs/", $name, ".md")),
        }
    };
}

/// In the order of the index.
pub(super) const TOPICS: &[Topic] = &[
    topic!("tutorial", [], "the whole journey, typed by hand, in ten minutes and without an account"),
    topic!("installing", [], "the programs, their manual pages, completion"),
    topic!("aws", [], "two buckets, roles and workflows on AWS"),
    topic!("r2", [], "the same on Cloudflare R2"),
    topic!("tui", ["screens"], "`git data` without a verb: the screens and their keys"),
    topic!("hooks", [], "git calls git data: hooks beside yours, merge and diff drivers, how to get rid of them"),
    topic!("reviewing", [], "review a proposal"),
    topic!("going-back", [], "go back to an older version"),
    topic!("deletion", ["retention"], "delete, and how long things are kept"),
    topic!("recovery", ["recover"], "after a crash, a lost machine, a lost object"),
    topic!("ci", [], "pull in a job, without a key"),
    topic!("lfs", [], "move from Git LFS, with the history"),
    topic!("datamanager", [], "move from the older tool"),
    topic!("signing", ["signatures"], "signed receipts and build attestations: who published it"),
    topic!("agents", [], "how an agent or a script uses it, and what never to do"),
    topic!("verbs", [], "a line for each verb"),
    topic!("configuration", ["config", "settings", "credentials"], "every setting, and where credentials come from"),
    topic!("exit-codes", ["errors"], "how a command ends, and what a script does then"),
    topic!("formats", ["manifest", "receipts"], "what lies in the repository and in the buckets, byte by byte"),
    topic!("review", [], "what changed inside the data: diffs, pages, comments, rules, privacy"),
    topic!("limits", [], "what it cannot do, and where you have to take care"),
    topic!("two-phases", [], "why there are two buckets, and what the merge decides"),
    topic!("keys", [], "why no laptop holds a production key"),
    topic!("guarantees", ["promises"], "the seven promises, and which test proves what"),
    topic!("comparison", [], "what others do better, and when not to use git data"),
];

/// The topic that somebody asks for.
pub(super) fn find(asked: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == asked || topic.others.contains(&asked))
}
