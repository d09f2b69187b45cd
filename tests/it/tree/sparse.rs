//! Some paths of a directory: kept in git's configuration, and the others stay as they are.

use super::{few, look, on_each, release};

#[test]
fn a_set_of_paths_is_kept_and_the_rest_is_not_lost() {
    on_each(|lab| {
        few(lab, "anna");
        release(lab, "anna");
        lab.update("bert");
        lab.run("bert", "git data pull maps -- eu/").ok().says("maps v1: 2 paths put");
        assert_eq!(look(lab, "bert/maps"), ["eu/de.csv k,1\n", "eu/fr.csv k,2\n"]);
        lab.run("bert", "git data pull maps -- nowhere").fails(1).explains().says("maps has no path \"nowhere\"");
        lab.run("bert", "git data status").ok().says("current v1");
        lab.run("bert", "git data prepare maps").ok().says("maps is unchanged: it is v1.");
        assert_eq!(lab.run("bert", "git config --get-all data.maps.sparse").ok().stdout, "eu\n");

        // What is changed here is changed, what is not here is what it was.
        lab.write("bert/maps/eu/fr.csv", "changed\n");
        lab.remove("bert/maps/eu/de.csv");
        lab.run("bert", "git data status").ok().says("maps: 1 changed, 1 removed");
        release(lab, "bert");
        lab.update("anna");
        lab.run("anna", "git data pull").ok();
        assert_eq!(look(lab, "anna/maps"), ["a.txt one\n", "eu/fr.csv changed\n", "us/tx.csv k,3\n"]);

        lab.write("anna/maps/eu/it.csv", "k,4\n");
        lab.write("anna/maps/us/ny.csv", "k,5\n");
        release(lab, "anna");
        lab.update("bert");
        lab.run("bert", "git data pull").ok();
        assert_eq!(look(lab, "bert/maps"), ["eu/fr.csv changed\n", "eu/it.csv k,4\n"]);
        lab.run("bert", "git data pull maps -- us/ny.csv").ok();
        assert_eq!(look(lab, "bert/maps").len(), 3);
        lab.run("bert", "git data pull maps --all-paths").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));

        // Of a whole tree a path comes back, and nothing else moves.
        lab.remove("bert/maps/a.txt");
        lab.write("bert/maps/us/tx.csv", "mine\n");
        lab.run("bert", "git data pull maps -- a.txt").ok();
        assert_eq!(lab.text("bert/maps/us/tx.csv"), "mine\n");
        assert_eq!(lab.text("bert/maps/a.txt"), "one\n");
        lab.run("bert", "git config --get-all data.maps.sparse").fails(1);
        lab.run("bert", "git data pull maps -o out -- maps/us us/ny.csv").ok();
        assert_eq!(look(lab, "bert/out"), ["us/ny.csv k,5\n", "us/tx.csv k,3\n"]);
    });
}
