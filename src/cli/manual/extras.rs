//! What a page of the manual says beyond its command line: examples, settings, neighbours.

/// Of one page.
pub(super) struct Extra {
    /// Its name.
    pub(super) page: &'static str,
    /// What for, and what is typed.
    pub(super) examples: &'static [(&'static str, &'static str)],
    /// Settings that change what it does.
    pub(super) settings: &'static [&'static str],
    /// Other pages.
    pub(super) see: &'static [&'static str],
}

/// What a page without an entry says.
const NOTHING: Extra = Extra { page: "", examples: &[], settings: &[], see: &[] };

/// The entry of a page.
pub(super) fn of(page: &str) -> &'static Extra {
    EXTRAS.iter().find(|extra| extra.page == page).unwrap_or(&NOTHING)
}

const BUCKETS: &[&str] = &["data.staging", "data.production", "data.endpoint", "data.region", "data.profile"];
const SENDING: &[&str] = &["data.staging", "data.delta", "data.limitRate", "data.timeout", "data.memory"];

/// In the order of the verbs.
pub(super) const EXTRAS: &[Extra] = &[
    Extra {
        page: "git-data",
        examples: &[
            ("See the whole journey in a sandbox that is removed at its end.", "git data demo"),
            (
                "Propose a new version of a dataset, up to the pull request.",
                "git data prepare prices.csv prices.csv -m 'Prices of 2025' --pr",
            ),
            ("Bring every dataset here, verified.", "git data pull"),
        ],
        settings: &[],
        see: &["git-data-publish", "git", "gitattributes"],
    },
    Extra {
        page: "git-data-init",
        examples: &[
            (
                "Two buckets on AWS, with workflows and the policies of the roles.",
                "git data init --staging s3://team-staging --production s3://team-production --workflows --policies policies",
            ),
            (
                "Two folders beside the repository, to try it.",
                "git data init --staging file:../staging --production file:../production",
            ),
        ],
        settings: BUCKETS,
        see: &["git-data-verify", "git-data-prepare"],
    },
    Extra {
        page: "git-data-prepare",
        examples: &[
            (
                "Propose a first version, or a new one, up to the pull request.",
                "git data prepare prices.csv data/prices.csv -m 'Prices of 2025' --pr",
            ),
            (
                "Everything that changed, in one proposal on the branch of that name.",
                "git data prepare --all -m 'Data of March' --branch data/march --push",
            ),
            ("What would be sent and changed, without doing it.", "git data prepare prices.csv --dry-run"),
            (
                "Refuse the proposal if rows were lost.",
                "git data prepare prices.csv --expect append-only -m 'One more month' --commit",
            ),
        ],
        settings: SENDING,
        see: &["git-data-status", "git-data-diff", "git-data-resume", "git-data-rollback"],
    },
    Extra {
        page: "git-data-resume",
        examples: &[("Go on with every upload that was interrupted.", "git data resume")],
        settings: SENDING,
        see: &["git-data-abort", "git-data-prepare", "git-data-status"],
    },
    Extra {
        page: "git-data-abort",
        examples: &[("See what would be given up.", "git data abort prices.csv --dry-run")],
        settings: &["data.staging"],
        see: &["git-data-resume"],
    },
    Extra {
        page: "git-data-status",
        examples: &[("What a script reads.", "git data status --json")],
        settings: &[],
        see: &["git-data-diff", "git-data-list"],
    },
    Extra {
        page: "git-data-pull",
        examples: &[
            ("Every dataset, at its path.", "git data pull"),
            ("An older version, elsewhere.", "git data pull prices.csv --version v3 -o /tmp/prices-v3.csv"),
            ("Two folders of a directory, now and from now on.", "git data pull maps -- europe asia/north"),
            ("In a workflow that runs right after a merge: wait for the publisher.", "git data pull --wait 10m"),
        ],
        settings: &[
            "data.production",
            "data.publicUrl",
            "data.pullWait",
            "data.cache",
            "data.verifySignature",
            "data.limitRate",
        ],
        see: &["git-data-status", "git-data-cache", "git-data-url"],
    },
    Extra {
        page: "git-data-list",
        examples: &[("Names and latest versions, for a script.", "git data list --json")],
        settings: &[],
        see: &["git-data-log", "git-data-show"],
    },
    Extra {
        page: "git-data-log",
        examples: &[("The last five versions of a dataset.", "git data log prices.csv -n 5")],
        settings: &[],
        see: &["git-data-show", "git-data-diff"],
    },
    Extra {
        page: "git-data-show",
        examples: &[
            ("One version.", "git data show prices.csv@v2"),
            ("Whose content is that?", "git data show b2f45575457593f7"),
        ],
        settings: &[],
        see: &["git-data-log", "git-data-why"],
    },
    Extra {
        page: "git-data-why",
        examples: &[("Who made this file, and what needs it.", "git data why data/prices.csv")],
        settings: &[],
        see: &["git-data-show", "git-data-log"],
    },
    Extra {
        page: "git-data-diff",
        examples: &[
            ("The files here, beside what was last pulled or prepared.", "git data diff"),
            ("Two versions of a dataset.", "git data diff v1..v3 -- prices.csv"),
            ("Two files anywhere; no repository is needed.", "git data diff --files old.csv new.csv --key region,year"),
            ("As a gate in a script: exit code 1 when rows are gone.", "git data diff --staged --fail-on removed-rows"),
        ],
        settings: &["data.memory"],
        see: &["git-data-apply", "git-data-status", "git-data-prepare"],
    },
    Extra {
        page: "git-data-apply",
        examples: &[
            ("The changes of a patch.", "git data apply change.jsonl prices.csv"),
            ("Taken back.", "git data apply --reverse change.jsonl prices.csv"),
            ("Merged, cell by cell, with what was changed here.", "git data apply --3way change.jsonl prices.csv"),
        ],
        settings: &[],
        see: &["git-data-diff", "git-data-merge"],
    },
    Extra {
        page: "git-data-url",
        examples: &[("A link that works for a day.", "git data url prices.csv --version v2 --for 24h")],
        settings: &["data.publicUrl", "data.production"],
        see: &["git-data-pull"],
    },
    Extra {
        page: "git-data-catalog",
        examples: &[
            ("Pages that show every dataset and version, in catalog/.", "git data catalog"),
            ("In a check of pull requests: whether they are what the manifest says.", "git data catalog --check"),
        ],
        settings: &["data.publicUrl", "data.author"],
        see: &["git-data-list", "git-data-url", "git-data-publish-run"],
    },
    Extra {
        page: "git-data-install",
        examples: &[
            ("Have git commit and git push carry the data too.", "git data install"),
            ("What would be written where.", "git data install --dry-run"),
        ],
        settings: &[],
        see: &["git-data-uninstall", "githooks", "gitattributes"],
    },
    Extra {
        page: "git-data-uninstall",
        examples: &[("As if it had never been installed.", "git data uninstall")],
        settings: &[],
        see: &["git-data-install"],
    },
    Extra {
        page: "git-data-rollback",
        examples: &[(
            "Go back, as a proposal that is reviewed like any other.",
            "git data rollback prices.csv --to-version v1 -m 'South 390 was a slip' --pr",
        )],
        settings: &[],
        see: &["git-data-log", "git-data-restore"],
    },
    Extra {
        page: "git-data-merge",
        examples: &[(
            "In a merge that stopped at manifest.json, or on a branch that the host cannot merge.",
            "git data merge",
        )],
        settings: &["data.remote", "data.branch"],
        see: &["git-merge", "gitattributes"],
    },
    Extra {
        page: "git-data-rename",
        examples: &[("A new name; the old one keeps its versions.", "git data rename prices.csv eu/prices.csv --pr")],
        settings: &[],
        see: &["git-data-delete"],
    },
    Extra {
        page: "git-data-prune",
        examples: &[("Retire all but the three newest versions.", "git data prune prices.csv --keep 3 --pr")],
        settings: &["data.grace", "data.keepRefs"],
        see: &["git-data-restore", "git-data-publish-sweep"],
    },
    Extra {
        page: "git-data-delete",
        examples: &[(
            "Without a question, for a script.",
            "git data delete prices.csv --yes --confirm prices.csv --pr",
        )],
        settings: &["data.grace", "data.keepRefs"],
        see: &["git-data-restore", "git-data-prune", "git-data-publish-sweep"],
    },
    Extra {
        page: "git-data-restore",
        examples: &[("Bring one retired version back.", "git data restore prices.csv v2 --pr")],
        settings: &["data.grace"],
        see: &["git-data-delete", "git-data-prune"],
    },
    Extra {
        page: "git-data-migrate",
        examples: &[
            ("See what would be rewritten.", "git data migrate --dry-run"),
            ("Files of Git LFS become datasets, with their history.", "git data migrate --from lfs --pr"),
        ],
        settings: BUCKETS,
        see: &["git-data-init"],
    },
    Extra {
        page: "git-data-verify",
        examples: &[
            ("Whether this machine has the rights of a developer, and no more.", "git data verify"),
            ("The same of a publisher.", "git data verify --role publisher"),
        ],
        settings: BUCKETS,
        see: &["git-data-init", "git-data-fsck"],
    },
    Extra {
        page: "git-data-fsck",
        examples: &[("Look for every object, and read a tenth of them.", "git data fsck --read-data 10%")],
        settings: &["data.production", "data.verifySignature", "data.allowedSigners"],
        see: &["git-data-publish-fsck", "git-data-verify"],
    },
    Extra {
        page: "git-data-cache",
        examples: &[("Make the cache smaller.", "git data cache prune --limit 10G")],
        settings: &["data.cache", "data.cacheSize"],
        see: &["git-data-pull"],
    },
    Extra {
        page: "git-data-cache-size",
        examples: &[("Where it is, and how large.", "git data cache size")],
        settings: &["data.cache"],
        see: &["git-data-cache"],
    },
    Extra {
        page: "git-data-cache-prune",
        examples: &[("What would go.", "git data cache prune --limit 10G --dry-run")],
        settings: &["data.cache", "data.cacheSize"],
        see: &["git-data-cache"],
    },
    Extra {
        page: "git-data-demo",
        examples: &[("Leave the sandbox, to look around in it.", "git data demo --keep --dir sandbox")],
        settings: &[],
        see: &["git-data-init"],
    },
    Extra {
        page: "git-data-completions",
        examples: &[("For bash, where its completion looks for scripts.", "git data completions bash")],
        settings: &[],
        see: &["git-data"],
    },
    Extra {
        page: "git-data-man",
        examples: &[
            ("Let `git data --help` and `man git-data-prepare` work.", "git data man --install"),
            ("Write the pages for a package.", "git data man --dir build/man1"),
        ],
        settings: &[],
        see: &["man", "git-help"],
    },
    Extra {
        page: "git-data-help",
        examples: &[
            ("The page of a verb.", "git data help prepare"),
            ("A page of the manual.", "git data help exit-codes"),
        ],
        settings: &[],
        see: &["git-data-man"],
    },
    Extra {
        page: "git-data-publish",
        examples: &[("In a workflow on the default branch.", "git-data-publish run")],
        settings: &[],
        see: &["git-data"],
    },
    Extra {
        page: "git-data-publish-check",
        examples: &[(
            "In a pull request's workflow.",
            "git-data-publish check --base origin/main --head HEAD --format md",
        )],
        settings: BUCKETS,
        see: &["git-data-publish-run", "git-data-diff"],
    },
    Extra {
        page: "git-data-publish-run",
        examples: &[
            ("Publish all that is merged and pending.", "git-data-publish run"),
            ("See what would be published.", "git-data-publish run --dry-run"),
            ("Refresh the catalog in the commit that records it.", "git-data-publish run --catalog catalog"),
        ],
        settings: &["data.staging", "data.production", "publish.sign"],
        see: &["git-data-publish-copy", "git-data-publish-finalize"],
    },
    Extra {
        page: "git-data-publish-copy",
        examples: &[("The first of four jobs that share a huge publication.", "git-data-publish copy --shard 1/4")],
        settings: &["data.staging", "data.production", "publish.sign"],
        see: &["git-data-publish-run", "git-data-publish-finalize"],
    },
    Extra {
        page: "git-data-publish-finalize",
        examples: &[(
            "Record what receipts prove, in a job that cannot write production.",
            "git-data-publish finalize",
        )],
        settings: &["data.production", "data.verifySignature"],
        see: &["git-data-publish-run", "git-data-publish-copy"],
    },
    Extra {
        page: "git-data-publish-sweep",
        examples: &[("What would be deleted, and what keeps the rest.", "git-data-publish sweep --dry-run")],
        settings: &["data.grace", "data.keepRefs"],
        see: &["git-data-prune", "git-data-delete", "git-data-publish-janitor"],
    },
    Extra {
        page: "git-data-publish-janitor",
        examples: &[("What would be removed from staging.", "git-data-publish janitor --dry-run")],
        settings: &["data.staging"],
        see: &["git-data-publish-sweep"],
    },
    Extra {
        page: "git-data-publish-fsck",
        examples: &[
            ("Each night a tenth of the objects, read and hashed.", "git-data-publish fsck --read-data 10%"),
            ("Bring back what is missing, from a verified copy.", "git-data-publish fsck --repair"),
        ],
        settings: &["data.production", "data.verifySignature"],
        see: &["git-data-fsck"],
    },
];
