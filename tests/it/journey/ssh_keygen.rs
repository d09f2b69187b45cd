//! Signed receipts, with the real `ssh-keygen`: who signed is said, and what is not signed as it has to be is refused.

mod keys;

use crate::lab::{Lab, Production, ROBOT};

on_every_backend!(
    who_signed_is_said_to_the_reader,
    what_is_not_signed_as_it_has_to_be_is_refused,
    a_run_that_ended_between_two_writes_is_completed,
    what_was_published_unsigned_is_signed_later,
);

/// The namespace that allows a key to sign receipts and nothing else.
const OURS: &str = "namespaces=\"git-data\"";

/// A key in the laboratory.
fn make_key(lab: &Lab, name: &str) -> String {
    lab.run("", &format!("ssh-keygen -q -t ed25519 -N '' -C {name}@example.org -f {name}.key")).ok();
    lab.path(&format!("{name}.key")).display().to_string()
}

/// A line of the file of signers.
fn signer(lab: &Lab, name: &str, options: &str) -> String {
    format!("{name}@example.org {options} {}", lab.text(&format!("{name}.key.pub")))
}

/// Has a file of signers merged.
fn allow(lab: &Lab, text: &str) {
    lab.update("anna");
    lab.write("anna/.gitdata-signers", text);
    lab.run("anna", "git add .gitdata-signers").ok();
    lab.run("anna", "git commit --quiet -m 'Who may sign'").ok();
    lab.run("anna", "git push --quiet origin main").ok();
}

/// A team whose publisher signs; false where `ssh-keygen` is missing.
fn signing(lab: &Lab) -> bool {
    if !lab.has_ssh_keygen() {
        return false;
    }
    lab.furnish();
    let key = make_key(lab, "robot");
    allow(lab, &signer(lab, "robot", OURS));
    lab.run(ROBOT, &format!("git config publish.sign {key}")).ok();
    true
}

