#!/usr/bin/env bash
# Makes this repository's own sample data with the program itself: real proposals, merges and publications, as commits on
# top of HEAD in a scratch clone. What was there of an earlier sample is replaced. The last lines say how to take it over.
#
#   cargo build --locked && tests/sample.sh
#
# The figures in the data are invented. The same script makes the same bytes, so the digests stay.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
TOP=$PWD
export PATH=$TOP/target/debug:$PATH

SCRATCH=$(mktemp -d "$TOP/target/sample.XXXXXX")
CLONE=$SCRATCH/clone
export XDG_CACHE_HOME=$SCRATCH/cache

# The tables of one version: folder, version.
tables() {
  mkdir -p "$1"
  python3 - "$1" "$2" <<'PYTHON'
import os, pathlib, sqlite3, sys

folder, version = pathlib.Path(sys.argv[1]), int(sys.argv[2])
regions = [("north", "North coast"), ("south", "South plain"), ("west", "West hills")]
years = [2023, 2024] + ([2025] if version == 2 else [])

lines = ["region,year,price"]
for number, (region, _) in enumerate(regions):
    for year in years:
        price = 30 + 3 * number + 2 * (year - 2023)
        if version == 2 and (region, year) == ("south", 2024):
            price += 1
        lines.append(f"{region},{year},{price}")
(folder / "prices.csv").write_bytes(("\n".join(lines) + "\n").encode())

path = folder / "energy.sqlite"
path.unlink(missing_ok=True)
with sqlite3.connect(path) as db:
    db.execute("PRAGMA page_size = 1024")
    db.execute("CREATE TABLE region (code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID")
    db.execute("CREATE TABLE cost (region TEXT, technology TEXT, year INTEGER, euro_per_kw REAL, "
               "PRIMARY KEY (region, technology, year)) WITHOUT ROWID")
    db.executemany("INSERT INTO region VALUES (?, ?)", regions)
    for number, (region, _) in enumerate(regions):
        for technology, cost in (("solar", 620.0), ("wind", 1180.0)):
            db.executemany("INSERT INTO cost VALUES (?, ?, ?, ?)",
                           [(region, technology, year, cost + 10 * number - 25 * (year - 2023)) for year in years])
db.close()
# The number of the library that wrote the file is part of its header: always the same here.
with open(path, "r+b") as file:
    file.seek(96)
    file.write((3040001).to_bytes(4, "big"))
PYTHON
}

# Merge and publish what the branch proposes: branch.
publish() {
  git switch --quiet main
  git merge --quiet --no-ff -m "Merge $1" "$1"
  git push --quiet origin main
  git-data-publish run
  git pull --quiet --ff-only
}

git clone --quiet --bare "$TOP" "$SCRATCH/origin.git"
git -C "$SCRATCH/origin.git" update-ref refs/heads/main "$(git rev-parse HEAD)"
git -C "$SCRATCH/origin.git" symbolic-ref HEAD refs/heads/main
git clone --quiet "$SCRATCH/origin.git" "$CLONE"
cd "$CLONE"

git rm --quiet -r --ignore-unmatch .gitdata manifest.json diffs tests/bucket
git data init --yes --staging file:target/sample-staging --production file:tests/bucket/production
# Here the production bucket travels with the repository, and no bucket has keys.
sed -i.old '/^\/tests\/bucket\/production\/$/d' .gitignore && rm .gitignore.old
grep -qx '/tests/bucket/production/.store/' .gitignore || echo '/tests/bucket/production/.store/' >>.gitignore
git rm --quiet --force .env.example
git add .gitignore
git commit --quiet -m 'sample: this repository versions data of its own'
git push --quiet origin main # versions begin at v1 again

tables sample 1
git data prepare prices.csv sample/prices.csv --branch data/sample-1 --commit \
  --description 'Prices by region and year (invented)' -m 'Prices of 2023 and 2024'
git data prepare energy.sqlite sample/energy.sqlite --branch data/sample-1 --commit \
  --description 'Costs of technologies, two tables (invented)' -m 'Costs of 2023 and 2024'
publish data/sample-1

tables sample 2
git data prepare --all --branch data/sample-2 --commit -m 'Add 2025; south 2024 was one too low'
publish data/sample-2

git add tests/bucket
git commit --quiet -m 'sample: the production bucket'
git push --quiet origin main
rm -rf "$SCRATCH/cache"

echo
git log --oneline --first-parent "$(git -C "$TOP" rev-parse HEAD)..main"
git data log
echo
echo "To take it over:"
echo "  git pull --ff-only $SCRATCH/origin.git main && rm -rf $SCRATCH"
