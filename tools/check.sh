#!/bin/sh
# Lint, types, architecture, migrations: what can be told without running the product.
set -eu
cd "$(dirname "$0")/.."
. tools/steps.sh
home=$(mktemp -d)
trap 'rm -rf "$home"; times_taken' EXIT

step "lint" .venv/bin/ruff check -q
step "format" .venv/bin/ruff format --check -q
step "types" .venv/bin/mypy
step "imports" .venv/bin/lint-imports --no-logo
step "migrations" env ANGARIUM_HOME="$home" .venv/bin/python manage.py makemigrations --check --dry-run
if [ -z "${WITHOUT_ARCHITECTURE:-}" ]; then # `make test` has these tests among its others
    step "architecture" env TEST_DATABASE=sqlite .venv/bin/pytest -q tests/architecture
fi
