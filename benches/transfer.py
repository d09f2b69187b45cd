#!/usr/bin/env python3
"""Measures transfers against a server beside s5cmd and DVC, and prints them as a table. Asserts nothing about time.

    benches/transfer.py --endpoint http://127.0.0.1:9107 --staging s3://STAGING --production s3://PRODUCTION
                        --s5cmd PATH --dvc PATH [--only file,delta,tree,publish] [--runs 3]

Keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. The buckets are emptied. Every run writes below a new prefix.
The bytes of a run are what the loopback device carried meanwhile, in both directions, so the server has to be on this
machine and nothing else may talk. s5cmd hashes nothing; DVC hashes with MD5 and verifies nothing that it pushed.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import figures
from figures import GIB, MIB, TOP, Command, Row
from server import Served

PAGE = 4096
FILES = 10_000


def carried():
    """Bytes that the loopback device has received so far."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == "lo":
            return int(rest.split()[0])
    return 0


class Wired(Served):
    """A laboratory that also counts what goes over the wire."""

    def run(self, command):
        before = carried()
        super().run(command)
        command.samples[-1].bytes = carried() - before

    def prefix(self):
        """Both buckets are a new, empty prefix."""
        self.count += 1
        self.env["GIT_DATA_STAGING"] = f"{self.asked.staging}/run{self.count}"
        self.env["GIT_DATA_PRODUCTION"] = f"{self.asked.production}/run{self.count}"

    def to(self, name=""):
        """A place for the peer."""
        return f"{self.asked.staging}/peer{self.count}/{name}"

    def clone(self, name):
        """A repository with a remote, whose buckets are those of the environment."""
        self.sh(f"git init -q --bare {name}.git && git clone -q {name}.git {name} 2>&1", self.top)
        repo = self.top / name
        self.sh(f"git data init --yes --staging {self.asked.staging} --production {self.asked.production}", repo)
        self.sh("git add -A && git commit -qm init && git push -q -u origin main", repo)
        return repo

    def dvc(self, name):
        """A DVC repository, or none where DVC is not installed."""
        if not self.asked.dvc:
            return None
        repo = self.top / name
        self.sh(f"git init -q {repo}", self.top)
        dvc, remote = self.asked.dvc, f"{self.asked.staging}/{name}"
        self.sh(
            f"{dvc} init -q && {dvc} config core.analytics false && {dvc} remote add -q -d here {remote} && "
            f"{dvc} remote modify here endpointurl {self.asked.endpoint}",
            repo,
        )
        return repo

    def anew(self, repo, name):
        """DVC has never seen the file, and its remote is empty."""
        self.count += 1
        remote = f"{self.asked.staging}/{name}{self.count}"
        self.sh(f"rm -rf .dvc/cache .dvc/tmp *.dvc && {self.asked.dvc} remote modify here url {remote}", repo)

    def aside(self, *paths):
        """Out of the way, not deleted: ext4 makes new files slowly where many were deleted a moment ago."""
        for path in filter(Path.exists, paths):
            self.count += 1
            path.rename(self.top / f"aside{self.count}")

    def cold(self):
        """No cache of ours."""
        shutil.rmtree(self.env["XDG_CACHE_HOME"], ignore_errors=True)

    def publish(self, repo):
        """What is proposed goes live."""
        self.sh("git add -A && git commit -qm data && git push -q && git-data-publish run -q && git pull -q", repo)


