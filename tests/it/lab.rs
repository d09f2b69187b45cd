//! A hermetic laboratory: a bare origin, clones of people, two buckets, the real programs, and nothing of this machine.
//!
//! ```text
//! lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();    a command of a person, in her clone
//! lab.merge("data/prices.csv-v1");                                        what a host does with a pull request
//! lab.publish();                                                          the workflow that follows, with the only key for production
//! lab.check("bert", "git data pull", "…");                                what is printed, to the letter
//! ```

mod bucket;
mod host;
#[cfg(feature = "s3")]
mod ministack;
mod programs;
mod ran;
mod saved;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use self::bucket::Buckets;
pub use self::bucket::{Which, Which::Production, Which::Staging};
#[cfg(feature = "s3")]
pub use self::ministack::is_there as ministack_is_there;
pub use self::programs::{has_program, has_ssh_keygen};
pub use self::ran::Ran;
#[cfg(unix)]
pub use self::saved::Saved;

/// Where the buckets of a laboratory are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Two folders.
    Directory,
    /// The in-process server, with a developer's key and the publisher's.
    #[cfg(feature = "s3")]
    S3,
    /// The same, with the quirks of another provider.
    #[cfg(feature = "s3")]
    Like(crate::s3::Mode),
    /// The server that `tests/run` starts.
    #[cfg(feature = "s3")]
    MiniStack,
}

/// Whose rights a person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads both buckets, writes staging.
    Developer,
    /// Reads staging, writes production.
    Publisher,
}

/// The laboratory. Everything in it is gone when it is dropped.
pub struct Lab {
    dir: TempDir,
    buckets: Buckets,
    more: RefCell<BTreeMap<(String, String), Option<String>>>,
}

/// The clone in which the publisher works, as a workflow's checkout does.
pub const ROBOT: &str = "robot";

