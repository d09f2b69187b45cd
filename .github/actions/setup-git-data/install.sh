#!/usr/bin/env bash
# Downloads the archive of a release, verifies its checksum and its attestation, and puts the programs on the path of later steps.
# VERSION, SHA256, REPOSITORY (OWNER/NAME) and GH_TOKEN are its arguments.
set -euo pipefail

fail() {
  echo "error: $1" >&2
  exit 1
}
[[ $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "version must be like 1.2.3"
[[ $SHA256 =~ ^[0-9a-f]{64}$ ]] || fail "sha256 must be 64 hex digits"
[[ $REPOSITORY =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || fail "repository must be OWNER/NAME"

case $RUNNER_OS-$RUNNER_ARCH in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-gnu ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-msvc ;;
  *) fail "there is no release for $RUNNER_OS on $RUNNER_ARCH" ;;
esac
folder=$RUNNER_TEMP/git-data-$VERSION
archive=$folder/git-data-$VERSION-$target.tar.gz
mkdir -p "$folder/bin"
curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$archive" \
  "${GITHUB_SERVER_URL:-https://github.com}/$REPOSITORY/releases/download/v$VERSION/${archive##*/}"
if command -v sha256sum >/dev/null; then found=$(sha256sum "$archive"); else found=$(shasum -a 256 "$archive"); fi
[[ ${found%% *} == "$SHA256" ]] || fail "${archive##*/} has the SHA-256 ${found%% *}, not $SHA256"
gh attestation verify "$archive" --repo "$REPOSITORY" --signer-workflow "$REPOSITORY/.github/workflows/release.yml"
tar -xzf "$archive" -C "$folder/bin"
echo "$folder/bin" >>"$GITHUB_PATH"
