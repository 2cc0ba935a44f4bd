#!/bin/sh
# Lint, types, architecture, migrations: what can be told without running the product. All are tried before it fails.
set -u
cd "$(dirname "$0")/.."
. tools/steps.sh
home=$(mktemp -d)
trap 'rm -rf "$home"; times_taken' EXIT
failed=0

step "lint" .venv/bin/ruff check -q || failed=1
step "format" .venv/bin/ruff format --check -q || failed=1
step "types" .venv/bin/mypy || failed=1
step "imports" .venv/bin/lint-imports --no-logo || failed=1
step "migrations" env ANGARIUM_HOME="$home" .venv/bin/python manage.py makemigrations --check --dry-run || failed=1
if [ -z "${WITHOUT_ARCHITECTURE:-}" ]; then # `make test` has these tests among its others
    step "architecture" env TEST_DATABASE=sqlite .venv/bin/pytest -q tests/architecture || failed=1
fi
exit $failed
