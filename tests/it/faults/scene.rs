//! The scene of a fault: every command has something to do, and whatever happens, nothing may be lost or wrong.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::LazyLock;

use git_data::flow::hash::Digest;
use git_data::flow::manifest::types::{Manifest, State};
use git_data::flow::manifest::{parse, validate};
use git_data::flow::publication;
use git_data::flow::receipt::Receipt;

use crate::lab::{Backend, Lab, Production, ROBOT, Ran, Staging};
use crate::s3::{Mode, Rights, Server, Snapshot};

/// Who does what: a person, or the publisher.
pub(super) type Does = (&'static str, &'static str);

pub(super) const PREPARE: Does = ("anna", "git data prepare new.csv new.csv --commit");
pub(super) const PREPARE_WIDE: Does = ("anna", "git data prepare wide.bin wide.bin --commit");
pub(super) const PULL: Does = ("bert", "git data pull prices.csv --version v1 --force");
pub(super) const PULL_WIDE: Does = ("bert", "git data pull big.bin --force");
pub(super) const VERIFY: Does = ("anna", "git data verify");
pub(super) const CHECK: Does = (ROBOT, "git-data-publish check --base origin/main --head origin/proposal");
pub(super) const RUN: Does = (ROBOT, "git-data-publish run");
pub(super) const SWEEP: Does = (ROBOT, "git-data-publish sweep --grace 0s");
pub(super) const JANITOR: Does = (ROBOT, "git-data-publish janitor");
pub(super) const FSCK: Does = (ROBOT, "git-data-publish fsck --read-data 100%");

