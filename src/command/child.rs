//! Our own program as a process that reads files which nobody trusts: without credentials, bounded in memory and time.
//! Whatever goes wrong there is an error here, and never "no change".

use std::io::Read;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::command::env::Surroundings;
use crate::command::{patching, preview};
use crate::error::{Error, Kind, Result};
use crate::flow::text::human_size;
use crate::process::Run;
use crate::process::limits::{self, Limits};

/// The word that makes our own program such a process. It is for no person.
pub const WORD: &str = "read-tables";

/// What a process needs beside the memory that reading may hold: code, threads, pages of the system.
const BESIDE: u64 = 1 << 30;

/// What is asked of it.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Request {
    task: Task,
    bounds: Limits,
}

impl Request {
    /// A task that is to hold about so many bytes, and may take so many seconds of processor time.
    pub(super) fn new(task: Task, memory: u64, seconds: Option<u64>) -> Request {
        Request { task, bounds: Limits { memory: memory.saturating_add(BESIDE), seconds } }
    }
}

#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) enum Task {
    Compare(preview::Wish),
    Make(preview::Wish, std::path::PathBuf),
    Apply(patching::Application),
}

/// What it says.
#[derive(Serialize, Deserialize)]
enum Reply<T> {
    Done(T),
    Failed { kind: Kind, message: String, cause: Option<String>, hints: Vec<String> },
}

/// Asks such a process; `what` it does is said while it takes long.
pub(super) fn ask<T: DeserializeOwned>(around: &Surroundings, request: &Request, what: &str) -> Result<T> {
    around.progress.wait(what);
    let answer = asked(around, request);
    around.progress.finish();
    answer
}

fn asked<T: DeserializeOwned>(around: &Surroundings, request: &Request) -> Result<T> {
    let words = serde_json::to_vec(request).map_err(|e| Error::bug("a request cannot be written").because(e))?;
    let mut run = Run::new(&around.program).arg(WORD).bare().stdin(words);
    if let Some(seconds) = request.bounds.seconds {
        // Waiting for a disk is not working: twice as long by the clock.
        run = run.timeout(Duration::from_secs(seconds * 2 + 10));
    }
    let ran = run.output()?;
    if ran.ok() {
        let reply: Reply<T> =
            serde_json::from_slice(&ran.stdout).map_err(|e| Error::user("what was found cannot be read").because(e))?;
        return match reply {
            Reply::Done(done) => Ok(done),
            Reply::Failed { kind, message, cause, hints } => {
                let source = cause.map(Into::into);
                Err(Error { kind, message, source, hints })
            }
        };
    }
    Err(Error::user(match (ran.code, request.bounds.seconds) {
        (137 | 152, Some(seconds)) => format!("it took more than {seconds} s of processor time"),
        (134, _) => format!("it needs more than {} of memory", human_size(request.bounds.memory)),
        (code, _) => format!("the process that reads it ended with {code}"),
    }))
}

/// What that process does: reads the request, bounds itself, works, and answers.
pub fn answer(from: &mut dyn Read) -> Result<Vec<u8>> {
    let request: Request = serde_json::from_reader(from).map_err(wrong)?;
    limits::set(request.bounds)?;
    match request.task {
        Task::Compare(wish) => reply(preview::compare(&wish)),
        Task::Make(wish, out) => reply(patching::made(&wish, &out)),
        Task::Apply(application) => reply(patching::applied(&application)),
    }
}

fn reply<T: Serialize>(result: Result<T>) -> Result<Vec<u8>> {
    let reply = result.map_or_else(
        |error| {
            let cause = Some(error.causes().join("; ")).filter(|cause| !cause.is_empty());
            Reply::Failed { kind: error.kind, message: error.message, cause, hints: error.hints }
        },
        Reply::Done,
    );
    serde_json::to_vec(&reply).map_err(wrong)
}

fn wrong(e: serde_json::Error) -> Error {
    Error::usage(format!("{WORD} is for git data itself")).because(e)
}
