#!/bin/sh
# This repository's own offerctl, for hooks, cron and whoever has none: sh .github/offerctl.sh validate
# It installs what the workflows install, nothing without its hash, whenever that has changed; into the git directory,
# where no pull request writes.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
place=$(cd "$top" && cd "$(git rev-parse --git-common-dir)" && pwd -P)/offerctl
wanted=$(cat "$top/.github/requirements.txt" "$top/.github/wheels/offerctl.txt")
if [ "$wanted" != "$(cat "$place/installed" 2>/dev/null)" ]; then
  (
    cd "$top"
    rm -rf "$place"
    python3 -I -m venv "$place"
    "$place/bin/python" -I -m pip install --quiet --disable-pip-version-check \
      --require-hashes --only-binary :all: --requirement .github/requirements.txt
    "$place/bin/python" -I -m pip install --quiet --disable-pip-version-check \
      --require-hashes --no-index --no-deps --requirement .github/wheels/offerctl.txt
    printf '%s\n' "$wanted" >"$place/installed"
  ) >&2
fi
exec "$place/bin/python" -I -m offerctl "$@"
