//! One error for the whole program: what could not be done, why, and what to type next.

use std::error::Error as StdError;
use std::fmt;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error means to the caller. A kind exists only because something branches on it.
#[derive(serde::Serialize, serde::Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It could not be done as asked.
    User,
    /// The command line itself was wrong.
    Usage,
    /// Some of it was done, some was not.
    Partial,
    /// A bucket or the network failed.
    Store,
    /// The bytes are not those that were recorded.
    Integrity,
    /// Somebody else changed it in between.
    Conflict,
    /// A fault of this program.
    Bug,
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl Kind {
    /// The exit code, as every man page lists it.
    #[must_use]
    pub fn exit(self) -> u8 {
        match self {
            Kind::User => 1,
            Kind::Usage => 2,
            Kind::Partial => 3,
            Kind::Store => 4,
            Kind::Integrity => 5,
            Kind::Conflict => 6,
            Kind::Bug => 70,
            Kind::Interrupted => 130,
        }
    }

    /// Of several failures the one that the exit code names: wrong bytes before all, then the first.
    #[must_use]
    pub fn gravest(kinds: &[Kind]) -> Option<Kind> {
        kinds.iter().find(|kind| **kind == Kind::Integrity).or(kinds.first()).copied()
    }

    /// The word that `--json` prints.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Usage => "usage",
            Kind::Partial => "partial",
            Kind::Store => "store",
            Kind::Integrity => "integrity",
            Kind::Conflict => "conflict",
            Kind::Bug => "bug",
            Kind::Interrupted => "interrupted",
        }
    }
}

/// What could not be done and to what, why, and a command that helps.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// One line; names the object.
    pub message: String,
    /// The cause, if it has one of its own.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
    /// Commands that can be pasted.
    pub hints: Vec<String>,
}

impl Error {
    /// An error of the given kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), source: None, hints: Vec::new() }
    }

    /// It could not be done as asked.
    pub fn user(message: impl Into<String>) -> Self {
        Error::new(Kind::User, message)
    }

    /// The command line was wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(Kind::Usage, message)
    }

    /// A bucket or the network failed.
    pub fn store(message: impl Into<String>) -> Self {
        Error::new(Kind::Store, message)
    }

    /// The bytes are not those that were recorded.
    pub fn integrity(message: impl Into<String>) -> Self {
        Error::new(Kind::Integrity, message)
    }

    /// Somebody else changed it in between.
    pub fn conflict(message: impl Into<String>) -> Self {
        Error::new(Kind::Conflict, message)
    }

    /// A fault of this program.
    pub fn bug(message: impl Into<String>) -> Self {
        Error::new(Kind::Bug, message)
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds a next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// In one line: the message, with its causes in parentheses.
    #[must_use]
    pub fn line(&self) -> String {
        match self.causes().join("; ") {
            causes if causes.is_empty() => self.message.clone(),
            causes => format!("{} ({causes})", self.message),
        }
    }

    /// The causes, outermost first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        std::iter::successors(StdError::source(self), |&cause| cause.source()).map(ToString::to_string).collect()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}
