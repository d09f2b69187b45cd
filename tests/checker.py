"""Judges a repository and its two buckets, and shares no code with the product: git's own words, JSON, SHA-256.

Reads the default branch with its whole history, every other branch of the origin, and every object of both buckets.
Prints what it counted as one JSON line, and each fault as a line; ends with 1 if there is one.
Usage: checker.py ORIGIN STAGING PRODUCTION [ENDPOINT]      buckets: a directory, or s3://NAME at ENDPOINT
"""

import hashlib
import json
import os
import re
import subprocess
import sys

FAULTS = []
LIVE = ("pending", "published", "retired")


def fault(text):
    """Remembers what is wrong."""
    FAULTS.append(text)


def git(origin, *args):
    """What git prints; nothing where it fails."""
    ran = subprocess.run(["git", "-C", origin, *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return ran.stdout if ran.returncode == 0 else None


def manifest(origin, commit):
    """The manifest of a commit, or None where there is none. Members that come twice are a fault."""

    def once(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            fault(f"{commit}: members come twice: {names}")
        return dict(pairs)

    text = git(origin, "show", f"{commit}:manifest.json")
    return None if text is None else json.loads(text, object_pairs_hook=once)


def entries(found):
    """(dataset, entry) of a manifest."""
    for name, dataset in (found or {"datasets": {}})["datasets"].items():
        for entry in dataset.get("versions", []):
            yield name, entry


def identity(name, entry):
    """What an entry is for ever."""
    return name, entry["version"], entry["sha256"]


def extension(name):
    """The last suffix of the last segment, with the one before a compression's."""
    last = name.rsplit("/", 1)[-1]
    parts = last.split(".")
    if len(parts) < 2:
        return ""
    suffix = "." + parts[-1]
    if parts[-1] in ("gz", "zst", "bz2", "xz") and len(parts) > 2:
        suffix = "." + parts[-2] + suffix
    return suffix if len(suffix) <= 16 else ""


def key(name, entry):
    """Where an entry's bytes lie in production."""
    version = entry.get("rollback", entry["version"])
    return f"{name}/{version}-{entry['sha256']}{extension(name)}"


def directory(path):
    """Every object of a directory bucket with its bytes."""
    objects = {}
    for folder, folders, files in os.walk(path):
        folders[:] = [each for each in folders if each != ".store"]
        for file in files:
            full = os.path.join(folder, file)
            with open(full, "rb") as handle:
                data = handle.read()
            objects[os.path.relpath(full, path)] = data
    return objects


def bucket(url, endpoint):
    """Every object of a bucket with its bytes."""
    if not url.startswith("s3://"):
        return directory(url)
    import boto3  # only where it is needed

    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    name, objects = url[5:], {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
        for each in page.get("Contents", []):
            objects[each["Key"]] = client.get_object(Bucket=name, Key=each["Key"])["Body"].read()
    return objects


def digest(data):
    """The SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def history(origin):
    """Along main: nothing disappears, a number is never used twice, what was published stays as it was."""
    commits = git(origin, "rev-list", "--first-parent", "--reverse", "main").decode().split()
    spent, published, seen = {}, {}, set()
    for commit in commits:
        now = {}
        for name, entry in entries(manifest(origin, commit)):
            now[identity(name, entry)] = entry
            number = (name, entry["version"])
            if spent.setdefault(number, entry["sha256"]) != entry["sha256"]:
                fault(f"{commit}: {name} {entry['version']} became another")
            if entry["state"] == "published":
                kept = {member: entry.get(member) for member in ("sha256", "size", "base", "rollback", "from", "created")}
                if published.setdefault(identity(name, entry), kept) != kept:
                    fault(f"{commit}: {name} {entry['version']} changed after it was published")
        for lost in seen - set(now):
            fault(f"{commit}: {lost} disappeared")
        seen = set(now)
    return len(commits)


def judge(origin, staging, production):
    """The tip of main and the open proposals against the buckets."""
    tip = manifest(origin, "main")
    known = {identity(name, entry): entry for name, entry in entries(tip)}
    counted = {"published": 0, "pending": 0, "retired": 0, "purging": 0, "purged": 0, "withdrawn": 0}
    pinned = {key(name, entry) for name, entry in entries(tip) if entry["state"] in LIVE}
    for name, entry in entries(tip):
        state, where = entry["state"], key(name, entry)
        counted[state] += 1
        there = production.get(where)
        right = there is not None and digest(there) == entry["sha256"] and len(there) == entry["size"]
        if state == "published" and not right:
            fault(f"main: {name} {entry['version']} is published, and {where} is {'wrong' if there else 'gone'}")
        if state in ("pending", "retired") and not right:
            staged = staging.get(entry["sha256"])
            brought = entry.get("rollback") or entry.get("from")
            if state == "pending" and not brought and (staged is None or digest(staged) != entry["sha256"]):
                fault(f"main: {name} {entry['version']} is pending, and its bytes are nowhere")
        if state == "purged" and there is not None and where not in pinned:
            fault(f"main: {name} {entry['version']} is purged, and {where} is still there")
    for where, data in production.items():
        if where.startswith(".git-data/"):
            continue
        said = re.fullmatch(r".+/v[0-9]+-([0-9a-f]{64})[^/]*", where)
        if said is None or said.group(1) != digest(data):
            fault(f"production: {where} shows other bytes")
    receipts = 0
    for where, data in production.items():
        if where.startswith(".git-data/published/") and where.endswith(".json"):
            receipts += 1
            receipt = json.loads(data)
            entry = known.get((receipt["dataset"], receipt["version"], receipt["sha256"]))
            if entry is None:
                fault(f"production: {where} is for an entry that main does not have")
            elif receipt["size"] != entry["size"] or receipt["key"] != key(receipt["dataset"], entry):
                fault(f"production: {where} says other things than main")
    return counted, receipts, known


def proposals(origin, staging, production, known):
    """What open proposals add has its bytes."""
    branches = git(origin, "for-each-ref", "--format=%(refname)", "refs/heads").decode().split()
    added = 0
    for branch in branches:
        found = manifest(origin, branch)
        for name, entry in entries(found):
            if identity(name, entry) in known or entry["state"] != "pending":
                continue
            added += 1
            there = [staging.get(entry["sha256"]), production.get(key(name, entry))]
            if not any(data is not None and digest(data) == entry["sha256"] for data in there):
                fault(f"{branch}: {name} {entry['version']} is proposed, and its bytes are nowhere")
    return added


def main(origin, staging, production, endpoint=None):
    """Counts, judges, prints."""
    commits = history(origin)
    staged, made = bucket(staging, endpoint), bucket(production, endpoint)
    counted, receipts, known = judge(origin, staged, made)
    added = proposals(origin, staged, made, known)
    hashed = len(staged) + len(made)
    print(json.dumps({"commits": commits, **counted, "receipts": receipts, "proposed": added, "hashed": hashed}))
    for each in FAULTS:
        print(each)
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
