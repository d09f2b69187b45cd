//! Which key signs and who is believed: settings, secrets, agents, and a file of signers that a proposal changes.

use super::{OURS, allow, make_key, signer, signing};
use crate::lab::{Backend, Lab, Production, ROBOT, Staging};

/// A version that waits for the publisher.
fn merged(lab: &Lab) {
    lab.update("anna");
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.merge("data/prices.csv-v1");
}

#[test]
fn a_key_that_cannot_sign_stops_the_run_before_anything_is_copied() {
    let lab = Lab::new(Backend::Directory);
    if !signing(&lab) {
        return;
    }
    merged(&lab);
    let nothing = |says: &str| {
        lab.publishes().fails(1).explains().says(says);
        assert_eq!(lab.keys(Production), Vec::<String>::new(), "{says}");
    };
    let mallory = make_key(&lab, "mallory");
    lab.run(ROBOT, &format!("git config publish.sign {mallory}")).ok();
    nothing("the signing key may not sign: .gitdata-signers of commit ");
    lab.run(ROBOT, "git config publish.sign /no/such.key").ok();
    nothing("publish.sign names /no/such.key, and there is no such file");
    lab.run("", "ssh-keygen -q -t ed25519 -N passphrase -f locked.key").ok();
    lab.run(ROBOT, &format!("git config publish.sign {}", lab.path("locked.key").display())).ok();
    nothing("a key with a passphrase has to be in an agent");
    lab.run(ROBOT, "git config publish.sign 'key::ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'").ok();
    nothing("ssh-add -L");
    lab.set(ROBOT, "GIT_DATA_SIGNING_KEY", "canary");
    nothing("two keys to sign with");
    lab.run(ROBOT, "git config --unset publish.sign").ok();
    nothing("has to be a whole private key without a passphrase");
    lab.unset(ROBOT, "GIT_DATA_SIGNING_KEY");
    lab.run(ROBOT, "git config data.verifySignature true").ok();
    nothing("receipts have to be signed here, and there is no key to sign with");
    // Which key signs is not for the repository to say: whoever merges a line there would choose a file of the publisher.
    lab.update("anna");
    lab.run("anna", &format!("git config -f .gitdata publish.sign {}", lab.path("robot.key").display())).ok();
    lab.run("anna", "git commit --quiet -a -m 'The key'").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.update(ROBOT);
    lab.publishes().fails(1).says("note: publish.sign in .gitdata does not count");
}

#[test]
fn the_secret_of_the_environment_reaches_no_output_no_bucket_and_no_other_program() {
    let lab = Lab::new(Backend::Directory);
    if !signing(&lab) {
        return;
    }
    merged(&lab);
    lab.run(ROBOT, "git config --unset publish.sign").ok();
    let key = lab.text("robot.key");
    lab.set(ROBOT, "GIT_DATA_SIGNING_KEY", &key);
    let hook = format!("#!/bin/sh\nset >'{0}'\n", lab.path("seen").display());
    lab.script("origin.git/hooks/pre-receive", &hook);
    lab.script("robot/.git/hooks/pre-push", &hook);
    let secret = key.lines().nth(2).unwrap();
    let said = lab.run(ROBOT, "git-data-publish run -v").ok().says("signed by robot@example.org").silent_about(secret);
    assert!(!said.stderr.contains("PRIVATE"), "{said}");
    assert!(lab.text("seen").contains("GIT_DIR") && !lab.text("seen").contains(secret), "{}", lab.text("seen"));
    for which in [Staging, Production] {
        for key in lab.keys(which) {
            assert!(!String::from_utf8_lossy(&lab.object(which, &key).unwrap()).contains(secret), "{key}");
        }
    }
    let mut folders = vec![lab.path("robot"), lab.path("temp"), lab.path("home"), lab.path("origin.git")];
    let mut looked = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                looked += 1;
                assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{} holds the key", path.display());
            }
        }
    }
    assert!(looked > 20, "{looked} files were looked at");
}

