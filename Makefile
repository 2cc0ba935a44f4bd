# Everything a person or a CI needs; each target installs what it lacks. `make help` lists them.
# Variables go through: `make up PORT=9000`, or from the environment.

BIN := .venv/bin
RUN_TESTS := $(BIN)/pytest --durations=5
.DEFAULT_GOAL := help
.PHONY: help install up test check fix prove

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|' 2>/dev/null \
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

prove: ## the tests that show one acceptance row (ROW=LES-03), or all rows
	@tools/install.sh dev
	@$(BIN)/pytest -v -k "$$(echo test_$(or $(ROW),LES-) | tr 'A-Z-' 'a-z_')"
