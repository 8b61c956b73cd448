#!/usr/bin/env bash
# pytest on two cores, by three workers: much of a capture is waiting. A file goes to one worker whole, since
# what it builds serves all its tests (the order is that of tests/conftest.py); the scratch folder lies in memory where
# there is room: the tests sync to disk many thousand times.
set -eu
scratch=()
if [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -n 1)" -gt 6000000 ]; then
  folder=$(mktemp -d /dev/shm/bianwu-tests.XXXXXX)
  trap 'rm -rf "$folder"' EXIT
  scratch=(--basetemp "$folder/run")
fi
.venv/bin/pytest -q -p no:cacheprovider -n 3 --dist loadfile --no-loadscope-reorder ${scratch[@]+"${scratch[@]}"} "$@"
