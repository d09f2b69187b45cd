//! A change of a table as a patch: told by `diff`, made elsewhere by `apply`, taken back, merged.

use crate::lab::{Backend, Lab};

const OLD: &str = "id,place,price\r\n1,Oslo,\"1.50\"\r\n2,Bergen,2\r\n3,Leeds,3\r\n";
const NEW: &str = "id,place,price\r\n1,Oslo,1.5\r\n2,Bergen,20\r\n4,York,4\r\n";

/// A dataset, and a changed file in the work tree.
fn changed() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab.write("anna/prices.csv", OLD);
    lab.run("anna", "git data prepare prices.csv prices.csv --commit").ok();
    lab.write("anna/prices.csv", NEW);
    lab
}

#[test]
fn a_change_travels_as_a_patch() {
    let lab = changed();
    let patch = lab.run("anna", "git data diff --format patch").ok();
    assert_eq!(patch.stdout.lines().count(), 5, "{patch}");
    assert!(patch.stdout.contains(r#""old":"2","new":"20","old_raw":"2","new_raw":"20""#), "{patch}");
    let written = lab.run("anna", "git data diff --format patch -o ../change.jsonl").ok();
    assert_eq!(written.stdout, "prices.csv: 2 rows edited, 1 row added, 1 row removed, written to ../change.jsonl\n");
    assert_eq!(lab.read("change.jsonl"), patch.stdout.as_bytes());
    // Somebody else has the older file; no repository is needed.
    lab.write("theirs.csv", OLD);
    let plan = lab.run("", "git-data apply change.jsonl theirs.csv --dry-run").ok();
    assert!(plan.stdout.contains("Nothing was changed; this is the plan:"), "{plan}");
    assert_eq!(lab.read("theirs.csv"), OLD.as_bytes());
    let applied = lab.run("", "git-data apply change.jsonl theirs.csv").ok();
    assert_eq!(applied.stdout, "theirs.csv: 2 rows edited, 1 row added, 1 row removed\n");
    assert_eq!((lab.read("theirs.csv"), applied.stderr.as_str()), (NEW.into(), ""));
    let again = lab.run("", "git-data apply change.jsonl theirs.csv --json").ok().json();
    assert_eq!((&again["already"], &again["rows"]["edited"]), (&true.into(), &2.into()));
    lab.run("", "git-data apply --reverse change.jsonl theirs.csv -o back.csv").ok();
    assert_eq!((lab.read("theirs.csv"), lab.read("back.csv")), (NEW.into(), OLD.into()));
}

#[test]
fn what_was_changed_elsewhere_is_merged_or_refused() {
    let lab = changed();
    lab.run("anna", "git data diff --format patch -o ../change.jsonl").ok();
    let other = OLD.replace("Bergen", "Tromsø") + "9,own,9\r\n";
    lab.write("theirs.csv", &other);
    let merged = lab.run("", "git-data apply change.jsonl theirs.csv").ok();
    assert!(merged.stderr.contains("its rows were found by their key"), "{merged}");
    let expected = "id,place,price\r\n1,Oslo,1.5\r\n2,Tromsø,20\r\n9,own,9\r\n4,York,4\r\n";
    assert_eq!(String::from_utf8(lab.read("theirs.csv")).unwrap(), expected);
    // The same cell in two ways.
    let other = OLD.replace("Bergen,2", "Bergen,7");
    lab.write("theirs.csv", &other);
    let refused = lab.run("", "git-data apply change.jsonl theirs.csv").fails(6);
    assert!(refused.stderr.contains("row 2 price is not as the patch expects it"), "{refused}");
    let refused = lab.run("", "git-data apply --3way change.jsonl theirs.csv").fails(6);
    assert!(refused.stderr.contains("row 2 price: 7 here, 2 before, 20 in the patch"), "{refused}");
    assert_eq!(lab.read("theirs.csv"), other.as_bytes());
    let kept = lab.run("", "git-data apply --3way --ours change.jsonl theirs.csv").ok();
    assert!(kept.stdout.contains("kept row 2 price: 7, not 20"), "{kept}");
    let expected = "id,place,price\r\n1,Oslo,1.5\r\n2,Bergen,7\r\n4,York,4\r\n";
    assert_eq!(String::from_utf8(lab.read("theirs.csv")).unwrap(), expected);
}

#[cfg(feature = "tables")]
#[test]
fn a_patch_of_a_parquet_file_is_one() {
    use std::sync::Arc;

    use arrow_array::{Int64Array, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;

    let lab = Lab::new(Backend::Directory);
    let write = |name: &str, ids: &[i64], names: &[&str]| {
        let columns = [
            ("id", Arc::new(Int64Array::from(ids.to_vec())) as arrow_array::ArrayRef),
            ("name", Arc::new(StringArray::from(names.to_vec()))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = std::fs::File::create(lab.path(name)).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    };
    write("old.parquet", &[1, 2, 3], &["a", "b", "c"]);
    write("new.parquet", &[1, 2, 4], &["a", "B", "d"]);
    let to_terminal = lab.run("", "git-data diff --files old.parquet new.parquet --format patch").fails(1);
    assert!(to_terminal.stderr.contains("git data diff --format patch -o PATCH.parquet"), "{to_terminal}");
    lab.run("", "git-data diff --files old.parquet new.parquet --format patch -o p.parquet").ok();
    lab.run("", "git-data apply p.parquet old.parquet").ok();
    lab.run("", "git-data diff --files old.parquet new.parquet --exit-code").ok();
    lab.write("a.csv", "id\n1\n");
    let other = lab.run("", "git-data apply p.parquet a.csv").fails(1);
    assert!(other.stderr.contains("a.csv is no Parquet file"), "{other}");
}

#[test]
fn what_cannot_be_applied_says_why() {
    let lab = changed();
    lab.write("theirs.csv", OLD);
    lab.write("not.jsonl", "hello\n");
    lab.run("", "git-data apply not.jsonl theirs.csv").fails(1).explains();
    lab.run("", "git-data apply nothing theirs.csv").fails(1).explains();
    lab.run("", "git-data apply not.jsonl theirs.csv --ours").fails(2);
    lab.run("anna", "git data diff -o x").fails(2).explains();
    lab.run("anna", "git data diff --format patch --exit-code").fails(2);
    lab.run("anna", "git data diff --format patch -o ../change.jsonl").ok();
    // A patch that was tampered with does not make what it promises.
    let text = String::from_utf8(lab.read("change.jsonl")).unwrap().replace("\"new_raw\":\"20\"", "\"new_raw\":\"99\"");
    lab.write("change.jsonl", text);
    let damaged = lab.run("", "git-data apply change.jsonl theirs.csv").fails(5).explains();
    assert!(damaged.stderr.contains("does not make the file that it names"), "{damaged}");
    assert_eq!(lab.read("theirs.csv"), OLD.as_bytes());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(lab.path("theirs.csv"), lab.path("link.csv")).unwrap();
        let link = lab.run("", "git-data apply change.jsonl link.csv").fails(1);
        assert!(link.stderr.contains("is a symbolic link"), "{link}");
    }
    lab.run("anna", "git data diff --format patch nothing").fails(1).explains();
}
