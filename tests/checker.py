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
    """(dataset, entry) of a manifest; an entry of a tree says so."""
    for name, dataset in (found or {"datasets": {}})["datasets"].items():
        for entry in dataset.get("versions", []):
            yield name, entry | {"tree": dataset.get("kind") == "tree"}


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
    return f"{name}/{version}-{entry['sha256']}{'.tree' if entry['tree'] else extension(name)}"


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


def unpacked(data):
    """What is under zstd; None if it is not, or if this Python cannot say."""
    try:
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    except ImportError:
        fault("trees cannot be judged: this Python has no zstandard")
    except zstandard.ZstdError:
        pass
    return None


def listed(data, entry):
    """The files of a tree's listing: path to (digest, size); None if it is not the reviewed one."""
    lines = None if data is None else unpacked(data)
    if lines is None or digest(lines) != entry["sha256"]:
        return None
    items = [json.loads(line) for line in lines.decode().splitlines()]
    files = {item["path"]: (item["sha256"], item["size"]) for item in items if item["type"] == "file"}
    right = len(files) == entry["files"] and sum(size for _, size in files.values()) == entry["size"]
    return files if right else None


def places(data):
    """Where contents lie: digest to (key, offset, length)."""
    lines = (unpacked(data) or b"").decode().splitlines() if data is not None else []
    found = (json.loads(line) for line in lines)
    return {each["sha256"]: (each["key"], each.get("offset"), each.get("length")) for each in found}


def lacking(files, where, bucket):
    """The paths whose content is not where it is said to be."""
    for path, (sha256, size) in files.items():
        key_, offset, length = where.get(sha256, (None, None, None))
        data = bucket.get(key_)
        content = data if data is None or offset is None else data[offset : offset + length]
        if content is None or len(content) != size or digest(content) != sha256:
            yield path


def whole(name, entry, receipts, production):
    """Whether production holds a version: its bytes, or its listing and the content of every file."""
    data = production.get(key(name, entry))
    if not entry["tree"]:
        return data is not None and digest(data) == entry["sha256"] and len(data) == entry["size"]
    files, receipt = listed(data, entry), receipts.get(identity(name, entry), {})
    return files is not None and not any(lacking(files, places(production.get(receipt.get("where"))), production))


def held(name, entry, receipts, staging, production):
    """Whether the bytes of a pending version are somewhere: staged, or in production already."""
    if not entry["tree"]:
        there = [staging.get(entry["sha256"]), production.get(key(name, entry))]
        return any(data is not None and digest(data) == entry["sha256"] for data in there)
    files = listed(staging.get(f"{entry['sha256']}.tree"), entry)
    if files is None:
        return whole(name, entry, receipts, production)
    staged = places(staging.get(f"{entry['sha256']}.where"))
    missing = set(lacking(files, staged, staging))
    for (dataset, _, _), receipt in receipts.items():
        if dataset == name and missing:
            rest = {path: files[path] for path in missing}
            missing = set(lacking(rest, places(production.get(receipt.get("where"))), production))
    return not missing


def named(where, data):
    """Whether an object of production is what its key says."""
    said = re.fullmatch(r".+/v[0-9]+-([0-9a-f]{64})(?:-([0-9a-f]{64})\.where|(\.tree)|[^/]*)", where)
    shard = re.fullmatch(r".+/v[0-9]+-[0-9a-f]{16}/shards/([0-9a-f]{64})\.tar", where)
    if shard is not None:
        return shard.group(1) == digest(data)
    if said is None:
        # A file of a tree has no digest in its key; the places of each version are followed.
        return re.fullmatch(r".+/v[0-9]+-[0-9a-f]{16}/files/.+", where) is not None
    if said.group(3):
        return digest(unpacked(data) or b"") == said.group(1)
    return (said.group(2) or said.group(1)) == digest(data)


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
    receipts = {}
    for where, data in production.items():
        if where.startswith(".git-data/published/") and where.endswith(".json"):
            receipt = json.loads(data)
            receipts[receipt["dataset"], receipt["version"], receipt["sha256"]] = receipt | {"at": where}
    for name, entry in entries(tip):
        state, where = entry["state"], key(name, entry)
        counted[state] += 1
        there = production.get(where)
        right = whole(name, entry, receipts, production)
        if state == "published" and not right:
            fault(f"main: {name} {entry['version']} is published, and {where} is {'wrong' if there else 'gone'}")
        if state in ("pending", "retired") and not right:
            brought = entry.get("rollback") or entry.get("from")
            if state == "pending" and not brought and not held(name, entry, receipts, staging, production):
                fault(f"main: {name} {entry['version']} is pending, and its bytes are nowhere")
        if state == "purged" and there is not None and where not in pinned:
            fault(f"main: {name} {entry['version']} is purged, and {where} is still there")
    for where, data in production.items():
        if where.startswith(".git-data/"):
            continue
        if not named(where, data):
            fault(f"production: {where} shows other bytes")
    for entry_of, receipt in receipts.items():
        entry, where = known.get(entry_of), receipt["at"]
        if entry is None:
            fault(f"production: {where} is for an entry that main does not have")
        elif receipt["size"] != entry["size"] or receipt["key"] != key(receipt["dataset"], entry):
            fault(f"production: {where} says other things than main")
    return counted, receipts, known


def proposals(origin, staging, production, known, receipts):
    """What open proposals add has its bytes."""
    branches = git(origin, "for-each-ref", "--format=%(refname)", "refs/heads").decode().split()
    added = 0
    for branch in branches:
        found = manifest(origin, branch)
        for name, entry in entries(found):
            if identity(name, entry) in known or entry["state"] != "pending":
                continue
            added += 1
            if not held(name, entry, receipts, staging, production):
                fault(f"{branch}: {name} {entry['version']} is proposed, and its bytes are nowhere")
    return added


def main(origin, staging, production, endpoint=None):
    """Counts, judges, prints."""
    commits = history(origin)
    staged, made = bucket(staging, endpoint), bucket(production, endpoint)
    counted, receipts, known = judge(origin, staged, made)
    added = proposals(origin, staged, made, known, receipts)
    hashed = len(staged) + len(made)
    print(json.dumps({"commits": commits, **counted, "receipts": len(receipts), "proposed": added, "hashed": hashed}))
    for each in FAULTS:
        print(each)
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
