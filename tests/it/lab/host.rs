//! What a host of repositories does: it merges, it protects branches, and others push at the same time.

use super::{Lab, ROBOT};

impl Lab {
    /// Merges branches of the origin into its main, as a host does when a pull request is merged.
    #[track_caller]
    pub fn merge(&self, branch: &str) {
        self.run(ROBOT, "git fetch --quiet origin").ok();
        self.run(ROBOT, "git switch --quiet main").ok();
        self.run(ROBOT, "git reset --quiet --hard origin/main").ok();
        self.run(ROBOT, &format!("git merge --quiet --no-ff -m 'Merge {branch}' origin/{branch}")).ok();
        self.run(ROBOT, "git push --quiet origin main").ok();
    }

    /// Main of the origin takes no push any more, by a rule.
    pub fn protect_main(&self) {
        let hook = "#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n";
        self.script("origin.git/hooks/pre-receive", hook);
    }

    /// Main of the origin takes pushes again.
    pub fn unprotect_main(&self) {
        self.remove("origin.git/hooks/pre-receive");
    }

    /// The next push to the origin meets a main that moved to that ref of the origin just before. See [`Lab::has_raced`].
    pub fn race(&self, to: &str) {
        let hook = "#!/bin/sh\n\
             if test -e raced; then exit 0; fi\n\
             : >raced\n\
             unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n\
             exec git update-ref refs/heads/main ";
        self.script("origin.git/hooks/pre-receive", &format!("{hook}{to}\n"));
    }

    /// Whether a push met the moved main.
    pub fn has_raced(&self) -> bool {
        self.has("origin.git/raced")
    }
}
