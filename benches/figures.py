#!/usr/bin/env python3
"""Measures the figures of docs/performance.md and prints them as tables. Asserts nothing about time.

Every command runs several times, alternating with what it is compared to, so that both meet the same machine.
Wall time, CPU time (user and system, children included) and peak memory are those that the kernel counted for the
process (wait4). Before every run the disks are synced; files are in the page cache unless a row says otherwise.

    benches/figures.py                      builds the release programs, measures everything
    benches/figures.py --only list,prepare  rows whose name has one of these words
    benches/figures.py --runs 3 --sparse 1  quicker: three runs, a sparse file of 1 GiB
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
MIB = 1 << 20
GIB = 1 << 30


@dataclass
class Sample:
    """One run."""

    wall: float
    cpu: float
    rss: int


@dataclass
class Command:
    """Something that is run again and again; `ready` makes the state that each run starts from."""

    label: str
    line: str
    cwd: Path
    ready: object = None
    samples: list = field(default_factory=list)


@dataclass
class Row:
    """A figure: our command, what it is compared to, and what is wished for."""

    name: str
    ours: Command
    peers: list
    target: str = ""


class Lab:
    """A folder with repositories and buckets, and an environment that knows nothing of this machine's user."""

    def __init__(self, top, programs):
        self.top = top
        home = top / "home"
        home.mkdir()
        (home / "config").write_text("[user]\n\tname = bench\n\temail = bench@example.org\n[init]\n\tdefaultBranch = main\n")
        self.env = {
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "GIT_CONFIG_GLOBAL": str(home / "config"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "LC_ALL": "C",
        }

    def sh(self, line, cwd):
        """Runs what prepares a measurement."""
        done = subprocess.run(line, shell=True, cwd=cwd, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{line}\n{done.stdout}{done.stderr}")
        return done.stdout

    def repository(self, name):
        """A clone with a bare origin and two directory buckets."""
        self.sh(f"git init -q --bare {name}.git && git clone -q {name}.git {name} 2>&1", self.top)
        repo = self.top / name
        buckets = [self.top / f"{name}-{kind}" for kind in ("staging", "production")]
        for bucket in buckets:
            bucket.mkdir()
        urls = [f"file://{bucket}" for bucket in buckets]
        self.sh(f"git data init --yes --staging {urls[0]} --production {urls[1]}", repo)
        self.sh("git add -A && git commit -qm init && git push -q -u origin main", repo)
        return repo

    def run(self, command):
        """One measured run."""
        if command.ready:
            command.ready()
        os.sync()
        words = ["sh", "-c", command.line] if any(c in command.line for c in "&|;<>'") else command.line.split()
        begin = time.perf_counter()
        child = subprocess.Popen(
            words, cwd=command.cwd, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"{command.line}: exit {child.returncode}\n{said.decode(errors='replace')}")
        # The kernel counts in KiB here, and in bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        command.samples.append(Sample(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit))


def file_of(path, size):
    """A file in which no two blocks are equal."""
    block = os.urandom(MIB)
    with open(path, "wb") as to:
        for n in range(size // MIB):
            to.write(n.to_bytes(8, "little"))
            to.write(block[8:])


def manifest_of(path, datasets, versions, pending):
    """A manifest as the tools leave it: every member that prepare and the publisher write. The newest version of the
    first `pending` datasets is pending."""
    import hashlib  # in the child process only

    with open(path, "w", encoding="utf-8", newline="\n") as to:
        to.write('{\n  "format": 1,\n  "datasets": {\n')
        for d in range(datasets):
            name = f"region-{d // 100:02}/series-{d:04}.csv"
            to.write(f'    "{name}": {{\n      "kind": "file",\n      "path": "data/{name}",\n')
            to.write(f'      "description": "Measurements of station {d}, hourly",\n      "versions": [\n')
            for v in range(versions, 0, -1):
                digest = hashlib.sha256(f"{name} {v}".encode()).hexdigest()
                commit = hashlib.sha1(digest.encode()).hexdigest()
                day = f"2025-{1 + v % 12:02}-{1 + v % 28:02}"
                waits = v == versions and d < pending
                lines = [
                    f'"version": "v{v}"',
                    f'"state": "{"pending" if waits else "published"}"',
                    f'"sha256": "{digest}"',
                    f'"size": {1_000_000 + d * versions + v}',
                    f'"created": "{day}T10:00:00Z"',
                    f'"message": "Readings up to {day}, corrected for station {d}"',
                ]
                if v > 1:
                    lines.append(f'"base": "v{v - 1}"')
                lines.append(f'"diff": "diffs/{name}/{digest[:16]}.md"')
                if not waits:
                    lines += [f'"commit": "{commit}"', f'"published": "{day}T10:07:12Z"']
                body = ",\n".join(" " * 10 + line for line in lines)
                to.write("        {\n" + body + "\n        }" + (",\n" if v > 1 else "\n"))
            to.write("      ]\n    }" + (",\n" if d + 1 < datasets else "\n"))
        to.write("  }\n}\n")


def write_manifest(repo, pending):
    """In a process of its own: what this one held would count as the memory of its children."""
    path = repo / "manifest.json"
    subprocess.run([sys.executable, __file__, "--manifest", str(path), str(pending)], check=True)
    return path.stat().st_size


def start_up(lab):
    """How long help takes."""
    git = Command("git version", "git version", lab.top)
    yield Row("help", Command("git data -h", "git data -h", lab.top), [git], "7 ms")
    yield Row("help, called directly", Command("git-data -h", "git-data -h", lab.top), [])


def manifests(lab):
    """Reading 1,000 datasets of 50 versions."""
    repo = lab.repository("many")
    size = write_manifest(repo, 0)
    lab.sh("git add -A && git commit -qm many && git push -q && git gc -q", repo)
    python = Command("python3: json.load", "python3 -c 'import json; json.load(open(\"manifest.json\"))'", repo)
    print(f"manifest of 1,000 datasets with 50 versions: {size / 1e6:.1f} MB", file=sys.stderr)
    name = "region-05/series-0500.csv"
    yield Row("list", Command("git data list", "git data list", repo), [python], "50 ms")
    for line in ("git data list --json", f"git data log {name}", "git data log", "git data status", f"git data show {name}"):
        words = line.removeprefix("git data ").replace(f" {name}", " NAME")
        yield Row(words, Command(line.replace(name, "NAME"), line, repo), [])
    branch = lab.repository("waiting")
    write_manifest(branch, 0)
    lab.sh("git add -A && git commit -qm many && git push -q", branch)
    write_manifest(branch, 20)
    lab.sh("git switch -qc data/more && git add -A && git commit -qm more && git gc -q", branch)
    yield Row("list, 20 proposals", Command("git data list", "git data list", branch), [])
    lab.sh("git push -q origin data/more:main && git fetch -q && git switch -q main && git merge -q --ff-only origin/main", branch)
    yield Row("list, 20 merged and pending", Command("git data list", "git data list", branch), [])


def files(lab):
    """Staging, recognising and pulling a file of 1 GiB."""
    repo = lab.repository("file")
    source = lab.top / "source.bin"
    file_of(source, GIB)
    copy = lab.top / "copy.bin"
    fresh = lambda: (copy.unlink(missing_ok=True), empty(lab.top / "file-staging"), forget(lab, repo))
    prepare = Command("git data prepare", f"git data prepare big.bin {source}", repo, fresh)
    plain = Command("sha256sum + cp", f"sha256sum {source} && cp {source} {copy}", repo, fresh)
    kept = Command("sha256sum + cp + sync", f"sha256sum {source} && cp {source} {copy} && sync {copy}", repo, fresh)
    openssl = Command(
        "openssl dgst + cp + sync", f"openssl dgst -sha256 {source} && cp {source} {copy} && sync {copy}", repo, fresh
    )
    peers = [plain, kept] + ([openssl] if shutil.which("openssl") else [])
    yield Row("prepare, 1 GiB changed", prepare, peers, "1.3 × sha256sum + cp; 100 MiB")
    copy.unlink(missing_ok=True)
    publish(lab, repo)
    again = Command("git data prepare", f"git data prepare big.bin {source}", repo)
    status = Command("git status", "git status", repo)
    yield Row("prepare, 1 GiB unchanged", again, [status], "20 ms")
    target = repo / "source.bin"
    cache = Path(lab.env["XDG_CACHE_HOME"])
    gone = lambda: (target.unlink(missing_ok=True), copy.unlink(missing_ok=True), shutil.rmtree(cache, ignore_errors=True))
    here = lambda: (target.unlink(missing_ok=True), copy.unlink(missing_ok=True))
    line = f"git data pull big.bin --output {target}"
    plain = Command("cp", f"cp {source} {copy}", repo, gone)
    checked = Command("cp + sha256sum + sync", f"cp {source} {copy} && sha256sum {copy} && sync {copy}", repo, gone)
    yield Row("pull, 1 GiB", Command("git data pull", line, repo, gone), [plain, checked], "100 MiB")
    lab.sh(line, repo)
    yield Row("pull, 1 GiB, in the cache", Command("git data pull", line, repo, here), [])
    here()


def sparse(lab, gib):
    """Memory does not grow with the file."""
    repo = lab.repository("sparse")
    source = lab.top / "sparse.bin"
    with open(source, "wb") as to:
        to.truncate(gib * GIB)
    fresh = lambda: (empty(lab.top / "sparse-staging"), forget(lab, repo))
    ours = Command("git data prepare", f"git data prepare big.bin {source}", repo, fresh)
    yield Row(f"prepare, {gib} GiB sparse", ours, [], "100 MiB")
    publish(lab, repo)
    empty(lab.top / "sparse-staging")
    target = repo / "there.bin"
    gone = lambda: (target.unlink(missing_ok=True), shutil.rmtree(lab.env["XDG_CACHE_HOME"], ignore_errors=True))
    line = f"git data pull big.bin --output {target}"
    yield Row(f"pull, {gib} GiB sparse", Command("git data pull", line, repo, gone), [], "100 MiB")
    gone()


def publish(lab, repo):
    """What is proposed goes live; the stat index must be older than its files by more than two seconds to be believed."""
    lab.sh("git commit -qam big && git push -q && git-data-publish run && git pull -q", repo)
    time.sleep(2.5)
    lab.sh("git data status", repo)


def forget(lab, repo):
    """As if this repository had never seen the file."""
    lab.sh("git reset -q --hard && git clean -qfd && rm -rf .git/data", repo)


def empty(bucket):
    """A bucket without objects."""
    shutil.rmtree(bucket, ignore_errors=True)
    bucket.mkdir()


def machine(built):
    """Where and when this was measured."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text() if cpuinfo.exists() else ""
    models = [line.split(":")[1].strip() for line in flags.splitlines() if line.startswith("model name")]
    model = models[0] if models else platform.processor()
    git = lambda *words: subprocess.run(["git", *words], cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()
    dirty = " with changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    commit = f"commit {git('rev-parse', '--short', 'HEAD')}{dirty}" if built else "programs that were built before"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    sha = "SHA instructions" if "sha_ni" in flags or " sha2 " in flags else "no SHA instructions seen"
    return (
        f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())} · {commit} · "
        f"{model}, {os.cpu_count()} cores, {sha}, {memory:.0f} GiB memory · {platform.system()} {platform.release()} · "
        f"load at the start {load}"
    )


def seconds(value):
    """Three digits."""
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def line_of(command, row, ours):
    """One line of the table."""
    walls = [sample.wall for sample in command.samples]
    middle = statistics.median(walls)
    cpu = statistics.median(sample.cpu for sample in command.samples)
    rss = max(sample.rss for sample in command.samples)
    own = statistics.median(sample.wall for sample in row.ours.samples)
    own_cpu = statistics.median(sample.cpu for sample in row.ours.samples)
    ratio = "" if ours else f"{own / middle:.2f} wall, {own_cpu / cpu:.2f} CPU" if cpu else ""
    name = row.name if ours else ""
    return (
        f"| {name} | `{command.label}` | {seconds(min(walls))} | {seconds(middle)} | {seconds(max(walls))} | {seconds(cpu)} "
        f"| {rss / MIB:.0f} MiB | {ratio} | {row.target if ours else ''} |"
    )


def main():
    """Builds, measures, prints."""
    if sys.argv[1:2] == ["--manifest"]:
        return manifest_of(sys.argv[2], 1000, 50, int(sys.argv[3]))
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=11, help="runs of short commands; long ones run at most 5 times")
    arguments.add_argument("--only", default="", help="words of row names, separated by commas")
    arguments.add_argument("--sparse", type=int, default=8, metavar="GIB", help="size of the sparse file; 0 leaves it out")
    arguments.add_argument("--programs", type=Path, help="where the programs are, instead of building them")
    arguments.add_argument("--dir", type=Path, default=None, help="where the data goes; about 5 GiB, and twice the sparse file")
    asked = arguments.parse_args()
    programs = asked.programs
    if programs is None:
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=TOP, check=True)
        programs = Path(os.environ.get("CARGO_TARGET_DIR", TOP / "target")) / "release"
    words = [word for word in asked.only.split(",") if word]
    print(machine(asked.programs is None), "\n")
    print("| what | command | min | median | max | CPU | peak memory | ours / this | target |")
    print("|---|---|--:|--:|--:|--:|--:|--:|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="figures-", dir=asked.dir) as top:
        lab = Lab(Path(top).resolve(), Path(programs).resolve())
        groups = [(start_up, "help", asked.runs), (manifests, "list log status show", asked.runs)]
        groups.append((files, "prepare pull GiB", min(asked.runs, 5)))
        if asked.sparse:
            groups.append((lambda lab: sparse(lab, asked.sparse), "prepare pull sparse", 1))
        for group, about, runs in groups:
            if not words or any(word.split()[0] in about for word in words):
                measure(lab, group, words, runs)
    return None


def measure(lab, group, words, runs):
    """All rows of a group, each printed as soon as it is known."""
    for row in group(lab):
        if words and not any(word in row.name for word in words) and "changed" not in row.name and "sparse" not in row.name:
            continue
        short = "unchanged" in row.name
        for _ in range(max(runs, 11) if short else runs):
            for command in [row.ours, *row.peers]:
                lab.run(command)
        # The state that the next rows build on is the one that our command leaves.
        if row.peers and row.ours.ready:
            lab.run(row.ours)
            row.ours.samples.pop()
        for command in [row.ours, *row.peers]:
            print(line_of(command, row, command is row.ours), flush=True)


if __name__ == "__main__":
    main()
