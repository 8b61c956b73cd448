#!/usr/bin/env bash
# pytest with its scratch folder in memory where there is room: the tests sync to disk many thousand times.
set -eu
scratch=()
if [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -n 1)" -gt 6000000 ]; then
  folder=$(mktemp -d /dev/shm/bianwu-tests.XXXXXX)
  trap 'rm -rf "$folder"' EXIT
  scratch=(--basetemp "$folder/run")
fi
.venv/bin/pytest -p no:cacheprovider ${scratch[@]+"${scratch[@]}"} "$@"
