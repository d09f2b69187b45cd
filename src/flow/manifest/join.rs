//! How two values of one thing become one: who changed it decides, facts join, the rest is a conflict.

use super::json::Json;
use super::merge::{Conflict, Side, extra};
use super::types::{Entry, State};
use crate::flow::version::Version;

/// Three-way choices; those that have no answer are written down as conflicts.
pub(super) struct Pick<'a> {
    pub(super) keeps: Side,
    pub(super) dataset: Option<&'a str>,
    conflicts: &'a mut Vec<Conflict>,
}

impl<'a> Pick<'a> {
    pub(super) fn new(keeps: Side, dataset: Option<&'a str>, conflicts: &'a mut Vec<Conflict>) -> Self {
        Pick { keeps, dataset, conflicts }
    }

    /// The value of who changed it.
    pub(super) fn one<T: PartialEq + Clone>(
        &mut self,
        version: Option<Version>,
        member: &str,
        base: &T,
        ours: &T,
        theirs: &T,
        show: impl Fn(&T) -> String,
    ) -> T {
        if ours == theirs || theirs == base {
            ours.clone()
        } else if ours == base {
            theirs.clone()
        } else {
            self.clash(version, member, ours, theirs, show)
        }
    }

    /// Both changed it: the value of the side that keeps its numbers, and a conflict.
    pub(super) fn clash<T: PartialEq + Clone>(
        &mut self,
        version: Option<Version>,
        member: &str,
        ours: &T,
        theirs: &T,
        show: impl Fn(&T) -> String,
    ) -> T {
        let kept = if self.keeps == Side::Ours { ours } else { theirs };
        let (kept_word, ours_word, theirs_word) = (show(kept), show(ours), show(theirs));
        self.conflicts.push(Conflict {
            dataset: self.dataset.map(str::to_owned),
            version,
            member: member.to_owned(),
            ours: ours_word,
            theirs: theirs_word,
            hint: format!("{kept_word} was kept: edit manifest.json if that is wrong, then git add manifest.json"),
        });
        kept.clone()
    }

    /// A conflict that is not about one value.
    pub(super) fn tell(&mut self, version: Version, member: &str, ours: String, theirs: String, hint: String) {
        let (dataset, member) = (self.dataset.map(str::to_owned), member.to_owned());
        self.conflicts.push(Conflict { dataset, version: Some(version), member, ours, theirs, hint });
    }
}

/// Shows a member that may be absent.
pub(super) fn text(value: &Option<String>) -> String {
    value.as_ref().map_or("absent".to_owned(), |text| format!("{text:?}"))
}

/// Shows a free-form member on one line.
pub(super) fn json(value: &Option<Json>) -> String {
    let line = |value: &Json| value.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    value.as_ref().map_or("absent".to_owned(), line)
}

/// Two spellings of one entry; `one` is of the side that keeps its numbers.
pub(super) fn entry(base: Option<&Entry>, one: &Entry, two: &Entry, pick: &mut Pick<'_>) -> Entry {
    if one == two {
        return one.clone();
    }
    let version = Some(one.version);
    let old = base.unwrap_or(one);
    let (ours, theirs) = if pick.keeps == Side::Ours { (one, two) } else { (two, one) };
    let mut joined = one.clone();
    joined.state = state(base.map(|e| &e.state), &one.state, &two.state);
    let plain = |of: fn(&Entry) -> String, member: &str, pick: &mut Pick<'_>| {
        // Without a base nobody can say who changed it.
        let before = base.map_or_else(String::new, of);
        pick.one(version, member, &before, &of(ours), &of(theirs), |text| shown(text)) == of(one)
    };
    macro_rules! member {
        ($($field:ident $name:literal,)*) => {
            $(if !plain(|e| format!("{:?}", e.$field), $name, pick) {
                joined.$field.clone_from(&two.$field);
            })*
        };
    }
    member! {
        size "size", files "files", created "created", message "message", base "base", supersedes "supersedes",
        delta "delta", rollback "rollback", from "from", source "source", diff "diff", key "key",
        staging_key "stagingKey", legacy_commit "legacyCommit",
    }
    joined.extra = extra(&old.extra, &ours.extra, &theirs.extra, pick);
    // Facts only grow. The first commit is one; where both found one, the default branch knows.
    joined.commit = one.commit.clone().or_else(|| two.commit.clone());
    joined.published = earliest(&one.published, &two.published);
    // Grace runs from the later of two times: nothing goes too early.
    joined.retired = one.retired.clone().max(two.retired.clone());
    joined.purging = one.purging.clone().max(two.purging.clone());
    joined.purged = one.purged.clone().max(two.purged.clone());
    legal(&mut joined);
    joined
}

/// What `Debug` says, as the manifest would.
fn shown(text: &str) -> String {
    let inner = text.strip_prefix("Some(").and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let number = inner.strip_prefix("Version(").and_then(|text| text.strip_suffix(')'));
    match number {
        Some(number) => format!("v{number}"),
        None if inner == "None" => "absent".to_owned(),
        None => inner.to_owned(),
    }
}

fn earliest(one: &Option<String>, two: &Option<String>) -> Option<String> {
    one.iter().chain(two).min().cloned()
}

/// A restore takes the times of a retirement away, a proposal has no facts yet.
fn legal(entry: &mut Entry) {
    let rank = rank(&entry.state);
    let keep = |time: &mut Option<String>, from: u8| {
        if rank < from {
            *time = None;
        }
    };
    if matches!(entry.state, State::Unknown(_)) {
        return;
    }
    keep(&mut entry.retired, self::rank(&State::Retired));
    keep(&mut entry.purging, self::rank(&State::Purging));
    keep(&mut entry.purged, self::rank(&State::Purged));
    if entry.state == State::Pending && entry.published.is_some() {
        entry.state = State::Published;
    }
}

/// Who changed the state decides; where both did, the one further on.
fn state(base: Option<&State>, one: &State, two: &State) -> State {
    if one == two || Some(two) == base {
        return one.clone();
    }
    if Some(one) == base {
        return two.clone();
    }
    match (one, two) {
        // Withdrawing and publishing crossed: it counts as retired.
        (State::Withdrawn, State::Published) | (State::Published, State::Withdrawn) => State::Retired,
        (one, two) => if (rank(one), one.word()) >= (rank(two), two.word()) { one } else { two }.clone(),
    }
}

fn rank(state: &State) -> u8 {
    match state {
        State::Pending => 0,
        State::Withdrawn => 1,
        State::Published => 2,
        State::Retired => 3,
        State::Purging => 4,
        State::Purged => 5,
        // Nobody deletes by a word that is not known here.
        State::Unknown(_) => 6,
    }
}