def rewritten(path, share, runs, seed):
    """Rewrites so many pages in so many places."""
    dice = random.Random(seed)
    pages = path.stat().st_size // PAGE
    each = max(1, int(pages * share) // runs)
    with open(path, "r+b") as file:
        for _ in range(runs):
            file.seek(dice.randrange(pages - each) * PAGE)
            file.write(dice.randbytes(each * PAGE))


def inserted(path, seed):
    """Puts a mebibyte into the middle."""
    dice = random.Random(seed)
    middle = path.stat().st_size // 2 + 12_345
    other = path.with_suffix(".new")
    with open(path, "rb") as old, open(other, "wb") as new:
        left = middle
        while left:
            piece = old.read(min(left, MIB))
            new.write(piece)
            left -= len(piece)
        new.write(dice.randbytes(MIB))
        shutil.copyfileobj(old, new, MIB)
    other.replace(path)


def one_file(lab):
    """A random file of 1 GiB, up and down."""
    repo, other = lab.clone("one"), lab.dvc("one-dvc")
    source = repo / "big.bin"
    figures.file_of(source, GIB)

    def ready():
        lab.prefix()
        lab.sh("git reset -q --hard && rm -rf .git/data", repo)
        lab.cold()

    peers = [Command("s5cmd cp", lab.s5cmd(f"cp {source} {lab.asked.staging}/peer/big.bin"), lab.top)]
    if other:
        shutil.copyfile(source, other / "big.bin")
        line = f"{lab.asked.dvc} add -q big.bin && {lab.asked.dvc} push -q"
        peers.append(Command("dvc add + dvc push", line, other, lambda: lab.anew(other, "one-dvc")))
    ours = Command("git data prepare", "git data prepare big.bin big.bin -q", repo, ready)
    yield Row("1 GiB, record + upload", ours, peers, "1.2 × s5cmd, 0.5 × DVC")
    lab.publish(repo)
    target, down = repo / "big.bin", lab.top / "down.bin"

    def gone():
        lab.cold()
        target.unlink(missing_ok=True)
        down.unlink(missing_ok=True)

    peers = [Command("s5cmd cp", lab.s5cmd(f"cp {lab.asked.staging}/peer/big.bin {down}"), lab.top, gone)]
    if other:
        lab.sh(f"{lab.asked.dvc} add -q big.bin && {lab.asked.dvc} push -q", other)
        fresh = lambda: lab.sh("rm -rf .dvc/cache .dvc/tmp big.bin", other)
        peers.append(Command("dvc pull", f"{lab.asked.dvc} pull -q", other, fresh))
    yield Row("1 GiB, fresh pull", Command("git data pull", "git data pull big.bin -q", repo, gone), peers, "1.3 × s5cmd, 0.35 × DVC")


def delta(lab):
    """1 % of a published file changed; then a mebibyte in its middle."""
    repo, other = lab.clone("delta"), lab.dvc("delta-dvc")
    source, kept = repo / "big.bin", lab.top / "kept.bin"
    lab.prefix()
    figures.file_of(source, GIB)
    lab.sh("git data prepare big.bin big.bin -q", repo)
    lab.publish(repo)
    shutil.copyfile(source, kept)
    if other:
        shutil.copyfile(source, other / "big.bin")
        lab.anew(other, "delta-dvc")
        lab.sh(f"{lab.asked.dvc} add -q big.bin && {lab.asked.dvc} push -q", other)
    for what, change in (("1 % in 20 runs", lambda path, n: rewritten(path, 0.01, 20, n)), ("1 MiB inserted", inserted)):
        count = [0]

        def ready(path, change=change, count=count):
            count[0] += 1
            lab.sh("git reset -q --hard", repo)
            shutil.copyfile(kept, path)
            change(path, count[0])

        peers = [
            Command("s5cmd cp", lab.s5cmd(f"cp {source} {lab.asked.staging}/peer/big.bin"), lab.top, lambda ready=ready: ready(source))
        ]
        if other:
            line = f"{lab.asked.dvc} add -q big.bin && {lab.asked.dvc} push -q"
            peers.append(Command("dvc add + dvc push", line, other, lambda ready=ready: ready(other / "big.bin")))
        ours = Command("git data prepare", "git data prepare big.bin -q", repo, lambda ready=ready: ready(source))
        yield Row(f"1 GiB, {what}, record + upload", ours, peers, "2 % of the bytes, 0.3 × DVC")


def grow(folder):
    """10,000 files of 4 KiB in 100 folders."""
    for n in range(FILES):
        path = folder / f"{n % 100:02}" / f"{n:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(4096))


def tree(lab, never=False):
    """Many small files: together, or one object a file."""
    name = "never" if never else "tree"
    repo = lab.clone(name)
    folder = repo / "maps"
    grow(folder)
    if never:
        lab.sh("git config data.tar never", repo)
    how = ", tar = never" if never else ""
    bound = ("1.1 ×", "1.1 ×") if never else ("0.2 ×", "0.15 ×")

    def ready():
        lab.prefix()
        lab.sh("git reset -q --hard && rm -rf .git/data", repo)
        lab.cold()

    up = Command("s5cmd cp", lab.s5cmd(f"cp {folder}/ {lab.asked.staging}/peer-{name}/"), lab.top)
    ours = Command("git data prepare", "git data prepare maps maps -q", repo, ready)
    yield Row(f"10,000 × 4 KiB{how}, record + upload", ours, [up], f"{bound[0]} s5cmd")
    lab.publish(repo)
    time.sleep(2.5)
    lab.sh("git data status", repo)
    if not never:
        yield Row("10,000 × 4 KiB, again unchanged", Command("git data prepare", "git data prepare maps -q", repo), [], "0.10 s")
        yield Row("10,000 × 4 KiB, status", Command("git data status", "git data status", repo), [], "0.03 s")

        def ten():
            lab.sh("git reset -q --hard", repo)
            for n in range(0, FILES, FILES // 10):
                (folder / f"{n % 100:02}" / f"{n:05}.bin").write_bytes(os.urandom(4096))

        yield Row("10,000 × 4 KiB, 10 changed", Command("git data prepare", "git data prepare maps -q", repo, ten), [], "0.20 s")
        lab.sh("git reset -q --hard", repo)
    target, down = repo / "maps", lab.top / f"down-{name}"

    def gone():
        lab.aside(Path(lab.env["XDG_CACHE_HOME"]), target, down, repo / ".git" / "data")

    peer = Command("s5cmd cp", lab.s5cmd(f"cp '{lab.asked.staging}/peer-{name}/*' {down}/"), lab.top, gone)
    ours = Command("git data pull", "git data pull maps -q", repo, gone)
    yield Row(f"10,000 × 4 KiB{how}, fresh pull", ours, [peer], f"{bound[1]} s5cmd")


def publications(lab):
    """What is staged goes to production, every byte read and hashed."""
    for name, make, line, words in (
        ("p-file", lambda repo: figures.file_of(repo / "big", GIB), "git data prepare big big -q", ("1 GiB", "1.2 × s5cmd down")),
        ("p-never", lambda repo: grow(repo / "big"), "git config data.tar never && git data prepare big big -q", ("10,000 single objects", "1.3 × s5cmd down + up")),
        ("p-tree", lambda repo: grow(repo / "big"), "git data prepare big big -q", ("10,000 in shards", "0.1 × s5cmd down + up")),
    ):
        lab.prefix()
        repo = lab.clone(name)
        make(repo)
        lab.sh(line, repo)
        lab.sh("git add -A && git commit -qm data && git push -q", repo)
        shutil.copytree(lab.top / f"{name}.git", lab.top / f"{name}.kept")
        staged, down = lab.env["GIT_DATA_STAGING"], lab.top / "carried"

        def ready(name=name, staged=staged):
            lab.prefix()
            lab.env["GIT_DATA_STAGING"] = staged
            shutil.rmtree(lab.top / f"{name}.git")
            shutil.copytree(lab.top / f"{name}.kept", lab.top / f"{name}.git")

        def empty(down=down):
            lab.count += 1
            shutil.rmtree(down, ignore_errors=True)
            down.mkdir()

        if name == "p-file":
            peer = Command("s5cmd cp, down", lab.s5cmd(f"cp '{staged}/*' {down}/"), lab.top, empty)
        else:
            # The peer carries the same files as objects of their own.
            lab.sh(lab.s5cmd(f"cp {repo}/big/ {lab.asked.staging}/carry/"), lab.top)
            fetch = lab.s5cmd(f"cp '{lab.asked.staging}/carry/*' {down}/")
            both = f"{fetch} && {lab.s5cmd(f'cp {down}/ {lab.asked.production}/carried/')}"
            peer = Command("s5cmd cp, down and up", both, lab.top, empty)
        ours = Command("git-data-publish run", "git-data-publish run -q", repo, ready)
        yield Row(f"publish {words[0]}", ours, [peer], words[1])


def line_of(command, row, ours):
    """One line of the table, with the bytes."""
    line = figures.line_of(command, row, ours)
    wire = statistics.median(sample.bytes for sample in command.samples)
    return f"{line} {wire / MIB:.1f} MiB |"


def main():
    """Builds, measures, prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--endpoint", required=True)
    arguments.add_argument("--staging", required=True)
    arguments.add_argument("--production", required=True)
    arguments.add_argument("--region", default="us-east-1")
    arguments.add_argument("--s5cmd", default="s5cmd")
    arguments.add_argument("--dvc", default=shutil.which("dvc"))
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", default="file,delta,tree,never,publish")
    arguments.add_argument("--programs", type=Path, help="where the programs are, instead of building them")
    asked = arguments.parse_args()
    programs = asked.programs
    if programs is None:
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=TOP, check=True)
        programs = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")) / "release"
    groups = {"file": one_file, "delta": delta, "tree": tree, "never": lambda lab: tree(lab, True), "publish": publications}
    print(figures.machine(asked.programs is None), "\n")
    print("| what | command | min | median | max | CPU | peak memory | ours / this | target | wire |")
    print("|---|---|--:|--:|--:|--:|--:|--:|---|--:|", flush=True)
    with tempfile.TemporaryDirectory(prefix="transfer-", dir=os.environ.get("TMPDIR")) as top:
        lab = Wired(Path(top).resolve(), Path(programs).resolve(), asked)
        lab.empty()
        for name in asked.only.split(","):
            for row in groups[name](lab):
                for _ in range(asked.runs):
                    for command in [row.ours, *row.peers]:
                        lab.run(command)
                # What follows builds on the state that ours leaves.
                if row.peers and row.ours.ready:
                    lab.run(row.ours)
                    row.ours.samples.pop()
                for command in [row.ours, *row.peers]:
                    print(line_of(command, row, command is row.ours), flush=True)
            lab.empty()


if __name__ == "__main__":
    sys.exit(main())
