//! What this machine may do with a bucket, against what its role should: the table of `git data verify`.

use serde::Serialize;

use super::attempt::{Answer, Attempt, Probed};
use super::probe::{Capabilities, capabilities};
use crate::error::Result;

/// Who this machine is.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Prepares and pulls
    #[default]
    Developer,
    /// Only pulls
    Reader,
    /// Checks pull requests
    Check,
    /// Publishes
    Publisher,
    /// Deletes from production
    Sweeper,
    /// Cleans staging
    Janitor,
}

/// Which of the two buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where proposals lie.
    Staging,
    /// Where published versions lie.
    Production,
}

/// What should be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// It must be so.
    Yes,
    /// It must not be so.
    No,
    /// Either is well.
    Either,
}

impl Expected {
    /// For a table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Expected::Yes => "yes",
            Expected::No => "no",
            Expected::Either => "either",
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Right {
    /// What was tried.
    pub right: &'static str,
    /// What this role should be able to do.
    pub expected: Expected,
    /// `yes`, `no` or `unknown`.
    pub found: &'static str,
    /// They agree, or nothing can be said.
    pub ok: bool,
    /// Why, or what follows.
    pub note: String,
}

/// How to learn what needs writing to learn.
pub enum Trial<'a> {
    /// Try it here, with small objects of our own that are removed again.
    Here(&'a dyn Probed),
    /// It was tried before.
    Known(&'a Capabilities),
    /// It cannot be.
    Not,
}

/// Tries every right; nothing stays behind. `id` is a fresh random name.
pub fn rights(role: Role, place: Place, attempt: &dyn Attempt, trial: &Trial<'_>, id: &str) -> Result<Vec<Right>> {
    use Expected::{Either, Yes};
    let exists = attempt.exists()?;
    let mut rows = vec![row("exists", Yes, exists.clone(), "")];
    if exists == Answer::No {
        return Ok(rows);
    }
    let [read, list, write, delete] = expected(role, place);
    let writes = attempt.can_write(id)?;
    let deletes = attempt.can_delete(id)?;
    rows.push(row("read", read, attempt.can_read(id)?, ""));
    rows.push(row("list", list, attempt.can_list()?, ""));
    rows.push(row("write", write, writes.clone(), too_much(role, place)));
    rows.push(row(
        "delete",
        delete,
        deletes.clone(),
        "on R2 a token that may write may also delete: use a bucket lock",
    ));
    let found = match trial {
        Trial::Here(store) if writes == Answer::Yes && deletes == Answer::Yes => Some(capabilities(*store, id)?),
        Trial::Known(found) => Some((*found).clone()),
        _ => None,
    };
    let known = |pick: fn(&Capabilities) -> bool| match &found {
        Some(found) if pick(found) => Answer::Yes,
        Some(_) => Answer::No,
        None => Answer::Unknown("it cannot be tried here without leaving something behind".into()),
    };
    let weaker = "keys are never reused, and it is looked before and after: safe, but weaker";
    rows.push(row("conditional writes", Yes, known(|c| c.create_only && c.create_only_complete), weaker));
    rows.push(row(
        "checksum refusal",
        Yes,
        known(|c| c.refuses_wrong_digest),
        "the publisher hashes every byte itself",
    ));
    rows.push(row("versioning", Either, attempt.versioned()?, "versions protect against mistakes outside git data"));
    if let Some(why) = attempt.unprotectable() {
        for row in &mut rows {
            row.ok = true;
            why.clone_into(&mut row.note);
        }
    }
    Ok(rows)
}

/// Read, list, write, delete.
fn expected(role: Role, place: Place) -> [Expected; 4] {
    use Expected::{Either, No, Yes};
    match (role, place) {
        (Role::Developer, Place::Staging) => [Yes, Either, Yes, Either],
        (Role::Publisher, Place::Staging) => [Yes, Either, Either, Either],
        (Role::Check, Place::Staging) => [Yes, Either, No, No],
        (Role::Janitor, Place::Staging) => [Either, Yes, Either, Yes],
        (Role::Reader | Role::Sweeper, Place::Staging) => [Either, Either, No, No],
        (Role::Publisher, Place::Production) => [Yes, Yes, Yes, Either],
        (Role::Sweeper, Place::Production) => [Yes, Yes, Either, Yes],
        (Role::Developer | Role::Reader | Role::Check, Place::Production) => [Yes, Either, No, No],
        (Role::Janitor, Place::Production) => [Either, Either, No, No],
    }
}

fn too_much(role: Role, place: Place) -> &'static str {
    match (role, place) {
        (Role::Developer | Role::Reader, Place::Production) => {
            "a laptop must not be able to write production: take this right away from its credentials"
        }
        _ => "this role should have other rights here",
    }
}

/// The note is for when it is not as expected.
fn row(right: &'static str, expected: Expected, found: Answer, note: &str) -> Right {
    let (word, ok, note) = match (found, expected) {
        (Answer::Unknown(why), _) => ("unknown", true, why),
        (Answer::Yes, expected) => ("yes", expected != Expected::No, note.to_owned()),
        (Answer::No, expected) => ("no", expected != Expected::Yes, note.to_owned()),
    };
    let note = if ok && word != "unknown" { String::new() } else { note };
    Right { right, expected, found: word, ok, note }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake {
        write: Answer,
        sandbox: bool,
    }

    impl Attempt for Fake {
        fn name(&self) -> String {
            "s3://b".into()
        }
        fn unprotectable(&self) -> Option<&'static str> {
            self.sandbox.then_some("unprotectable (sandbox)")
        }
        fn exists(&self) -> Result<Answer> {
            Ok(Answer::Yes)
        }
        fn can_read(&self, _: &str) -> Result<Answer> {
            Ok(Answer::Yes)
        }
        fn can_list(&self) -> Result<Answer> {
            Ok(Answer::Yes)
        }
        fn can_write(&self, _: &str) -> Result<Answer> {
            Ok(self.write.clone())
        }
        fn can_delete(&self, _: &str) -> Result<Answer> {
            Ok(Answer::No)
        }
        fn versioned(&self) -> Result<Answer> {
            Ok(Answer::No)
        }
    }