/// The key of the only signature of a dataset's version.
fn signature(lab: &Lab, name: &str, version: &str) -> String {
    let prefix = format!(".git-data/published/{name}/{version}-");
    let found: Vec<_> =
        lab.keys(Production).into_iter().filter(|k| k.starts_with(&prefix) && k.ends_with(".sig")).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// Signs bytes past the publisher.
fn sign_by_hand(lab: &Lab, name: &str, namespace: &str, bytes: &[u8]) -> Vec<u8> {
    lab.rot("message", bytes);
    lab.run("", &format!("ssh-keygen -q -Y sign -n {namespace} -f {name}.key message")).ok();
    let signature = lab.read("message.sig");
    lab.remove("message.sig");
    signature
}

/// What a signature of that receipt is made over.
fn signed_bytes(lab: &Lab, signature: &str) -> Vec<u8> {
    let receipt = lab.object(Production, signature.trim_end_matches(".sig")).unwrap();
    let receipt = git_data::flow::receipt::Receipt::parse(&receipt).unwrap();
    git_data::flow::signature::signed_bytes(&receipt.identity)
}

fn who_signed_is_said_to_the_reader(lab: &Lab) {
    if !signing(lab) {
        return;
    }
    lab.release("anna", "prices.csv", "north,1\n");
    let fingerprint = lab.run("", "ssh-keygen -l -f robot.key.pub").ok().stdout;
    let fingerprint = format!("ED25519 {}", fingerprint.split(' ').nth(1).unwrap());
    lab.update("bert");
    let said = lab.run("bert", "git data pull --verify-signature").ok();
    let line = format!("  signed by robot@example.org ({fingerprint})\n");
    assert!(said.stdout.ends_with(&line), "{said}");
    let json = lab.run("bert", "git data pull prices.csv --verify-signature --json").ok().json();
    assert_eq!(json["datasets"][0]["outcome"], "current", "what is here already is asked for too");
    assert_eq!(json["datasets"][0]["signed_by"], "robot@example.org");
    assert_eq!(json["datasets"][0]["signing_key"], fingerprint.as_str());
    assert_eq!(lab.run("bert", "git data pull --json").ok().json()["datasets"][0].get("signed_by"), None);

    // Every way a version is published is signed: a rollback, which has no object, and a new name.
    lab.release("anna", "prices.csv", "north,2\n");
    lab.run("anna", "git data rollback prices.csv --to-version v1 -m 'It was right' --pr").ok();
    lab.merge("data/prices.csv-v3");
    lab.publish().says("prices.csv v3: the bytes are in production already, verified\n  signed by robot@example.org");
    lab.update("anna");
    lab.run("anna", "git data rename prices.csv costs.csv --pr").ok();
    lab.merge("data/costs.csv-v1");
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull --verify-signature").ok().says("costs.csv v1");
    for (person, program) in [("bert", "git data"), (ROBOT, "git-data-publish")] {
        let all = lab.run(person, &format!("{program} fsck --verify-signature")).ok();
        all.says(&format!("4 receipts signed by robot@example.org ({fingerprint})\n"));
    }
    let json = lab.run("bert", "git data fsck --verify-signature --json").ok().json();
    assert_eq!(json["signatures"][3]["signed_by"], "robot@example.org");

    // The signature is one that anybody can check without this program.
    let at = signature(lab, "costs.csv", "v1");
    lab.write("by-hand", signed_bytes(lab, &at));
    lab.write("by-hand.sig", lab.object(Production, &at).unwrap());
    let check = "sh -c 'ssh-keygen -Y verify -f anna/.gitdata-signers -I robot@example.org -n git-data -s by-hand.sig <by-hand'";
    lab.run("", check).ok().says("Good \"git-data\" signature for robot@example.org");
}

fn what_is_not_signed_as_it_has_to_be_is_refused(lab: &Lab) {
    if !signing(lab) {
        return;
    }
    lab.release("anna", "costs.csv", "coal,1\n");
    lab.release("anna", "prices.csv", "north,1\n");
    make_key(lab, "mallory");
    let at = signature(lab, "prices.csv", "v1");
    let (good, message) = (lab.object(Production, &at).unwrap(), signed_bytes(lab, &at));
    let other = lab.object(Production, &signature(lab, "costs.csv", "v1")).unwrap();
    lab.update("bert");
    let wrong = "the signature beside its receipt is not one of that receipt";
    for (what, bytes, says) in [
        ("over something else", other, wrong),
        ("of a commit", sign_by_hand(lab, "robot", "git", &message), wrong),
        ("garbage", b"\x1b[31mgood\n".to_vec(), wrong),
        ("empty", Vec::new(), wrong),
        ("longer than any", vec![b'-'; 100_000], "what lies beside its receipt is no signature"),
        ("by somebody", sign_by_hand(lab, "mallory", "git-data", &message), "which was not allowed to"),
    ] {
        lab.spoil(Production, &at, &bytes);
        let refused = lab.run("bert", "git data pull prices.csv --verify-signature").fails(5).explains();
        refused.says(says).silent_about("\x1b");
        assert!(!lab.has("bert/prices.csv"), "{what}: nothing is placed");
        lab.run("bert", "git data pull --verify-signature").fails(5);
        lab.run("bert", "git data fsck --verify-signature").fails(5).says(says).says("1 receipt signed by robot");
        lab.run(ROBOT, "git-data-publish fsck --verify-signature --repair").fails(5);
        assert_eq!(lab.object(Production, &at), Some(bytes), "{what}: a signature that is there is never rewritten");
    }
    lab.lose(Production, &at);
    let refused = lab.run("bert", "git data pull prices.csv --verify-signature").fails(5).explains();
    refused.says("prices.csv v1 is not signed").says("hint: git-data-publish fsck --verify-signature --repair");
    lab.run("bert", "git data fsck --verify-signature")
        .fails(5)
        .says("prices.csv v1 is published and its receipt is not signed");
    assert!(!lab.has("bert/prices.csv"));
    lab.run("bert", "git data fsck").ok().silent_about("sign");

    // The hint, where the key is.
    let dry = lab.run(ROBOT, "git-data-publish fsck --verify-signature --repair --dry-run").fails(5);
    dry.silent_about("signed now");
    assert_eq!(lab.object(Production, &at), None);
    lab.run(ROBOT, "git-data-publish fsck --verify-signature --repair").ok().says("is not signed: signed now");
    assert_eq!(lab.object(Production, &at), Some(good.clone()), "the same key signs the same bytes alike");

    // A receipt that was changed is about something else, and nobody signed that.
    let receipt = at.trim_end_matches(".sig");
    let text = String::from_utf8(lab.object(Production, receipt).unwrap()).unwrap();
    lab.spoil(Production, receipt, text.replace("\"size\": 8", "\"size\": 9").as_bytes());
    let refused = lab.run("bert", "git data pull prices.csv --verify-signature").fails(5).explains();
    refused.says("prices.csv v1 has a receipt for something else");
    lab.lose(Production, receipt);
    let refused = lab.run("bert", "git data pull prices.csv --verify-signature").fails(5).explains();
    refused.says("prices.csv v1 has no receipt, so nobody signed for it");
    lab.spoil(Production, receipt, text.as_bytes());

    // A key whose time is over vouches for what it signed before that, and for nothing after.
    for (validity, code) in [("valid-before=\"20200101\"", 5), ("valid-after=\"20200101\"", 0)] {
        allow(lab, &signer(lab, "robot", &format!("{OURS},{validity}")));
        lab.update("bert");
        lab.run("bert", "git data pull prices.csv --verify-signature").fails(code);
    }
}

fn a_run_that_ended_between_two_writes_is_completed(lab: &Lab) {
    if !signing(lab) {
        return;
    }
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.merge("data/prices.csv-v1");
    lab.run(ROBOT, "git-data-publish copy").ok().says("signed by robot@example.org");
    let at = signature(lab, "prices.csv", "v1");
    let receipt = at.trim_end_matches(".sig").to_owned();
    let good = lab.object(Production, &at);

    // Ended after the signature and before the receipt: it is found, and found right.
    lab.lose(Production, &receipt);
    lab.run(ROBOT, "git-data-publish copy").ok().says("signed by robot@example.org");
    assert!(lab.object(Production, &receipt).is_some());

    // A receipt of a publisher that did not sign: the next one proves the bytes anew and signs, or does not.
    lab.lose(Production, &at);
    let object = lab.keys(Production).into_iter().find(|key| key.starts_with("prices.csv/")).unwrap();
    lab.spoil(Production, &object, b"north,9\n");
    lab.publishes().fails(5).says("production holds other bytes");
    assert_eq!(lab.object(Production, &at), None, "nobody signs for what he did not see");
    lab.spoil(Production, &object, b"north,1\n");
    lab.run(ROBOT, "git-data-publish copy").ok().says("signed by robot@example.org");
    assert_eq!(lab.object(Production, &at), good);

    // What lies there and is wrong is an alarm. Nothing is recorded, and nothing is overwritten.
    let message = signed_bytes(lab, &at);
    make_key(lab, "mallory");
    let forged = sign_by_hand(lab, "mallory", "git-data", &message);
    lab.spoil(Production, &at, &forged);
    lab.publishes().fails(5).says("which was not allowed to");
    lab.lose(Production, &receipt);
    lab.publishes().fails(5).says("which was not allowed to");
    assert_eq!((lab.object(Production, &receipt), lab.object(Production, &at)), (None, Some(forged)));
    lab.lose(Production, &at);
    lab.publish();

    // Where signatures are required, finalizing believes no receipt without one.
    lab.write("anna/prices.csv", "north,2\n");
    lab.update("anna");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.merge("data/prices.csv-v2");
    lab.run(ROBOT, "git-data-publish copy").ok();
    let at = signature(lab, "prices.csv", "v2");
    lab.lose(Production, &at);
    lab.run(ROBOT, "git config data.verifySignature true").ok();
    lab.run(ROBOT, "git-data-publish finalize").fails(5).says("prices.csv v2 is not signed");
    lab.publish().says("Recorded on the default branch");
}

fn what_was_published_unsigned_is_signed_later(lab: &Lab) {
    if !lab.has_ssh_keygen() {
        return;
    }
    lab.furnish();
    for (name, content) in [("prices.csv", "north,1\n"), ("costs.csv", "coal,1\n")] {
        lab.release("anna", name, content);
    }
    let key = make_key(lab, "robot");
    allow(lab, &signer(lab, "robot", OURS));
    lab.run("anna", "git config -f .gitdata data.verifySignature true").ok();
    lab.run("anna", "git commit --quiet -a -m 'Receipts have to be signed'").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.update("bert");
    lab.run("bert", "git data pull").fails(5).says("prices.csv v1 is not signed");
    lab.run("bert", "git data pull --dry-run").ok();
    lab.run("bert", "git data fsck").fails(5).says("2 faults");

    // The first run of a publisher with a key. What it cannot prove it does not sign.
    lab.update(ROBOT);
    lab.run(ROBOT, &format!("git config publish.sign {key}")).ok();
    let object = lab.keys(Production).into_iter().find(|key| key.starts_with("costs.csv/")).unwrap();
    lab.spoil(Production, &object, b"coal,9\n");
    lab.run(ROBOT, "git-data-publish fsck --repair")
        .fails(5)
        .says("prices.csv v1 is published and its receipt is not signed: signed now");
    lab.run("bert", "git data pull prices.csv").ok().says("signed by robot@example.org");
    lab.run("bert", "git data pull costs.csv").fails(5).says("costs.csv v1 is not signed");
    lab.spoil(Production, &object, b"coal,1\n");
    lab.run(ROBOT, "git-data-publish fsck --repair").ok();
    lab.run("bert", "git data pull").ok();
    lab.run("bert", "git data fsck").ok().says("2 receipts signed by robot@example.org");
}