const GITCONFIG: &str = "\
[init]
\tdefaultBranch = main
\ttemplateDir =
[advice]
\tdetachedHead = false
[protocol \"file\"]
\tallow = always
[push]
\tdefault = current
[core]
\tautocrlf = false
";

impl Lab {
    /// Two empty buckets, an empty bare origin, and nobody yet.
    pub fn new(backend: Backend) -> Lab {
        let dir = tempfile::Builder::new().prefix("lab").tempdir().unwrap();
        let root = gix::path::realpath(dir.path()).unwrap();
        for folder in ["home", "bin", "temp"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        fs::write(root.join("home/gitconfig"), GITCONFIG).unwrap();
        programs::link_all(&root.join("bin"));
        let lab = Lab { dir, buckets: Buckets::new(backend, &root), more: RefCell::default() };
        lab.run("", "git init --quiet --bare origin.git").ok();
        lab
    }

    /// `init`, committed and pushed by anna, and cloned by bert and the publisher.
    pub fn furnish(&self) {
        self.clone_for("anna");
        self.run("anna", &self.init()).ok();
        self.run("anna", "git commit --quiet -m 'data: version data'").ok();
        self.run("anna", "git push --quiet origin main").ok();
        self.clone_for("bert");
        self.clone_for(ROBOT);
    }

    /// The command that sets a repository up with this laboratory's buckets.
    pub fn init(&self) -> String {
        format!("git data init --staging {} --production {}", self.url(Staging), self.url(Production))
    }

    /// The one file of a folder of a person's work tree that was changed last.
    pub fn newest_of(&self, person: &str, folder: &str) -> String {
        let place = self.path(person).join(folder);
        let files = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap());
        let newest = files.max_by_key(|entry| entry.metadata().unwrap().modified().unwrap()).unwrap();
        format!("{folder}/{}", newest.file_name().to_str().unwrap())
    }

    /// Whether the buckets are folders, which nothing protects.
    pub fn is_sandbox(&self) -> bool {
        self.url(Staging).starts_with("file:")
    }

    /// A clone of the origin in a folder of that name.
    pub fn clone_for(&self, person: &str) {
        self.run("", &format!("git clone --quiet origin.git {person}")).ok();
    }

    /// The URL of a bucket.
    pub fn url(&self, which: Which) -> String {
        self.buckets.url(which)
    }

    /// A file or folder of the laboratory.
    pub fn path(&self, name: &str) -> PathBuf {
        gix::path::realpath(self.dir.path()).unwrap().join(name)
    }

    /// Writes a file, with its folders.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The bytes of a file.
    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The text of a file.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Whether there is such a file.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Removes a file or a folder that is there.
    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    /// Puts a program of the test's own on everybody's path.
    pub fn program(&self, name: &str, script: &str) {
        self.script(&format!("bin/{name}"), script);
    }

    /// Writes a program that a shell reads, such as a hook.
    pub fn script(&self, name: &str, script: &str) {
        self.write(name, script);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// Sets a variable of a person from now on.
    pub fn set(&self, person: &str, name: &str, value: &str) {
        self.more.borrow_mut().insert((person.to_owned(), name.to_owned()), Some(value.to_owned()));
    }

    /// Takes a variable from a person from now on.
    pub fn unset(&self, person: &str, name: &str) {
        self.more.borrow_mut().insert((person.to_owned(), name.to_owned()), None);
    }

    /// Takes every key from a person.
    pub fn without_keys(&self, person: &str) {
        for (name, _) in self.buckets.environment(Role::Developer) {
            if name.starts_with("AWS_") && name != "AWS_REGION" && name != "AWS_EC2_METADATA_DISABLED" {
                self.unset(person, &name);
            }
        }
    }

    /// The `.env` of a person as the predecessor named things; where there are folders, ours.
    pub fn dotenv(&self, person: &str) -> String {
        self.buckets.dotenv(role(person))
    }

    /// Puts the buckets out of a person's reach.
    pub fn offline(&self, person: &str) {
        for (name, value) in self.buckets.nowhere() {
            self.set(person, name, value);
        }
    }

    /// Undoes [`Lab::offline`].
    pub fn online(&self, person: &str) {
        let mut more = self.more.borrow_mut();
        for (name, _) in self.buckets.nowhere() {
            more.remove(&(person.to_owned(), (*name).to_owned()));
        }
    }

    /// Changes the bytes of a file that may be read-only, as a rotten disk does.
    pub fn rot(&self, name: &str, content: impl AsRef<[u8]>) {
        if self.has(name) {
            self.remove(name);
        }
        self.write(name, content);
    }

    /// Runs a command as somebody, in her clone: `person`, or `person/folder` for a folder inside it.
    #[must_use = "say how it ends: ok(), fails(code), or look at what it printed"]
    pub fn run(&self, person: &str, command: &str) -> Ran {
        let out = self.start(person, command).wait_with_output().unwrap();
        Ran::new(command, &out)
    }

    /// Starts a command and does not wait for it.
    pub fn start(&self, person: &str, command: &str) -> std::process::Child {
        self.start_with(person, command, |_| ())
    }

    /// Starts a command with streams of its own.
    pub fn start_with(&self, person: &str, command: &str, dress: impl FnOnce(&mut Command)) -> std::process::Child {
        let words = programs::words(command);
        let (program, args) = words.split_first().expect("a command has a program");
        let mut run = Command::new(self.path("bin").join(program));
        run.args(args).current_dir(self.path(person)).env_clear().envs(self.environment(person));
        run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        dress(&mut run);
        run.spawn().unwrap_or_else(|e| panic!("{command}: {e}"))
    }

    /// All that a person's programs find around them.
    pub fn environment(&self, place: &str) -> BTreeMap<String, String> {
        let person = place.split('/').next().unwrap_or_default();
        let who = if person.is_empty() { "nobody" } else { person };
        let home = self.path("home").join(who);
        fs::create_dir_all(&home).unwrap();
        let text = |path: PathBuf| path.to_str().expect("the laboratory's path is UTF-8").to_owned();
        let mut all = BTreeMap::new();
        let mut put = |name: &str, value: String| all.insert(name.to_owned(), value);
        put("PATH", programs::search_path(&self.path("bin")));
        put("HOME", text(home.clone()));
        put("XDG_CACHE_HOME", text(home.join("cache")));
        put("TMPDIR", text(self.path("temp")));
        put("GIT_CONFIG_GLOBAL", text(self.path("home/gitconfig")));
        put("LC_ALL", "C".to_owned());
        put("TZ", "UTC".to_owned());
        for (name, value) in
            [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_PAGER", "cat"), ("GIT_EDITOR", ":")]
        {
            put(name, value.to_owned());
        }
        for kind in ["AUTHOR", "COMMITTER"] {
            put(&format!("GIT_{kind}_NAME"), who.to_owned());
            put(&format!("GIT_{kind}_EMAIL"), format!("{who}@example.org"));
        }
        all.extend(self.buckets.environment(role(person)));
        for ((_, name), value) in self.more.borrow().iter().filter(|((whose, _), _)| whose == person) {
            match value {
                Some(value) => all.insert(name.clone(), value.clone()),
                None => all.remove(name),
            };
        }
        all
    }

    /// The workflow on main, in a checkout of its own.
    #[must_use = "say how it ends"]
    pub fn publishes(&self) -> Ran {
        self.run(ROBOT, "git-data-publish run")
    }

    /// The workflow on main; it succeeds.
    #[track_caller]
    pub fn publish(&self) -> Ran {
        self.publishes().ok()
    }

    /// Brings a person's main up to what the origin has.
    #[track_caller]
    pub fn update(&self, person: &str) {
        self.run(person, "git switch --quiet main").ok();
        self.run(person, "git pull --quiet --ff-only origin main").ok();
    }

    /// A first or further version of a dataset, from content to production.
    #[track_caller]
    pub fn release(&self, person: &str, name: &str, content: impl AsRef<[u8]>) {
        self.update(person);
        self.write(&format!("{person}/{name}"), content);
        let prepared = self.run(person, &format!("git data prepare {name} {name} --pr --json")).json();
        let branch = prepared["proposal"]["branch"].as_str().expect("it is on a branch").to_owned();
        self.merge(&branch);
        self.publish();
        self.update(person);
    }

    /// Runs a command and compares all it prints: stdout, then stderr, then `[exit N]`. See [`Lab::plain`].
    #[track_caller]
    pub fn check(&self, person: &str, command: &str, expected: &str) {
        let ran = self.run(person, command);
        let found = format!("{}{}[exit {}]\n", self.plain(&ran.stdout), self.plain(&ran.stderr), ran.code);
        ran::compare(command, &ran::dedent(expected), &found);
    }

    /// Text without what differs from run to run: «LAB», «staging», «production», «digest», «commit», «time».
    pub fn plain(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (which, name) in [(Staging, "«staging»"), (Production, "«production»")] {
            for url in self.buckets.spellings(which) {
                text = text.replace(&url, name);
            }
        }
        let root = self.path("");
        let root = root.to_str().unwrap().trim_end_matches('/').to_owned();
        ran::without_chance(&text.replace(&root, "«LAB»"))
    }

    /// The keys of a bucket, in order.
    pub fn keys(&self, which: Which) -> Vec<String> {
        self.buckets.keys(which)
    }

    /// The keys of a bucket with every digest written as «digest».
    pub fn plain_keys(&self, which: Which) -> Vec<String> {
        self.keys(which).iter().map(|key| ran::without_chance(key)).collect()
    }

    /// The bytes at a key.
    pub fn object(&self, which: Which, key: &str) -> Option<Vec<u8>> {
        self.buckets.get(which, key)
    }

    /// Replaces the bytes at a key, past all programs.
    pub fn spoil(&self, which: Which, key: &str, bytes: &[u8]) {
        self.buckets.put(which, key, bytes);
    }

    /// Puts bytes at a key where nothing lies yet, past all programs.
    pub fn plant(&self, which: Which, key: &str, bytes: &[u8]) {
        assert_eq!(self.object(which, key), None);
        self.buckets.put(which, key, bytes);
    }

    /// Removes the object at a key, past all programs.
    pub fn lose(&self, which: Which, key: &str) {
        self.buckets.delete(which, key);
    }

    /// Makes everything in staging, a folder, look that many days old; what a janitor takes meanwhile is gone.
    pub fn age_staging(&self, days: u64) {
        let paths = self.keys(Staging).into_iter().map(|key| self.path(&format!("buckets/staging/{key}")));
        for file in paths.filter_map(|path| fs::File::options().write(true).open(path).ok()) {
            file.set_modified(SystemTime::now() - Duration::from_secs(days * 86_400)).unwrap();
        }
    }

    /// Unfinished uploads of a bucket.
    pub fn uploads(&self, which: Which) -> usize {
        self.buckets.uploads(which)
    }

    /// The in-process server, if it holds the buckets.
    #[cfg(feature = "s3")]
    pub fn server(&self) -> Option<&crate::s3::Server> {
        self.buckets.server()
    }
}

fn role(person: &str) -> Role {
    // Further publishers are called robot-2 and so on.
    if person.starts_with(ROBOT) { Role::Publisher } else { Role::Developer }
}
