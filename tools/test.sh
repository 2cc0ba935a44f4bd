#!/bin/sh
# The whole of `make test`: check, all tests on PostgreSQL, those of the source that ask the database on SQLite as well;
# pages and admin run there in a browser (tests/browser). What must not break runs under coverage, by its own tests, and is
# refused with less than the gates ask for; coverage costs half as much again, so the rest runs without.
set -eu
cd "$(dirname "$0")/.."
. tools/steps.sh
trap times_taken EXIT

gated() { # what must not break, and what stands around it
    find src/angarium/engine/events src/angarium/engine/ledger src/angarium/modules -name 'test_*.py' \
        ! -name 'test_pages*' ! -name '*admin*' | sort
}

ungated() { # the other folders of the source, and the pages of the modules
    find src/angarium src/angarium/engine -mindepth 1 -maxdepth 1 -type d ! -name engine ! -name modules \
        ! -name events ! -name ledger ! -name locale ! -name __pycache__ | sort
    find src/angarium/modules -name 'test_pages*.py' -o -name 'test_*admin*.py' | sort
}

on() { # DATABASE pytest-arguments…
    database=$1
    shift
    env TEST_DATABASE="$database" .venv/bin/pytest --dist worksteal --durations=5 "$@"
}

coverage_gates() {
    .venv/bin/coverage json -q -o .coverage.json && .venv/bin/python tools/gates.py .coverage.json
}

step "install" tools/install.sh dev
step "check" env WITHOUT_ARCHITECTURE=1 tools/check.sh
rm -f .coverage .coverage.*
export COVERAGE_FILE="$PWD/.coverage.gated"
# shellcheck disable=SC2046
step "what must not break" on postgres -n 2 --cov --cov-report= $(gated)
step "coverage" coverage_gates
# Many of these wait for processes, so there is one more of them than there are processors.
# shellcheck disable=SC2046
step "the rest on PostgreSQL" on postgres -n 3 $(ungated) tests
export ONLY_DATABASE=1
step "tests on SQLite" on sqlite -n 2 --ignore-glob='*/test_pages*' --ignore-glob='*/test_*admin*' src tests/test_ledger_machine.py