/// One thing that goes wrong while a command runs.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) does: Does,
    pub(super) wrong: fn(&Server),
    /// The exit code, and words that the user reads.
    pub(super) ends: (i32, &'static str),
    /// The same command afterwards, when nothing goes wrong any more.
    pub(super) then: (i32, &'static str),
}

/// The same command then ends well.
pub(super) const WELL: (i32, &str) = (0, "");

/// A laboratory in which every command has something to do, and how it looked at first.
pub(super) struct Scene {
    pub(super) lab: Lab,
    first: Snapshot,
}

/// What is changed by commands and put back.
const FOLDERS: [&str; 7] = ["origin.git", "anna", "bert", ROBOT, "home/anna", "home/bert", "home/robot"];
const PRICES: [&[u8]; 2] = [b"north,1\n", b"north,1\nsouth,2\n"];

impl Scene {
    pub(super) fn new(mode: Mode) -> Scene {
        let lab = Lab::new(Backend::Like(mode));
        lab.furnish();
        let server = lab.server().unwrap();
        // The publisher also sweeps here.
        server.key("publisher", &[("staging", Rights::READ_WRITE), ("production", Rights::READ_WRITE)]);
        for person in ["anna", "bert", ROBOT] {
            lab.set(person, "GIT_DATA_TRIES", "2");
        }
        let prepare = |name: &str, content: &[u8]| {
            lab.write(&format!("anna/{name}"), content);
            lab.run("anna", &format!("git data prepare {name} {name} --push")).ok();
        };
        prepare("prices.csv", PRICES[0]);
        prepare("old.csv", b"old\n");
        prepare("big.bin", wide(1));
        lab.publish();
        lab.update("anna");
        lab.run("anna", "git data delete old.csv --yes --confirm old.csv --commit").ok();
        lab.run("anna", "git push --quiet origin HEAD:main").ok();
        // Its grace period begins.
        lab.run(ROBOT, SWEEP.1).ok();
        lab.update("anna");
        prepare("prices.csv", PRICES[1]);
        prepare("large.bin", wide(2));
        lab.write("anna/costs.csv", "rent,9\n");
        lab.run("anna", "git data prepare costs.csv costs.csv --branch proposal --push").ok();
        lab.update("anna");
        lab.write("anna/new.csv", "new\n");
        lab.write("anna/wide.bin", wide(3));
        lab.update("bert");
        lab.run(ROBOT, "git fetch --quiet origin").ok();
        server.put_raw("staging", &Digest::of(b"junk").hex(), "junk", crate::s3::Backdoor::Put);
        server.age("staging", &Digest::of(b"junk").hex(), 40 * 86_400);
        // What would only be copied back and forth.
        for used in ["anna/big.bin", "anna/large.bin", "home/anna/cache"] {
            lab.remove(used);
        }
        for folder in FOLDERS {
            copy(&lab.path(folder), &lab.path("first").join(folder));
        }
        server.forget();
        let first = server.snapshot();
        Scene { lab, first }
    }

    /// The server.
    pub(super) fn server(&self) -> &Server {
        self.lab.server().expect("it is served")
    }

    /// Plays each case, and only then says which went another way.
    pub(super) fn play(&self, cases: &[Case]) {
        let mut failed = Vec::new();
        for case in cases {
            failed.extend(catch_unwind(AssertUnwindSafe(|| self.play_one(case))).is_err().then_some(case.name));
            self.server().mend();
            self.reset(&[case.does]);
        }
        crate::figure::figure(&format!("faults cases={}", cases.len()));
        assert_eq!(failed, [""; 0]);
    }

    fn play_one(&self, case: &Case) {
        println!("{}", case.name);
        (case.wrong)(self.server());
        let ran = self.does(case.does);
        assert!(ran.code == case.ends.0, "{}: exit {}\n{ran}", case.name, case.ends.0);
        assert!(said(&ran, case.ends.1), "{}: it does not say {:?}\n{ran}", case.name, case.ends.1);
        if ran.code == 4 && ran.stderr.contains("error: ") {
            assert!(ran.stderr.contains("hint: "), "{}: what next?\n{ran}", case.name);
        }
        // What the case itself destroyed, no command can bring back: it was named, and that is all.
        let destroyed = case.then != WELL;
        if !destroyed {
            self.is_sound(case.name);
        }
        self.server().mend();
        let again = self.does(case.does);
        assert!(again.code == case.then.0 && said(&again, case.then.1), "{}: once more\n{ran}\n{again}", case.name);
        if !destroyed {
            self.is_sound(case.name);
        }
        if case.does == RUN && case.then == WELL {
            assert_eq!(
                self.manifest().entries().filter(|(_, e)| e.state == State::Pending).count(),
                0,
                "{}",
                case.name
            );
        }
    }

    /// Runs a command.
    pub(super) fn does(&self, (person, command): Does) -> Ran {
        self.lab.run(person, command)
    }

    /// The manifest of the default branch.
    fn manifest(&self) -> Manifest {
        let text = self.lab.run("origin.git", "git show main:manifest.json").ok().stdout;
        parse::parse(text.as_bytes()).expect("the manifest of the default branch can be read")
    }

    /// No wrong bytes under any key, nothing lost, nothing claimed that is not so.
    #[track_caller]
    pub(super) fn is_sound(&self, name: &str) {
        let keys = self.lab.keys(Production);
        for key in keys.iter().filter(|key| !key.starts_with(".git-data/")) {
            let bytes = self.lab.object(Production, key).expect("it was listed");
            assert!(key.contains(&Digest::of(&bytes).hex()), "{name}: {key} holds other bytes");
        }
        let manifest = self.manifest();
        assert_eq!(validate::validate(&manifest), [], "{name}");
        for (dataset, entry) in manifest.entries().filter(|(_, e)| e.state == State::Published) {
            let key = publication::target(dataset, &manifest.datasets[dataset], entry).unwrap();
            assert!(keys.iter().any(|there| there == key.as_str()), "{name}: {key} is lost");
        }
        for key in keys.iter().filter(|key| key.starts_with(".git-data/published/")) {
            let id = Receipt::parse(&self.lab.object(Production, key).unwrap()).unwrap().identity;
            let entry = manifest.entry(&id.dataset, id.version).unwrap_or_else(|| panic!("{name}: {key}"));
            let gone = matches!(entry.state, State::Purging | State::Purged);
            let size = self.lab.object(Production, id.key.as_str()).map(|bytes| bytes.len() as u64);
            assert!(gone || size == Some(id.size), "{name}: {key} proves what is not there");
        }
        let prices = fs::read(self.lab.path("bert/prices.csv")).ok();
        assert!(prices.is_none_or(|found| PRICES.contains(&&*found)), "{name}: other bytes were pulled");
        let big = fs::read(self.lab.path("bert/big.bin")).ok();
        assert!(big.is_none_or(|found| found == wide(1)), "{name}: other bytes were pulled");
        // What is pending on the default branch or proposed can still be published.
        let staged = self.lab.keys(Staging);
        for bytes in [PRICES[1], wide(2), b"rent,9\n"] {
            assert!(staged.contains(&Digest::of(bytes).hex()), "{name}: staging lost what is needed");
        }
    }

    /// Everything that those commands may have changed as it was at first.
    pub(super) fn reset(&self, done: &[Does]) {
        self.server().restore(&self.first);
        self.server().forget();
        self.server().refuse_skew(false);
        let touched = |folder: &&&str| {
            done.iter().any(|does| {
                let (person, pushes) = (does.0, [RUN, SWEEP].contains(does));
                folder.trim_start_matches("home/") == person || (pushes && ***folder == *"origin.git")
            })
        };
        for folder in FOLDERS.iter().filter(touched) {
            fs::remove_dir_all(self.lab.path(folder)).unwrap();
            copy(&self.lab.path("first").join(folder), &self.lab.path(folder));
        }
    }
}

fn said(ran: &Ran, words: &str) -> bool {
    ran.stdout.contains(words) || ran.stderr.contains(words)
}

/// A whole part and a piece, three times; made once, because the scene looks at them often.
static WIDE: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    [1, 2, 3].map(|seed: u64| {
        let block: Vec<u8> =
            (0..1_000).flat_map(|n: u64| Digest::of(&(n ^ (seed << 32)).to_le_bytes()).bytes().to_vec()).collect();
        block.repeat(263)
    })
});

/// One of them.
pub(super) fn wide(number: usize) -> &'static [u8] {
    &WIDE[number - 1]
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, kind) = entry.map(|e| (e.path(), e.file_type().unwrap())).unwrap();
        let target = to.join(path.file_name().unwrap());
        if kind.is_dir() {
            copy(&path, &target)
        } else {
            let _ = fs::copy(&path, &target).unwrap();
        }
    }
}
