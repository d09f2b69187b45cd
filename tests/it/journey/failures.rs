//! Buckets that cannot be had: each failure is one line, its cause, and a next step that helps.

use crate::lab::{Lab, Production, Staging};

on_every_backend!(a_bucket_out_of_reach_is_explained, verify_leaves_nothing_behind);

fn a_bucket_out_of_reach_is_explained(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.update("bert");
    lab.write("bert/prices.csv", "north,1\n");
    lab.write("bert/new.csv", "new\n");
    let manifest = lab.text("bert/manifest.json");
    lab.remove("bert/prices.csv");
    lab.offline("bert");
    for command in ["git data pull prices.csv", "git data prepare new.csv new.csv"] {
        lab.run("bert", command).fails(4).explains();
    }
    let verified = lab.run("bert", "git data verify").says("✗");
    assert_ne!(verified.code, 0, "{verified}");
    assert_eq!(lab.text("bert/manifest.json"), manifest);
    assert_eq!(lab.run("bert", "git status --porcelain").ok().stdout, "?? new.csv\n");
    lab.online("bert");
    lab.run("bert", "git data pull prices.csv").ok();
}

fn verify_leaves_nothing_behind(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    let before = lab.everything("anna");
    lab.run("anna", "git data verify").ok();
    assert_eq!(lab.everything("anna"), before);
    assert_eq!((lab.uploads(Staging), lab.uploads(Production)), (0, 0));
}

#[cfg(feature = "s3")]
mod served {
    use crate::lab::{Backend, Lab, Production, Staging};
    use crate::s3::{Answer, Fault, Kind, Rights};

    fn begun() -> Lab {
        let lab = Lab::new(Backend::S3);
        lab.furnish();
        lab.write("anna/prices.csv", "north,1\n");
        lab
    }

    const PREPARE: &str = "git data prepare prices.csv prices.csv";

    #[test]
    fn wrong_keys_and_buckets_are_explained() {
        let lab = begun();
        let rights = [("staging", Rights::READ_WRITE), ("nowhere", Rights::READ_WRITE), ("production", Rights::READ)];
        lab.server().unwrap().key("dev", &rights);
        lab.set("anna", "GIT_DATA_STAGING", "s3://nowhere");
        lab.run("anna", PREPARE).fails(4).explains().says("the bucket nowhere does not exist");
        lab.unset("anna", "GIT_DATA_STAGING");
        lab.set("anna", "AWS_SECRET_ACCESS_KEY", "wrong");
        lab.run("anna", PREPARE).fails(4).explains().says("does not accept the access key or its secret");
        lab.without_keys("anna");
        lab.run("anna", PREPARE).fails(4).explains().says("no credentials were found");
        lab.write("anna/.env", "R2_ACCESS_KEY_ID=AKWRONG\nR2_SECRET_ACCESS_KEY=very-secret\n");
        lab.run("anna", PREPARE).fails(4).explains().says("check R2_ACCESS_KEY_ID").silent_about("very-secret");
        lab.write("anna/.env", "R2_ACCESS_KEY_ID: no equals sign very-secret\n");
        lab.run("anna", PREPARE).fails(1).explains().silent_about("very-secret");
    }

    #[test]
    fn the_clock_and_the_session_are_explained() {
        let lab = begun();
        let server = lab.server().unwrap();
        server.fault(Fault::any(Kind::Error(Answer::time_too_skewed())).always());
        lab.run("anna", PREPARE).fails(4).explains().says("this computer's clock is");
        server.mend();
        server.fault(Fault::any(Kind::Error(Answer::expired_token())).always());
        lab.run("anna", PREPARE).fails(4).explains().says("aws sso login");
        server.mend();
        lab.run("anna", PREPARE).ok();
    }

    #[test]
    fn a_laptop_that_can_write_production_is_a_fault() {
        let lab = begun();
        lab.run("anna", "git data verify").ok();
        lab.server().unwrap().key("dev", &[("staging", Rights::READ_WRITE), ("production", Rights::READ_WRITE)]);
        let before = lab.everything("anna");
        lab.run("anna", "git data verify").fails(1).says("✗").says("Not everything is as it should be");
        assert_eq!(lab.everything("anna"), before);
        assert_eq!((lab.keys(Production).len(), lab.uploads(Production), lab.uploads(Staging)), (0, 0, 0));
    }
}