#[cfg(unix)]
#[test]
fn an_agent_signs_for_a_public_key() {
    let lab = Lab::new(Backend::Directory);
    if !signing(&lab) {
        return;
    }
    for program in ["ssh-agent", "ssh-add"] {
        lab.link(program);
    }
    merged(&lab);
    let public = lab.text("robot.key.pub");
    lab.run(ROBOT, &format!("git config publish.sign 'key::{}'", public.trim())).ok();
    let key = lab.path("robot.key");
    lab.run("", &format!("ssh-keygen -q -p -P '' -N secret -f {}", key.display())).ok();
    // The agent asks this program for the passphrase, as it would ask a person.
    lab.program("ask", "#!/bin/sh\necho secret\n");
    lab.set(ROBOT, "SSH_ASKPASS", lab.path("bin/ask").to_str().unwrap());
    lab.set(ROBOT, "SSH_ASKPASS_REQUIRE", "force");
    let both = format!("ssh-agent sh -c 'ssh-add {} && git-data-publish run'", key.display());
    lab.run(ROBOT, &both).ok().says("signed by robot@example.org");
}

#[test]
fn who_may_sign_is_what_the_default_branch_says() {
    let lab = Lab::new(Backend::Directory);
    if !signing(&lab) {
        return;
    }
    lab.release("anna", "prices.csv", "north,1\n");
    make_key(&lab, "mallory");
    lab.update("bert");
    // A proposal that replaces the signers is no merge: what is checked out does not count.
    lab.run("bert", "git switch --quiet --create other").ok();
    lab.write("bert/.gitdata-signers", signer(&lab, "mallory", OURS));
    lab.run("bert", "git commit --quiet -a -m 'Me too'").ok();
    lab.run("bert", "git data pull --verify-signature").ok().says("signed by robot@example.org");

    // One's own file, which nobody can merge into, counts instead. It is named outside of the repository only.
    lab.write("mine", signer(&lab, "mallory", OURS));
    let mine = lab.path("mine").display().to_string();
    lab.run("bert", &format!("git config data.allowedSigners {mine}")).ok();
    let refused = lab.run("bert", "git data pull --verify-signature").fails(5);
    refused.says("which was not allowed to").says(&mine);
    lab.write("home/bert/signers", signer(&lab, "robot", OURS).replace("robot@example.org", "our-robot"));
    lab.run("bert", "git config data.allowedSigners '~/signers'").ok();
    lab.run("bert", "git data pull --verify-signature").ok().says("signed by our-robot (ED25519");
    lab.run("bert", "git config --unset data.allowedSigners").ok();
    lab.run("bert", &format!("git config -f .gitdata data.allowedSigners {mine}")).ok();
    let refused = lab.run("bert", "git data pull --verify-signature").fails(1).says("outside the repository");
    refused.says("hint: git config -f .gitdata data.allowedSigners .gitdata-signers");

    // A name of one's own for the file; and none at all.
    lab.update("anna");
    lab.run("anna", "git mv .gitdata-signers keys.txt").ok();
    lab.run("anna", "git config -f .gitdata data.allowedSigners keys.txt").ok();
    lab.run("anna", "git commit --quiet -a -m 'Another name'").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.run("anna", "git data pull --verify-signature").ok().says("signed by robot@example.org");
    lab.run("anna", "git config -f .gitdata --unset data.allowedSigners").ok();
    let refused = lab.run("anna", "git data pull prices.csv --verify-signature").fails(1).explains();
    refused.says("nobody is named who may sign").says("has no .gitdata-signers");
}

#[test]
fn a_proposal_has_no_signature_and_a_merged_version_is_waited_for() {
    let lab = Lab::new(Backend::Directory);
    if !signing(&lab) {
        return;
    }
    allow(&lab, &format!("# who may sign\n{}", signer(&lab, "robot", OURS)));
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git switch --quiet data/prices.csv-v1").ok();
    lab.run("bert", "git data pull --staged --verify-signature").fails(2).says("exclude each other");
    lab.run("bert", "git config data.verifySignature true").ok();
    lab.run("bert", "git data pull --staged").ok().says("note: a proposal is not published, so nobody signed for it");
    lab.remove("bert/prices.csv");
    lab.merge("data/prices.csv-v1");
    lab.update("bert");
    // Staging holds the bytes, and may be read here; but nobody signed for them yet.
    lab.remove("home/bert/cache");
    lab.run("bert", "git data pull prices.csv").fails(4).explains().says("is merged but not yet published");
    assert!(!lab.has("bert/prices.csv"));
    lab.publish();
    lab.run("bert", "git data pull prices.csv").ok().says("signed by robot@example.org");
}
