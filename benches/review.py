#!/usr/bin/env python3
"""Measures the comparison of two versions of a large table beside what people use, and prints a table. Asserts nothing.

The table has 5 million rows of 13 columns (about 700 MB as CSV) and is the same on every machine. Its later versions:

    edited      6,130 cells in other rows changed, 500 rows added at the end, 298 removed; the order is the same
    shuffled    the edited one in another order
    dropped     the edited one without its free text
    renamed     the edited one with another name for one column

As CSV they are compared with the csv-diff crate, which is `qsv diff` without its command line; as Parquet (zstd) with a full
outer join in DuckDB. A million of the rows are an SQLite database, of which 100 rows changed, or every tenth: beside sqldiff.

    benches/review.py                        builds the programs, makes the tables, measures
    benches/review.py --only csv             rows whose name begins so; more of them separated by commas
    benches/review.py --rows 100000 --runs 1 quicker
    benches/review.py --folder PATH          keeps the tables there for the next time

The csv-diff program is built, and DuckDB's is installed from Python's registry, below target/peers; `sqldiff` has to be there
(Debian: sqlite3-tools). CPU time (user and system, of all processes) and the peak memory of the largest one are those that
the kernel counted (wait4). Every file is read once before the first run, so that it is in the page cache; runs take turns.
"""

import argparse
import os
import random
import shlex
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PEERS = TOP / "target" / "peers"
DUCKDB = "1.5.6"
COLUMNS = {
    "sample_id": "BIGINT",
    "subject": "VARCHAR",
    "site": "VARCHAR",
    "visit": "INTEGER",
    "plate": "INTEGER",
    "collected": "DATE",
    "conc": "DOUBLE",
    "temperature": "DOUBLE",
    "price": "DECIMAL(12,2)",
    "passed": "BOOLEAN",
    "note": "VARCHAR",
    "code": "VARCHAR",
    "measured_at": "TIMESTAMP",
}
NAMES = ",".join(COLUMNS)
SITES = ["Oslo", "Leeds", "Porto", "Lyon", "Graz", "Turku", "Ghent", "Bonn"]
WORDS = "after before cold warm sample plate reader drift clean noisy repeat check edge lot north south".split()

CARGO = """[package]
name = "csv-diff-peer"
version = "0.0.0"
edition = "2021"

[dependencies]
csv = "1"
csv-diff = "=0.1.2"

[profile.release]
lto = "thin"

[workspace]
"""
# The first column is the key, as in the crate's own example and in qsv.
MAIN = """use csv_diff::{csv::Csv, csv_diff::CsvByteDiffLocal, diff_row::DiffByteRecord};
use std::fs::File;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let open = |path: &str| File::open(path).map(Csv::with_reader_seek);
    let mut found = CsvByteDiffLocal::new()?.diff(open(&files[0])?, open(&files[1])?)?;
    found.sort_by_line();
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(std::io::stdout().lock());
    for record in found.as_slice() {
        match record {
            DiffByteRecord::Add(row) | DiffByteRecord::Delete(row) => out.write_byte_record(row.byte_record())?,
            DiffByteRecord::Modify { delete, add, .. } => {
                out.write_byte_record(delete.byte_record())?;
                out.write_byte_record(add.byte_record())?;
            }
        }
    }
    Ok(out.flush()?)
}
"""


def note(dice):
    """Free text: missing, empty, plain, with a comma, or with quotes."""
    kind = dice.randrange(20)
    if kind < 5:
        return ""
    if kind < 6:
        return '""'
    text = " ".join(dice.choices(WORDS, k=3 + kind % 7))
    if kind < 12:
        return text
    return f'"{text}, {kind}"' if kind < 18 else f'"{text} ""{kind}"" {text}"'


