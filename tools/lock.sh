#!/bin/sh
# Compiles the requirements files: versions stay as they are unless pyproject.toml forbids them.
# --upgrade, or --upgrade-package NAME, takes newer ones.
set -eu
cd "$(dirname "$0")/.."

# For every platform and Python; the files say what, with its hashes, and not from where.
compile() {
  output=$1
  shift
  .venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --no-header --no-annotate "$@" --output-file "$output"
}

compile requirements-dev.txt pyproject.toml local/pyproject.toml --extra deploy --group dev "$@"
compile requirements.txt pyproject.toml --extra deploy --constraints requirements-dev.txt
compile lambda/requirements.txt lambda/requirements.in --constraints requirements-dev.txt
compile requirements-checkov.txt --group checkov "$@"
