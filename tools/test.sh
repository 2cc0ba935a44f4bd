#!/bin/sh
# The whole of `make test`: check, all tests on PostgreSQL with coverage, those of the source that ask the database on
# SQLite, coverage gates.
set -eu
cd "$(dirname "$0")/.."
. tools/steps.sh
trap times_taken EXIT

on() { # DATABASE pytest-arguments…
    database=$1
    shift
    env TEST_DATABASE="$database" COVERAGE_FILE="$PWD/.coverage.$database" \
        .venv/bin/pytest -n 2 --dist worksteal --durations=5 "$@"
}

coverage_gates() {
    .venv/bin/coverage combine -q .coverage.* &&
        .venv/bin/coverage json -q -o .coverage.json &&
        .venv/bin/python tools/gates.py .coverage.json
}

step "install" tools/install.sh dev
step "check" env WITHOUT_ARCHITECTURE=1 tools/check.sh
rm -f .coverage .coverage.*
step "tests on PostgreSQL" on postgres --cov --cov-report=
export ONLY_DATABASE=1
step "tests on SQLite" on sqlite src tests/test_ledger_machine.py
step "coverage" coverage_gates
