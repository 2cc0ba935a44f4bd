#!/bin/sh
# The whole of `make test`: check, all tests on PostgreSQL, and on SQLite those of the source that ask the database what
# it may answer otherwise than PostgreSQL does. What must not break runs under coverage, by its own tests, and is refused
# with less than the gates ask for; coverage costs half as much again, so the rest runs without.
set -eu
cd "$(dirname "$0")/.."
. tools/steps.sh
trap times_taken EXIT
unset PYTHONDONTWRITEBYTECODE # hundreds of processes would each compile the product anew

gated() { # what must not break: events and ledger, and what the modules' actions and lifecycles are held by
    find src/angarium/engine/events src/angarium/engine/ledger -name 'test_*.py' | sort
    modules
}

modules() { # by what they test, and those of the key processes of timeoff (tools/gates.py); what they leave is little
    {
        for word in actions lifecycle tracking bulk claims pipelines runs moves verbs conflicts together policy trial; do
            find src/angarium/modules -name "test_*$word*.py" ! -name 'test_pages*' ! -name '*admin*' ! -name 'test_sending*'
        done
        find src/angarium/modules/operations -name 'test_api*.py'
        find src/angarium/modules/timeoff -name 'test_*.py' ! -name 'test_pages*' ! -name '*admin*' ! -name '*letter*' \
            ! -name 'test_tasks*' ! -name 'test_demo*' ! -name 'test_exports*' ! -name 'test_live*'
    } | sort -u
}

ungated() { # the other folders of the source, and the other tests of the modules
    find src/angarium src/angarium/engine -mindepth 1 -maxdepth 1 -type d ! -name engine ! -name modules \
        ! -name events ! -name ledger ! -name locale ! -name __pycache__ | sort
    modules >.gated.txt
    find src/angarium/modules -name 'test_*.py' | sort | grep -v -x -F -f .gated.txt
}

# Forms, answers, letters and what the outside does are the same on it; pages, admin and API are asked there by whole
# processes.
on_sqlite_too() {
    find src/angarium -name 'test_*.py' \
        ! -name 'test_pages*' ! -name '*admin*' ! -name 'test_*api*' ! -name 'test_*policy*' ! -name 'test_schema*' \
        ! -name 'test_*letters*' ! -name 'test_*door*' ! -name 'test_rights*' ! -name 'test_membership*' \
        ! -name 'test_sending_stops*' ! -name 'test_*machine*' ! -name 'test_doctor_peers*' ! -name 'test_cache_outages*' \
        ! -name 'test_earnings*' ! -name 'test_pay.py' ! -name 'test_webhook*' ! -name 'test_demo*' \
        ! -name 'test_bodies*' ! -name 'test_problems*' ! -name 'test_paging*' ! -name 'test_authentication*' \
        ! -name 'test_shell*' ! -name 'test_work.py' ! -name 'test_people*' ! -name 'test_first_page*' | sort
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
# Some wait for a worker's pauses, so there are one more of them than there are processors.
# shellcheck disable=SC2046
step "what must not break" on postgres -n 3 --cov --cov-report= $(gated)
step "coverage" coverage_gates
# Many wait for processes, so there are two more of them (tests/servers/order.py).
# shellcheck disable=SC2046
step "the rest on PostgreSQL" on postgres -n 4 --dist loadgroup --no-loadscope-reorder $(ungated) tests
export ONLY_DATABASE=1
# shellcheck disable=SC2046
step "tests on SQLite" on sqlite -n 4 tests/migrations tests/test_ledger_machine.py $(on_sqlite_too)
