#!/bin/sh
# The whole of `make test`: check, the tests on PostgreSQL, the source's own tests on SQLite, coverage gates.
set -eu
cd "$(dirname "$0")/.."
. tools/steps.sh
trap times_taken EXIT

on() { # DATABASE pytest-arguments…; coverage goes to files of its own
    database=$1
    shift
    env TEST_DATABASE="$database" COVERAGE_FILE="$PWD/.coverage.$database" \
        .venv/bin/pytest -n 2 --dist worksteal --cov --cov-report= --durations=5 "$@"
}

coverage_gates() {
    .venv/bin/coverage combine -q .coverage.* &&
        .venv/bin/coverage json -q -o .coverage.json &&
        .venv/bin/python tools/gates.py .coverage.json
}

step "install" tools/install.sh dev
step "check" env WITHOUT_ARCHITECTURE=1 tools/check.sh
rm -f .coverage .coverage.*
step "tests on PostgreSQL" on postgres
step "tests on SQLite" on sqlite src tests/test_ledger_machine.py
step "coverage" coverage_gates
