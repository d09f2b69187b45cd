#!/usr/bin/env python3
"""Measures publications against a server, and prints them as a table. Asserts nothing about time.

    benches/server.py --endpoint http://127.0.0.1:9107 --staging s3://STAGING --production s3://PRODUCTION --s5cmd PATH

Keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. The buckets are emptied. Every run publishes the same
200 objects of 1 MiB, verified, below a new prefix; s5cmd carries them down to disk and up again, and hashes nothing.
The last rows are a run with nothing to publish, with its git fetch, on a manifest of 1,000 datasets and 50 versions.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import figures
from figures import MIB, TOP, Command, Lab, Row

OBJECTS = 200


class Served(Lab):
    """A laboratory whose buckets are on a server."""

    def __init__(self, top, programs, asked):
        super().__init__(top, programs)
        self.asked = asked
        self.count = 0
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            self.env[name] = os.environ[name]
        self.env |= {
            "AWS_REGION": asked.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GIT_DATA_ENDPOINT": asked.endpoint,
            "S3_ENDPOINT_URL": asked.endpoint,
        }

    def s5cmd(self, words):
        """The peer."""
        return f"{self.asked.s5cmd} --log error {words}"

    def empty(self):
        """What earlier runs left is gone."""
        for bucket in (self.asked.staging, self.asked.production):
            subprocess.run([self.asked.s5cmd, "rm", f"{bucket}/*"], env=self.env, capture_output=True, check=False)

    def pending(self):
        """A repository whose main has 200 pending versions, all in staging; and where it is kept as it is now."""
        self.sh("git init -q --bare many.git && git clone -q many.git many 2>&1", self.top)
        repo = self.top / "many"
        self.sh(f"git data init --yes --staging {self.asked.staging} --production {self.asked.production}", repo)
        self.sh("git add -A && git commit -qm init && git push -q -u origin main", repo)
        for n in range(OBJECTS):
            (repo / f"data{n:03}.bin").write_bytes(os.urandom(MIB))
            self.sh(f"git data prepare data{n:03}.bin data{n:03}.bin", repo)
        self.sh("git commit -qam data && git push -q", repo)
        shutil.copytree(self.top / "many.git", self.top / "many.kept")
        return repo

    def again(self, repo):
        """The same 200 versions are pending again, and production is a new, empty prefix."""
        self.count += 1
        self.env["GIT_DATA_PRODUCTION"] = f"{self.asked.production}/run{self.count}"
        shutil.rmtree(self.top / "many.git")
        shutil.copytree(self.top / "many.kept", self.top / "many.git")

    def carry(self):
        """An empty folder, and another prefix, for the peer."""
        self.count += 1
        shutil.rmtree(self.top / "down", ignore_errors=True)
        (self.top / "down").mkdir()


def rows(lab):
    """200 versions at once; then nothing."""
    lab.empty()
    repo = lab.pending()
    lab.sh("git clone -q many.git robot 2>&1", lab.top)
    staging, production = lab.asked.staging, lab.asked.production
    down = lab.s5cmd(f"cp '{staging}/*' {lab.top}/down/")
    up = lab.s5cmd(f"cp {lab.top}/down/ {production}/carried/")
    ours = Command("git-data-publish run", "git-data-publish run -q", lab.top / "robot", lambda: lab.again(repo))
    peer = Command("s5cmd cp, down and up", f"{down} && {up}", lab.top, lab.carry)
    yield Row(f"publish {OBJECTS} × 1 MiB", ours, [peer], "1.3 × s5cmd")
    lab.env["GIT_DATA_PRODUCTION"] = f"{production}/nothing"
    large = lab.repository("large")
    figures.write_manifest(large, 0)
    lab.sh("git add -A && git commit -qm data && git push -q", large)
    lab.env["GIT_DATA_STAGING"] = staging
    yield Row(
        "publish, nothing pending, 1,000 × 50",
        Command("git-data-publish run", "git-data-publish run -q", large),
        [Command("git fetch", "git fetch -q", large)],
        "1 s",
    )


def main():
    """Builds, measures, prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--endpoint", required=True)
    arguments.add_argument("--staging", required=True)
    arguments.add_argument("--production", required=True)
    arguments.add_argument("--region", default="us-east-1")
    arguments.add_argument("--s5cmd", default="s5cmd")
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--programs", type=Path, help="where the programs are, instead of building them")
    asked = arguments.parse_args()
    programs = asked.programs
    if programs is None:
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=TOP, check=True)
        programs = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")) / "release"
    print(figures.machine(asked.programs is None), "\n")
    print("| what | command | min | median | max | CPU | peak memory | ours / this | target |")
    print("|---|---|--:|--:|--:|--:|--:|--:|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="server-") as top:
        lab = Served(Path(top).resolve(), Path(programs).resolve(), asked)
        for row in rows(lab):
            for _ in range(asked.runs):
                for command in [row.ours, *row.peers]:
                    lab.run(command)
            for command in [row.ours, *row.peers]:
                print(figures.line_of(command, row, command is row.ours), flush=True)
        lab.empty()


if __name__ == "__main__":
    sys.exit(main())
