//! Where the reader of a manifest is and which members it has seen.

use std::cell::{Cell, RefCell};

use serde::de::{self, Error as _, MapAccess};

use super::json::{self, Json, Name};
use crate::error::Error;

/// Where the reader is; on an error it says where that happened.
#[derive(Default)]
pub(super) struct At {
    dataset: RefCell<Option<String>>,
    pub(super) index: Cell<Option<usize>>,
    pub(super) member: Cell<Option<&'static str>>,
}

impl At {
    pub(super) fn enter(&self, dataset: &str) {
        *self.dataset.borrow_mut() = Some(dataset.to_owned());
    }

    pub(super) fn leave(&self) {
        *self.dataset.borrow_mut() = None;
    }

    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        if let Some(dataset) = &*self.dataset.borrow() {
            path = format!("datasets.{dataset:?}");
        }
        if let Some(index) = self.index.get() {
            path += &format!(".versions[{index}]");
        }
        if let Some(member) = self.member.get() {
            path += if path.is_empty() { "" } else { "." };
            path += member;
        }
        path
    }

    pub(super) fn error(&self, error: &serde_json::Error) -> Error {
        let (line, column, path) = (error.line(), error.column(), self.path());
        let path = if path.is_empty() { path } else { format!("{path}: ") };
        Error::user(format!("manifest.json, line {line}, column {column}: {path}{}", json::words(error)))
            .hint("git log -p -- manifest.json shows who changed that place")
    }
}

/// Reads the next value as the member of that name, which may not have been seen before.
pub(super) struct Seen<'a> {
    at: &'a At,
    bits: u32,
    extra: Vec<(String, Json)>,
    names: &'static [&'static str],
    /// Canonical files have their members in our order: the next is likely the one after the last.
    last: usize,
}

impl<'a> Seen<'a> {
    pub(super) fn new(at: &'a At, names: &'static [&'static str]) -> Self {
        Seen { at, bits: 0, extra: Vec::new(), names, last: 0 }
    }

    /// The next member that is ours; others are put aside.
    pub(super) fn next<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Option<&'static str>, A::Error> {
        self.at.member.set(None);
        while let Some(Name(name)) = map.next_key()? {
            let after = self.names[self.last..].iter().position(|n| *n == name).map(|n| n + self.last);
            let Some(n) = after.or_else(|| self.names[..self.last].iter().position(|n| *n == name)) else {
                let value: Json =
                    map.next_value().map_err(|e| A::Error::custom(format_args!("the member {name:?} {e}")))?;
                self.extra.push((name.into_owned(), value));
                continue;
            };
            self.at.member.set(Some(self.names[n]));
            self.last = n;
            if self.bits & (1 << n) != 0 {
                return Err(A::Error::custom("the member is there twice"));
            }
            self.bits |= 1 << n;
            return Ok(Some(self.names[n]));
        }
        Ok(None)
    }

    /// The unknown members, once all those that must be there were.
    pub(super) fn end<E: de::Error>(mut self, needed: &[&str]) -> Result<Vec<(String, Json)>, E> {
        let has = |name: &str| self.names.iter().position(|n| *n == name).is_some_and(|n| self.bits & (1 << n) != 0);
        if let Some(missing) = needed.iter().find(|name| !has(name)) {
            return Err(E::custom(format_args!("the member {missing:?} is missing")));
        }
        json::sort(&mut self.extra).map_err(|name| E::custom(format_args!("the member {name:?} is there twice")))?;
        Ok(self.extra)
    }
}
