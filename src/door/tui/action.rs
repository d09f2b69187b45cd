//! What a person is about to do to a dataset: filled into a form, planned, done.

use super::key::Key;
use crate::flow::proposal::quoted;

/// What changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Prepare,
    Pull,
    Rollback,
    Delete,
    Prune,
    Restore,
    /// Sets a setting of this clone.
    Configure,
}

impl Verb {
    /// As it is typed.
    pub(super) fn word(self) -> &'static str {
        match self {
            Verb::Prepare => "prepare",
            Verb::Pull => "pull",
            Verb::Rollback => "rollback",
            Verb::Delete => "delete",
            Verb::Prune => "prune",
            Verb::Restore => "restore",
            Verb::Configure => "set",
        }
    }
}

/// How far a proposal goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reach {
    /// The change is staged for the next commit.
    Manifest,
    Commit,
    Push,
    #[default]
    PullRequest,
}

/// In the order in which they are offered.
const REACHES: [(Reach, &str, &str); 4] = [
    (Reach::PullRequest, "branch, commit, push, pull request", "--pr"),
    (Reach::Push, "commit and push here", "--push"),
    (Reach::Commit, "commit here", "--commit"),
    (Reach::Manifest, "manifest.json only", ""),
];

/// Complete: who does it looks nothing up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) verb: Verb,
    pub(super) name: String,
    pub(super) path: Option<String>,
    pub(super) version: Option<String>,
    pub(super) keep: usize,
    pub(super) staged: bool,
    pub(super) force: bool,
    pub(super) message: Option<String>,
    pub(super) reach: Reach,
    /// The value of a setting.
    pub(super) value: String,
}

impl Action {
    /// The same as a line to paste.
    pub(super) fn command(&self) -> String {
        let mut words = vec!["git data".to_owned(), self.verb.word().to_owned(), quoted(&self.name)];
        let mut push = |word: &str, value: &Option<String>| {
            if let Some(value) = value {
                words.push(format!("{word}{}", quoted(value)));
            }
        };
        match self.verb {
            Verb::Prepare => push("", &self.path),
            Verb::Pull => push("--version ", &self.version),
            Verb::Rollback => push("--to-version ", &self.version),
            Verb::Restore => push("", &self.version),
            Verb::Prune => push("--keep ", &Some(self.keep.to_string())),
            Verb::Delete => push("--yes --confirm ", &Some(self.name.clone())),
            Verb::Configure => return crate::command::settings::command(&self.name, &self.value),
        }
        push("-m ", &self.message);
        for (set, word) in [(self.staged, "--staged"), (self.force, "--force")] {
            words.extend(set.then(|| word.to_owned()));
        }
        let reach = REACHES.iter().find(|(reach, ..)| *reach == self.reach && self.verb != Verb::Pull);
        words.extend(reach.map(|(_, _, flag)| (*flag).to_owned()).filter(|flag| !flag.is_empty()));
        words.join(" ")
    }
}

/// One thing to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) id: Id,
    pub(super) label: &'static str,
    /// What an empty one means.
    pub(super) hint: String,
    pub(super) value: Value,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    Name,
    Path,
    Version,
    Keep,
    Staged,
    Force,
    Message,
    Reach,
    Setting,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Choice(Vec<&'static str>, usize),
}

/// A form of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) verb: Verb,
    /// The dataset or setting; empty where its name is a field.
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    pub(super) at: usize,
    /// Why it could not be planned.
    pub(super) fault: Option<&'static str>,
}

impl Form {
    /// The form of a verb on a dataset. `version` is what is meant unless it is changed.
    pub(super) fn of(verb: Verb, name: &str, version: Option<&str>) -> Form {
        let text = |id, label, hint: &str, value: &str| Field {
            id,
            label,
            hint: hint.to_owned(),
            value: Value::Text(value.to_owned()),
        };
        let choice = |id, label, choices: &[&'static str]| Field {
            id,
            label,
            hint: String::new(),
            value: Value::Choice(choices.to_vec(), 0),
        };
        let version = version.unwrap_or_default();
        let mut fields = match verb {
            Verb::Prepare if name.is_empty() => {
                vec![text(Id::Name, "name", "as in prices.csv", ""), text(Id::Path, "file", "or directory", "")]
            }
            Verb::Prepare => vec![text(Id::Path, "file", "where the dataset lives", "")],
            Verb::Pull => vec![
                text(Id::Version, "version", "the latest", version),
                choice(Id::Staged, "proposals", &["leave out", "take too, from staging"]),
                choice(Id::Force, "local changes", &["keep", "replace; the old file stays beside it"]),
            ],
            Verb::Rollback => vec![text(Id::Version, "to version", "as in v1", version)],
            Verb::Prune => vec![text(Id::Keep, "keep", "so many live versions", "")],
            Verb::Restore => vec![text(Id::Version, "version", "all retired ones", version)],
            Verb::Configure => vec![text(Id::Setting, "value", "no value in this clone", version)],
            Verb::Delete => Vec::new(),
        };
        if !matches!(verb, Verb::Pull | Verb::Configure) {
            fields.push(text(Id::Message, "message", "why, for the review", ""));
            fields.push(choice(Id::Reach, "how far", &REACHES.map(|(_, words, _)| words)));
        }
        Form { verb, name: name.to_owned(), fields, at: 0, fault: None }
    }

