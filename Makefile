# Bianwu: `make demo` and `make test` are the two commands; everything else is a part of them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
QUICK := not browser and not slow and not full
PYTEST := tools/test.sh

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## install what the project needs (asks before apt; YES=1 does not ask)
	@tools/setup.sh

.PHONY: demo
demo: setup ## play the fictional case in the browser
	@$(BIN)/bianwu demo

.PHONY: quick
quick: setup ## lint, types, contracts, unit tests (<= 90 s)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/mypy & types=$$!; $(PYTEST) -m "$(QUICK)" && wait $$types

.PHONY: test
test: setup ## every real part, seeded samples (<= 15 min on 2 cores)
	@$(PYTEST) -m "not full"

.PHONY: test-full
test-full: setup ## all mutations, both database engines, large data
	@$(PYTEST)

.PHONY: coverage
coverage: setup ## the tests of `make test` with branch coverage
	@$(PYTEST) -m "not full" --cov --cov-branch --cov-report=term

.PHONY: audit
audit: setup ## known faults in the locked dependencies
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.audit requirements.lock

.PHONY: check
check: quick test audit ## quick + test + dependency audit

.PHONY: bench bench-report
bench: setup ## ratios side by side, into build/bench.json (KEY=group for one group)
	@$(BIN)/python -m tools.bench $(KEY)
bench-report: setup ## the figures against their goals
	@$(BIN)/python -m tools.bench --report

.PHONY: screens
screens: setup ## pictures of every page, both languages and themes, into build/screens (ARGS=--quick: small data)
	@$(BIN)/python -m tools.screens $(ARGS)

.PHONY: cover
cover: setup ## the picture of README.md made again, from the played case
	@$(BIN)/python -m tools.screens --cover docs/images/case.png

.PHONY: lock
lock: ## pin every dependency with hashes again
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra dev pyproject.toml -o requirements-dev.lock

.PHONY: format
format: setup ## mend what a machine can mend
	@$(BIN)/ruff check --fix -q . && $(BIN)/ruff format -q .

.PHONY: translations
translations: setup ## collect new Chinese source texts into the English catalogue
	@$(BIN)/python tools/messages.py

.PHONY: clean
clean: ## remove what was built (never data)
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
