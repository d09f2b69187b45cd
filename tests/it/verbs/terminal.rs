//! Questions on a real (pseudo) terminal: `init` asks for the buckets, `delete` for the name.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};

use super::furnished;
use crate::lab::{Backend, Lab};

/// Runs a command whose stdin and stderr are a terminal, types the answers, and gives the exit code and what was asked.
fn typed(lab: &Lab, person: &str, command: &str, answers: &str) -> (i32, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut child: Child = lab.start_with(person, command, |run| {
        run.stdin(Stdio::from(slave())).stdout(Stdio::null()).stderr(Stdio::from(slave()));
    });
    let mut master = File::from(master);
    master.write_all(answers.as_bytes()).unwrap();
    let reader = std::thread::spawn(move || {
        let mut shown = Vec::new();
        // With the last slave closed the terminal ends, by an error on Linux.
        let _ = master.read_to_end(&mut shown);
        shown
    });
    let code = child.wait().unwrap().code().unwrap();
    (code, String::from_utf8_lossy(&reader.join().unwrap()).into_owned())
}

#[test]
fn init_asks_for_the_buckets_and_shows_what_it_will_write() {
    let lab = Lab::new(Backend::Directory);
    lab.run("", "git init --quiet new").ok();
    let (code, shown) = typed(&lab, "new", "git data init", "file:../s\nfile:../p\nn\n");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("Bucket that proposals go to") && shown.contains("manifest.json (new)"), "{shown}");
    assert!(shown.contains("Write this [y/N]") && shown.contains("nothing was changed"), "{shown}");
    assert_eq!(lab.run("new", "git status --porcelain").ok().stdout, "");
    // An answer that is no bucket is asked for again; an empty one takes what is offered.
    let (code, shown) = typed(&lab, "new", "git data init", "nonsense\n\n\ny\n");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("is not a bucket"), "{shown}");
    assert_eq!(lab.run("new", "git config -f .gitdata data.staging").ok().stdout, "file:.buckets/staging\n");
    let (code, shown) = typed(&lab, "new", "git data init", "\n\n");
    assert_eq!(code, 0, "nothing is left to write, so nothing is asked: {shown}");
    assert!(!shown.contains("Write this"), "{shown}");
}

#[test]
fn delete_asks_for_the_name_after_its_plan() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    let before = lab.everything("anna");
    let (code, shown) = typed(&lab, "anna", "git data delete a.csv", "b.csv\n");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("v1 → retired") && shown.contains("30 days"), "{shown}");
    assert!(shown.contains("that is not the name"), "{shown}");
    assert_eq!(lab.everything("anna"), before);
    let (code, shown) = typed(&lab, "anna", "git data delete a.csv", "a.csv\n");
    assert_eq!(code, 0, "{shown}");
    lab.run("anna", "git data list").ok().says("retired");
}
