//! Where the pages of the manual play: machines with a home, and what somebody has there already.

use crate::fresh::{Machine, Ran};

/// A machine and the folder that the reader is in.
pub(super) struct World {
    pub(super) machine: Machine,
    folder: String,
}

/// A team that has published twice: anna's clone, bert's, the origin and two folders that are buckets.
const TEAM: &str = "
git init -q --bare -b main origin.git
git clone -q origin.git anna 2>/dev/null
cd anna
git checkout -q -b main
git data init -q --staging file:../staging --production file:../production
git commit -q -m 'data: version data with git data'
git push -q origin main
release() {
  git data prepare -q prices.csv prices.csv -m \"$1\" --commit --branch main
  git push -q origin main
  git-data-publish run -q
  git pull -q
}
printf 'region,year,price\\nnorth,2024,41\\nsouth,2024,39\\n' >prices.csv
release 'Prices of 2024'
printf 'region,year,price\\nnorth,2024,41\\nsouth,2024,390\\nnorth,2025,44\\n' >prices.csv
release 'Prices of 2025'
git clone -q ../origin.git ../bert
cd ../bert
git data pull -q
";

impl World {
    /// A world by its name.
    pub(super) fn new(name: &str) -> World {
        let (machine, folder) = match name {
            "empty" => {
                let machine = Machine::new();
                std::fs::create_dir(machine.at("desk")).unwrap();
                (machine, "desk")
            }
            "repository" => {
                let machine = Machine::new();
                machine.run("", "git", &["init", "-q", "-b", "main", "desk"]).well();
                (machine, "desk")
            }
            "clone" => (Machine::with_clone(), "clone"),
            "team" => {
                let machine = Machine::new();
                machine.run("", "sh", &["-euc", TEAM]).well();
                (machine, "anna")
            }
            other => panic!("there is no world {other}"),
        };
        World { machine, folder: folder.to_owned() }
    }

    /// Plays a script as on a terminal, both streams in one; where it ends is where the next one begins.
    pub(super) fn play(&mut self, script: &str) -> Ran {
        let place = self.machine.at("place");
        let place = place.to_str().unwrap();
        let script = format!("exec 2>&1\ntrap 'pwd >\"{place}\"' EXIT\n{script}");
        let ran = self.machine.run(&self.folder, "sh", &["-euc", &script]);
        let here = std::fs::read_to_string(place).unwrap();
        self.folder = here.trim_end().to_owned();
        ran
    }
}
