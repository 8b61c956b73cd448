#!/usr/bin/env bash
# Installs what Bianwu needs: Debian packages, .venv from the lock file, front-end assets.
# Quick when nothing changed. YES=1 installs Debian packages without asking; no system service is left running.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

install_debian_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "没有 apt:请自行安装 deploy/apt-packages.txt 所列软件,再运行 bianwu doctor。 / No apt here: install what deploy/apt-packages.txt lists, then run: bianwu doctor"
    return
  fi
  missing=()
  while read -r name _; do
    case "$name" in ''|'#'*) continue ;; esac
    dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done < deploy/apt-packages.txt
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "需要安装 Debian 软件包 / Debian packages to install:"
  for name in "${missing[@]}"; do say "  $(grep -E "^$name " deploy/apt-packages.txt)"; done
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      say "没有 sudo。请以管理员身份运行 / No sudo here. As root run:  apt-get install --no-install-recommends ${missing[*]}"
      exit 1
    fi
    as_root=(sudo)
  fi
  if [ "${YES:-}" != 1 ] && [ -t 0 ]; then
    printf '现在安装? / Install now? [Y/n] ' >&2
    read -r answer
    case "$answer" in [nN]*) say "未安装。/ Not installed."; exit 1 ;; esac
  fi
  "${as_root[@]}" apt-get update -qq
  # No Recommends: nothing that runs as a service comes along.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_python_packages() {
  # A folder that was moved has wrong paths inside: the stamp carries where it stands.
  stamp="$(digest requirements-dev.lock pyproject.toml) $PWD"
  [ "$(cat .venv/.stamp 2>/dev/null)" = "$stamp" ] && [ -x .venv/bin/python ] && return 0
  python=${PYTHON:-python3}
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "需要 Python 3.11 以上 / Python 3.11 or later is needed (PYTHON=/path/to/python3.11 make setup)"; exit 1; }
  rm -f .venv/.stamp
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  if [ ! -x .venv/bin/uv ]; then
    mkdir -p build
    awk '/^uv==/ {on=1} on {print} on && !/\\$/ {exit}' requirements-dev.lock > build/uv.lock
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r build/uv.lock
  fi
  .venv/bin/uv pip sync -q --require-hashes --python .venv/bin/python requirements-dev.lock
  .venv/bin/uv pip install -q --no-deps --no-build-isolation --python .venv/bin/python -e .
  echo "$stamp" > .venv/.stamp
}

install_assets() {
  .venv/bin/python tools/fetch_assets.py --check --dev >/dev/null 2>&1 || .venv/bin/python tools/fetch_assets.py --dev
}

install_debian_packages
install_python_packages
install_assets