def rows(count):
    """The fields of each row, as they are written."""
    dice = random.Random(7)
    for n in range(count):
        bits = dice.getrandbits(60)
        yield [
            str(1_000_000 + n),
            f"subject-{bits % 99991:05d}",
            SITES[bits % 8],
            str(bits % 12),
            str(bits // 12 % 5000),
            f"20{10 + bits % 16}-{1 + bits % 12:02d}-{1 + bits % 28:02d}",
            f"{bits % 10_000_019 / 10_000:.4f}",
            f"{bits % 7919 / 211:.6f}",
            f"{bits % 1_000_003 / 100:.2f}",
            "true" if bits % 5 else "false",
            note(dice),
            f"C{bits % 1_000_000_007:010d}",
            f"2026-{1 + bits % 12:02d}-{1 + bits % 28:02d}T{bits % 24:02d}:{bits % 60:02d}:{bits % 59:02d}Z",
        ]


def texts(folder, count):
    """Writes the older version and all later ones as CSV."""
    dice = random.Random(11)
    edited = set(dice.sample(range(count), max(1, count * 6130 // 5_000_000)))
    gone = set(dice.sample(range(count), count * 300 // 5_000_000)) - edited
    kept = []
    with open(folder / "old.csv", "w", newline="") as old:
        old.write(NAMES + "\n")
        for n, fields in enumerate(rows(count + count * 500 // 5_000_000)):
            if n < count:
                old.write(",".join(fields) + "\n")
            if n in gone:
                continue
            if n in edited:
                fields[6 + n % 3] = str(n % 977) + ".5"
            kept.append(",".join(fields) + "\n")
    dropped = NAMES.split(",").index("note")
    with open(folder / "dropped.csv", "w", newline="") as out:
        out.write(NAMES.replace(",note", "") + "\n")
        for line in kept:
            fields = line.split(",", dropped)
            # The note may hold commas; what follows it never does.
            out.write(",".join(fields[:dropped] + line.rsplit(",", 2)[1:]))
    for name, header in [("edited", NAMES), ("renamed", NAMES.replace("plate", "tray")), ("shuffled", NAMES)]:
        if name == "shuffled":
            dice.shuffle(kept)
        with open(folder / f"{name}.csv", "w", newline="") as out:
            out.write(header + "\n")
            out.writelines(kept)


def parquets(folder, duckdb):
    """Writes the same as Parquet."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    for name in ("old", "edited", "shuffled"):
        read = f"read_csv('{folder}/{name}.csv', header = true, allow_quoted_nulls = false, columns = {{{columns}}})"
        write = f"COPY (SELECT * FROM {read}) TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        subprocess.run([duckdb, "-init", os.devnull, "-c", write], check=True, stdout=subprocess.DEVNULL)


def databases(folder, count):
    """Writes the first rows as a database, and two later versions of it."""
    kinds = {"BIGINT": "INTEGER PRIMARY KEY", "INTEGER": "INTEGER", "DOUBLE": "REAL", "DECIMAL(12,2)": "REAL"}
    columns = ", ".join(f"{name} {kinds.get(kind, 'TEXT')}" for name, kind in COLUMNS.items())
    with sqlite3.connect(folder / "old.db") as base:
        base.execute(f"CREATE TABLE samples ({columns})")
        places = ", ".join("?" * len(COLUMNS))
        base.executemany(f"INSERT INTO samples VALUES ({places})", rows(count))
    for name, every in [("few", max(1, count // 100)), ("tenth", 10)]:
        shutil.copyfile(folder / "old.db", folder / f"{name}.db")
        with sqlite3.connect(folder / f"{name}.db") as base:
            base.execute("UPDATE samples SET conc = conc + 0.5 WHERE sample_id % ? = 7 % ?", [every, every])


def make(folder, count, duckdb):
    """Writes all tables; in a process of its own, because it needs much memory."""
    texts(folder, count)
    parquets(folder, duckdb)
    databases(folder, max(1, count // 5))
    (folder / "complete").touch()


def install():
    """The programs that ours is measured beside."""
    peer = PEERS / "csv-diff"
    (peer / "src").mkdir(parents=True, exist_ok=True)
    (peer / "Cargo.toml").write_text(CARGO)
    (peer / "src" / "main.rs").write_text(MAIN)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=peer, check=True)
    duckdb = PEERS / f"duckdb-{DUCKDB}" / "bin" / "duckdb"
    if not duckdb.exists():
        subprocess.run([sys.executable, "-m", "venv", duckdb.parent.parent], check=True)
        pip = [duckdb.parent / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"duckdb-cli=={DUCKDB}"], check=True)
    return {"csv-diff": peer / "target" / "release" / "csv-diff-peer", "duckdb": duckdb, "sqldiff": "sqldiff"}


def join(old, new):
    """What someone who knows SQL asks DuckDB."""
    differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in COLUMNS)
    return f"SELECT * FROM '{old}' a FULL JOIN '{new}' b ON a.sample_id = b.sample_id WHERE {differs}"


# What is compared, by which peer, how much CPU of the peer's it may take, and how much memory.
ROWS = [
    ("csv edited", "csv-diff", 0.2, None),
    ("csv shuffled", "csv-diff", 0.5, 150),
    ("csv dropped", "csv-diff", 1.5, None),
    ("csv renamed", "csv-diff", None, None),
    ("parquet edited", "duckdb", 1.0, 350),
    ("parquet shuffled", "duckdb", 1.0, 350),
    ("db tenth", "sqldiff", 1.0, None),
    ("db few", "sqldiff", 0.2, None),
]


def measure(line, folder):
    """Runs a program; CPU seconds, peak MiB, wall seconds."""
    start = time.monotonic()
    with open(folder / "out", "wb") as out:
        child = subprocess.Popen(line, stdout=out, cwd=folder)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{shlex.join(map(str, line))} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, time.monotonic() - start


def verdict(is_so, target):
    return target + (": met" if is_so else ": **missed**")


def row(asked, folder, programs, ours, what):
    """Measures one row of the table and prints it."""
    name, peer, share, most = what
    extension, version = name.split()
    old, new = folder / f"old.{extension}", folder / f"{version}.{extension}"
    for path in (old, new):
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass
    files = [join(old, new)] if peer == "duckdb" else [old, new]
    options = ["-init", os.devnull, "-csv", "-c"] if peer == "duckdb" else []
    commands = [[*ours, "diff", "--files", old, new, "--format", "json"], [programs[peer], *options, *files]]
    samples = [[measure(command, folder) for command in commands] for _ in range(asked.runs)]
    (cpu, peak, wall), (its, its_peak, its_wall) = (
        [statistics.median(run[n][what] for run in samples) for what in range(3)] for n in range(2)
    )
    wishes = [verdict(cpu <= share * its, f"{share:g} ×")] if share else []
    wishes += [verdict(peak <= most, f"{most} MiB")] if most else []
    print(
        f"| {name} | {cpu:.2f} s | {wall:.2f} s | {peak:.0f} MiB | {peer}: {its:.2f} s, {its_wall:.2f} s, {its_peak:.0f} MiB "
        f"| {cpu / its:.2f} × | {'; '.join(wishes)} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the tables are kept between two measurements")
    parser.add_argument("--only", default="", help="beginnings of names of rows, separated by commas")
    parser.add_argument("--ours", help="another git-data than the one that is built here")
    parser.add_argument("--make", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        return make(asked.folder, asked.rows, asked.make)
    programs = install()
    if asked.ours is None:
        subprocess.run(["cargo", "build", "--release", "--quiet", "--locked"], cwd=TOP, check=True)
    ours = [Path(asked.ours or TOP / "target" / "release" / "git-data").resolve()]
    with tempfile.TemporaryDirectory() as made:
        folder = (asked.folder or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "complete").exists():
            again = [sys.executable, __file__, "--make", programs["duckdb"], "--folder", folder, "--rows", str(asked.rows)]
            subprocess.run(again, check=True)
        print("| table | CPU | wall | peak | beside: CPU, wall, peak | CPU | target |")
        print("|---|--:|--:|--:|---|--:|---|")
        for what in ROWS:
            if what[0].startswith(tuple(asked.only.split(","))):
                row(asked, folder, programs, ours, what)


if __name__ == "__main__":
    main()
