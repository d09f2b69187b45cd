//! Programs. One way to start them, one way for them to fail. What they say is parsed elsewhere.
#![expect(clippy::disallowed_methods, reason = "this is the room that starts programs")]

pub mod limits;
mod rights;
mod wait;

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::crash::{around, moment};
use crate::error::{Error, Kind, Result};
use crate::flow::text::without_credentials;

/// Arguments longer than this are cut when they are shown.
const SHOWN: usize = 120;

/// All that a program gets which is to be trusted with nothing.
const BARE: [&str; 5] = ["PATH", "TMPDIR", "TEMP", "TMP", "SystemRoot"];

/// One program, about to run.
#[derive(Clone, Debug)]
pub struct Run {
    program: OsString,
    args: Vec<OsString>,
    cwd: Option<PathBuf>,
    env: Vec<(OsString, Option<OsString>)>,
    keep: Vec<String>,
    stdin: Option<Vec<u8>>,
    timeout: Option<Duration>,
    install: Option<String>,
    bare: bool,
}

/// What a program that ended left behind.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code; 128 + n when signal n ended it.
    pub code: i32,
    /// Everything it wrote to stdout.
    pub stdout: Vec<u8>,
    /// Everything it wrote to stderr.
    pub stderr: Vec<u8>,
}

impl Ran {
    /// Whether it ended with 0.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.code == 0
    }

    /// Its stderr as text, without credentials.
    #[must_use]
    pub fn words(&self) -> String {
        without_credentials(&String::from_utf8_lossy(&self.stderr))
    }

    /// Its stdout as text, without the final line ends.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end_matches(['\n', '\r']).to_owned()
    }
}

impl Run {
    /// Names the program: a path, or a name that is looked for on `PATH`.
    pub fn new(program: impl Into<OsString>) -> Self {
        Run {
            program: program.into(),
            args: Vec::new(),
            cwd: None,
            env: Vec::new(),
            keep: Vec::new(),
            stdin: None,
            timeout: None,
            install: None,
            bare: false,
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets the directory it starts in.
    #[must_use]
    pub fn cwd(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cwd = Some(dir.into());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Gives it nothing of our environment but where programs and temporary files are.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Lets the program have a secret of ours that it would not get otherwise.
    #[must_use]
    pub fn keep_secret(mut self, name: impl Into<String>) -> Self {
        self.keep.push(name.into());
        self
    }

    /// What it reads from stdin; nothing otherwise.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Kills it when it has not ended by then.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The hint for a machine without this program.
    #[must_use]
    pub fn install_hint(mut self, hint: impl Into<String>) -> Self {
        self.install = Some(hint.into());
        self
    }

    /// Runs it to its end. Any exit code is an answer; not starting at all is an error.
    pub fn output(&self) -> Result<Ran> {
        let mut command = self.command()?;
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let ended = around(|| {
            let child = command.spawn().map_err(|e| self.not_started(e))?;
            moment("during");
            Ok(wait::collect(child, self.stdin.clone(), self.timeout))
        })?;
        match ended {
            Ok(Some(ran)) => Ok(ran),
            Ok(None) => Err(Error::user(format!("{} did not end in time and was stopped", self.shown()))),
            Err(e) => Err(Error::user(format!("lost contact with {}", self.shown())).because(e)),
        }
    }

    /// Runs it, and gives its stdout if it ended with 0.
    pub fn ok(&self) -> Result<Vec<u8>> {
        let ran = self.output()?;
        if ran.ok() { Ok(ran.stdout) } else { Err(self.failed(Kind::User, &ran)) }
    }

    /// Like [`Run::ok`], as text without the final line ends.
    pub fn text(&self) -> Result<String> {
        let ran = self.output()?;
        if ran.ok() { Ok(ran.text()) } else { Err(self.failed(Kind::User, &ran)) }
    }

    /// Runs it on our own terminal, and gives its exit code.
    pub fn inherit(&self) -> Result<i32> {
        let mut command = self.command()?;
        let status = around(|| command.status()).map_err(|e| self.not_started(e))?;
        Ok(wait::code(status))
    }

    /// The error for an exit code that was not wanted.
    #[must_use]
    pub fn failed(&self, kind: Kind, ran: &Ran) -> Error {
        let error = Error::new(kind, format!("{} failed with exit code {}", self.shown(), ran.code));
        let words = ran.words();
        if words.trim().is_empty() { error } else { error.because(words.trim().to_owned()) }
    }

    /// The command line as it may be shown: no credentials, no endless arguments.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut line = self.program.to_string_lossy().into_owned();
        for arg in &self.args {
            let arg = without_credentials(&arg.to_string_lossy());
            let short: String = arg.chars().take(SHOWN).collect();
            let cut = if short.len() < arg.len() { "…" } else { "" };
            let _ = if short.is_empty() || short.contains(char::is_whitespace) {
                write!(line, " '{short}{cut}'")
            } else {
                write!(line, " {short}{cut}")
            };
        }
        line
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(&self.program);
        if self.bare {
            command.env_clear();
            for name in BARE {
                command.envs(std::env::var_os(name).map(|value| (name, value)));
            }
        }
        command.args(&self.args).env("LC_ALL", "C").env_remove("LANGUAGE");
        for (name, _) in std::env::vars_os() {
            if rights::withheld(&program_name(&self.program), &name, &self.keep) {
                command.env_remove(name);
            }
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(dir) = &self.cwd {
            // Otherwise the system says of a missing directory that the program was not found.
            if !dir.is_dir() {
                return Err(Error::user(format!("{} is not a directory", dir.display())));
            }
            command.current_dir(dir);
        }
        Ok(command)
    }

    fn not_started(&self, e: io::Error) -> Error {
        let name = program_name(&self.program);
        if e.kind() != io::ErrorKind::NotFound {
            return Error::user(format!("`{name}` could not be started")).because(e);
        }
        let hint = self.install.clone().unwrap_or_else(|| format!("install {name}, and see that it is on your PATH"));
        Error::user(format!("`{name}` was not found on this machine")).because(e).hint(hint)
    }
}

/// `git` for `/usr/bin/git` and `git.exe`.
fn program_name(program: &OsStr) -> String {
    let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
    name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
}

#[cfg(test)]
mod tests;
