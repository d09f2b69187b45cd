//! Settings of a proposal: they count for nobody before the merge, and for the publisher not even after it.

use serde_json::json;

use super::{After, Check, Court, Make, Proposal};
use crate::lab::Staging;
use After::{Live, Refused};
use Check::{Green, Red};
use Make::Tree;

const NEW: &[u8] = b"north,3\n";

/// The settings of the court with one more section, beside an honest version.
fn with(court: &Court, section: &str) {
    court.offer("prices.csv", "v3", NEW, json!({"base": "v2"}));
    let settings = court.lab.text("mallory/.gitdata");
    court.write(".gitdata", format!("{settings}{section}"));
}

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "production is elsewhere",
        make: Tree(|court| with(court, "[data]\n\tproduction = file:../elsewhere\n")),
        check: Green,
        after: Refused(1, ".gitdata says data.production = file:../elsewhere, the workflow says"),
    },
    Proposal {
        name: "staging is elsewhere, where the bytes are others",
        make: Tree(|court| with(court, "[data]\n\tstaging = file:../elsewhere\n")),
        check: Green,
        after: Refused(1, ".gitdata says data.staging = file:../elsewhere, the workflow says"),
    },
    Proposal {
        name: "staging is elsewhere, and only there are the bytes",
        make: Tree(|court| {
            with(court, "[data]\n\tstaging = file:../elsewhere\n");
            court.lab.lose(Staging, &super::court::digest(NEW));
            court.lab.write(&format!("elsewhere/{}", super::court::digest(NEW)), NEW);
        }),
        check: Red(4, "prices.csv v3 is not in staging"),
        after: Refused(1, ".gitdata says data.staging = file:../elsewhere, the workflow says"),
    },
    Proposal {
        name: "a server that listens",
        make: Tree(|court| with(court, "[data]\n\tendpoint = http://127.0.0.1:1\n")),
        check: Green,
        after: Refused(1, ".gitdata says data.endpoint = http://127.0.0.1:1, the workflow says nothing"),
    },
    Proposal {
        name: "a setting spelled so that it is overlooked",
        make: Tree(|court| with(court, "[DATA]\n\tPRODUCTION = file:../elsewhere\n")),
        check: Green,
        after: Refused(1, "says data.production = file:../elsewhere"),
    },
    Proposal {
        name: "a credential",
        make: Tree(|court| with(court, "[data]\n\tsecretAccessKey = canary\n")),
        check: Red(1, "must never hold a credential"),
        after: Refused(1, "must never hold a credential"),
    },
    Proposal {
        name: "another file",
        make: Tree(|court| with(court, "[include]\n\tpath = /etc/passwd\n")),
        check: Red(1, ".gitdata may not include other files"),
        after: Refused(1, ".gitdata may not include other files"),
    },
    Proposal {
        name: "no settings, but something else",
        make: Tree(|court| with(court, "[data\nx\n")),
        check: Red(1, ".gitdata cannot be read"),
        after: Refused(1, ".gitdata cannot be read"),
    },
    Proposal {
        name: "a command of git: it is no setting, and nobody runs it",
        make: Tree(|court| {
            with(court, "[core]\n\tsshCommand = touch owned\n\tfsmonitor = touch owned\n[alias]\n\tx = !touch owned\n")
        }),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "attributes that name drivers: nobody configured them",
        make: Tree(|court| {
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2"}));
            court.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
            court.git("config filter.evil.clean cat");
        }),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
];

#[test]
fn no_proposal_moves_a_bucket() {
    let court = Court::new();
    court.judge(PROPOSALS);
    for place in ["owned", "mallory/owned", "robot/owned", "elsewhere/.store", "origin.git/owned"] {
        assert!(!court.lab.has(place), "{place}");
    }
}
