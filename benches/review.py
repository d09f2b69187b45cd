#!/usr/bin/env python3
"""Measures the comparison of two versions of a large table, and prints it as a table. Asserts nothing about time.

The table has 5 million rows of 13 columns (about 700 MB as CSV) and is the same on every machine. Its later versions:

    edited      6,130 cells in other rows changed, 500 rows added at the end, 300 removed; the order is the same
    shuffled    the edited one in another order
    dropped     the edited one without its free text
    renamed     the edited one with another name for one column

    benches/review.py                        builds the release program, makes the tables, measures
    benches/review.py --peer 'csv-diff {old} {new}'      measures another program beside it, in turn
    benches/review.py --rows 100000 --runs 1             quicker

CPU time (user and system) and peak memory are those that the kernel counted for the process (wait4). Files are read
once before the first run, so that they are in the page cache.
"""

import argparse
import os
import random
import shlex
import subprocess
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
NAMES = "sample_id,subject,site,visit,plate,collected,conc,temperature,price,passed,note,code,measured_at"
SITES = ["Oslo", "Leeds", "Porto", "Lyon", "Graz", "Turku", "Ghent", "Bonn"]
WORDS = "after before cold warm sample plate reader drift clean noisy repeat check edge lot north south".split()
VERSIONS = ["edited", "shuffled", "dropped", "renamed"]


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


def make(folder, count):
    """Writes the older version and all later ones."""
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


def measure(line, folder):
    """Runs a program; wall seconds, CPU seconds, peak MiB."""
    start = time.monotonic()
    with open(folder / "out", "wb") as out:
        child = subprocess.Popen(line, stdout=out, cwd=folder)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{shlex.join(line)} failed")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the tables are kept between two measurements")
    parser.add_argument("--only", default="", help="versions, separated by commas")
    parser.add_argument("--ours", help="another command than git-data, with {old} and {new}")
    parser.add_argument("--peer", action="append", default=[], help="a command with {old} and {new}")
    asked = parser.parse_args()
    ours = asked.ours
    if ours is None:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=TOP, check=True)
        ours = f"{TOP}/target/release/git-data diff --files {{old}} {{new}} --format json"
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "renamed.csv").exists():
            make(folder, asked.rows)
        print("| version | program | CPU s | wall s | peak MiB |\n|---|---|--:|--:|--:|")
        for version in asked.only.split(",") if asked.only else VERSIONS:
            pair = {"old": folder / "old.csv", "new": folder / f"{version}.csv"}
            for path in pair.values():
                with open(path, "rb") as file:
                    while file.read(1 << 20):
                        pass
            commands = [shlex.split(command.format(**pair)) for command in [ours, *asked.peer]]
            runs = [[measure(command, folder) for command in commands] for _ in range(asked.runs)]
            for n, command in enumerate(commands):
                wall, cpu, peak = (min(run[n][what] for run in runs) for what in range(3))
                name = Path(command[0]).name
                print(f"| {version} | {name} | {cpu:.2f} | {wall:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