    /// Does what a key means to a form, if it means anything.
    pub(super) fn take(&mut self, key: &Key) -> bool {
        let last = self.fields.len().saturating_sub(1);
        self.fault = None;
        match key {
            Key::Up | Key::BackTab => self.at = self.at.saturating_sub(1),
            Key::Down | Key::Tab => self.at = (self.at + 1).min(last),
            _ => match self.fields.get_mut(self.at).map(|field| &mut field.value) {
                Some(Value::Text(text)) => return typed(text, key),
                Some(Value::Choice(choices, at)) => match key {
                    Key::Right | Key::Char(' ') => *at = (*at + 1) % choices.len(),
                    Key::Left => *at = (*at + choices.len() - 1) % choices.len(),
                    _ => return false,
                },
                None => return false,
            },
        }
        true
    }

    fn text(&self, id: Id) -> Option<String> {
        let found = self.fields.iter().find(|field| field.id == id)?;
        match &found.value {
            Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Choice(..) => None,
        }
    }

    fn chosen(&self, id: Id) -> usize {
        let found = self.fields.iter().find(|field| field.id == id);
        found.map_or(0, |field| if let Value::Choice(_, at) = field.value { at } else { 0 })
    }

    /// What was filled in, or why that is not enough.
    pub(super) fn action(&self) -> Result<Action, &'static str> {
        let name = if self.name.is_empty() { self.text(Id::Name) } else { Some(self.name.clone()) };
        let keep = self.text(Id::Keep).map(|keep| keep.parse().unwrap_or(0));
        let action = Action {
            verb: self.verb,
            name: name.ok_or("a dataset needs a name")?,
            path: self.text(Id::Path),
            version: self.text(Id::Version),
            keep: keep.unwrap_or(0),
            staged: self.chosen(Id::Staged) == 1,
            force: self.chosen(Id::Force) == 1,
            message: self.text(Id::Message),
            reach: REACHES[self.chosen(Id::Reach)].0,
            value: self.text(Id::Setting).unwrap_or_default(),
        };
        match self.verb {
            Verb::Prepare if self.name.is_empty() && action.path.is_none() => Err("say which file it is"),
            Verb::Prune if action.keep == 0 => Err("say how many versions stay: a number from 1"),
            Verb::Rollback if action.version.is_none() => Err("say which version, as in v1"),
            _ => Ok(action),
        }
    }
}

/// Types into a text.
pub(super) fn typed(text: &mut String, key: &Key) -> bool {
    match key {
        Key::Char(c) => text.push(*c),
        // A field is one line.
        Key::Paste(pasted) => text.push_str(pasted.lines().next().unwrap_or_default()),
        Key::Backspace => drop(text.pop()),
        Key::Clear => text.clear(),
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(form: &mut Form, text: &str) {
        text.chars().for_each(|c| assert!(form.take(&Key::Char(c))));
    }

    #[test]
    fn a_form_becomes_the_command_that_a_person_would_type() {
        let mut form = Form::of(Verb::Prepare, "", None);
        assert_eq!(form.action(), Err("a dataset needs a name"));
        type_in(&mut form, "a.csv");
        assert_eq!(form.action(), Err("say which file it is"));
        form.take(&Key::Down);
        form.take(&Key::Paste("my data/a.csv\nq".to_owned()));
        form.take(&Key::Tab);
        type_in(&mut form, "it's new");
        form.take(&Key::Down);
        let pr = "git data prepare a.csv 'my data/a.csv' -m 'it'\\''s new' --pr";
        assert_eq!(form.action().unwrap().command(), pr);
        form.take(&Key::Right);
        assert_eq!(form.action().unwrap().reach, Reach::Push);
        form.take(&Key::Left);
        form.take(&Key::Left);
        assert!(form.action().unwrap().command().ends_with("new'"), "nothing but the manifest");
    }

    #[test]
    fn each_verb_says_what_it_needs_and_is_spelled_as_on_the_command_line() {
        let command = |verb, version| Form::of(verb, "x", version).action().map(|action| action.command());
        assert_eq!(command(Verb::Pull, Some("v2")).unwrap(), "git data pull x --version v2");
        assert_eq!(command(Verb::Rollback, Some("v1")).unwrap(), "git data rollback x --to-version v1 --pr");
        assert_eq!(command(Verb::Delete, None).unwrap(), "git data delete x --yes --confirm x --pr");
        assert_eq!(command(Verb::Restore, None).unwrap(), "git data restore x --pr");
        assert_eq!(command(Verb::Rollback, None), Err("say which version, as in v1"));
        assert_eq!(command(Verb::Prune, None), Err("say how many versions stay: a number from 1"));
        let mut prune = Form::of(Verb::Prune, "x", None);
        type_in(&mut prune, "2");
        assert_eq!(prune.action().unwrap().command(), "git data prune x --keep 2 --pr");
        let mut pull = Form::of(Verb::Pull, "x", None);
        for key in [Key::Down, Key::Char(' '), Key::Down, Key::Right] {
            assert!(pull.take(&key));
        }
        assert_eq!(pull.action().unwrap().command(), "git data pull x --staged --force");
    }

    #[test]
    fn a_field_can_be_corrected() {
        let mut form = Form::of(Verb::Rollback, "x", Some("v1"));
        form.take(&Key::Backspace);
        type_in(&mut form, "2");
        assert_eq!(form.action().unwrap().version.as_deref(), Some("v2"));
        form.take(&Key::Clear);
        assert!(form.action().is_err());
        assert!(!form.take(&Key::Enter), "Enter is for the screen");
    }
}
