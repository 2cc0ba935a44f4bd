# Everything a person or a CI needs; each target installs what it lacks. `make help` lists them.
# Variables go through: `make up PORT=9000`, or from the environment.

BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help install up test check fix map docs prove

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile $(if $(wildcard benchmarks/*.py),,| grep -v '^bench:') | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|' 2>/dev/null \
		|| grep -E '^[a-z]+:.*## ' Makefile

install: ## the locked packages and the project into ./.venv
	@tools/install.sh runtime

up: install ## run everything in one process on localhost (PORT, HOST, ANGARIUM_HOME, DEMO)
	@exec $(BIN)/angarium up

test: ## all that CI runs: check, then the tests on PostgreSQL and SQLite with coverage gates
	@tools/test.sh

check: ## lint, types, architecture and migrations; no database
	@tools/install.sh dev
	@tools/check.sh

fix: ## format and mend what ruff can mend
	@tools/install.sh dev
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

map: docs ## print what publishes, what reacts, on which queue, with which retry
	@cat docs/reference/map.md

docs: ## draw the reference pages that come from the code (doctor, lifecycles, map)
	@tools/install.sh runtime
	@$(BIN)/angarium docs

.PHONY: evidence
evidence: ## what a fleet of real processes does and says, with pictures, into docs/reference/test-evidence.md
	@tools/install.sh dev
	@$(BIN)/python -m tools.evidence

# Present from the day that benchmarks/ is.
ifneq ($(wildcard benchmarks/*.py),)
.PHONY: bench
bench: ## measure each workload of benchmarks/ and print one table
	@tools/install.sh dev
	@$(BIN)/python -m benchmarks
endif

prove: ## the long form of the fault and property tests; with ROW=LES-03 the tests that show that row
	@tools/install.sh dev
ifdef ROW
	@$(BIN)/pytest -v -k "$$(echo test_$(ROW) | tr 'A-Z-' 'a-z_')"
else
	@PROVE=1 $(BIN)/pytest -v -o faulthandler_timeout=3600 tests/test_ledger_machine.py tests/migrations tests/processes tests/faults tests/deployment/test_brokers.py \
		src/angarium/config/tests/test_doctor_command.py src/angarium/modules tests/benchmarks
	@TEST_SERVERS=all $(BIN)/pytest -v -n 0 src/angarium/modules
endif