    fn bad(role: Role, place: Place, fake: &Fake) -> Vec<&'static str> {
        let rows = rights(role, place, fake, &Trial::Not, "id").unwrap();
        rows.into_iter().filter(|row| !row.ok).map(|row| row.right).collect()
    }

    #[test]
    fn a_laptop_that_can_write_production_is_a_fault() {
        let fake = |write| Fake { write, sandbox: false };
        assert_eq!(bad(Role::Developer, Place::Production, &fake(Answer::Yes)), ["write"]);
        assert!(bad(Role::Developer, Place::Production, &fake(Answer::No)).is_empty());
        assert_eq!(bad(Role::Publisher, Place::Production, &fake(Answer::No)), ["write"]);
        assert_eq!(bad(Role::Developer, Place::Staging, &fake(Answer::No)), ["write"]);
    }

    #[test]
    fn what_could_not_be_found_out_is_no_fault_and_says_why() {
        let fake = Fake { write: Answer::Unknown("no answer".into()), sandbox: false };
        let rows = rights(Role::Publisher, Place::Production, &fake, &Trial::Not, "id").unwrap();
        let write = rows.iter().find(|row| row.right == "write").unwrap();
        assert_eq!((write.found, write.ok, write.note.as_str()), ("unknown", true, "no answer"));
    }

    #[test]
    fn a_directory_is_called_a_sandbox() {
        let fake = Fake { write: Answer::Yes, sandbox: true };
        let rows = rights(Role::Developer, Place::Production, &fake, &Trial::Not, "id").unwrap();
        assert!(rows.iter().all(|row| row.ok && row.note == "unprotectable (sandbox)"));
    }
}
