# What a person does here. Everything runs in .venv, which the first target makes.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true $(BIN)/uv
PARALLEL ?= 2

.PHONY: help install run test lint format lock docs bench bench-full clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: .venv/installed ## make .venv with everything that is pinned

.venv/installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("casebackbone needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make install PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

run: install ## the system on SQLite without a broker, with demo data: says where to look and with which tokens
	$(BIN)/casebackbone demo

test: install lint ## everything, with a real Kafka and a real PostgreSQL
	$(BIN)/python -m tests.services -- $(BIN)/python -m pytest -n $(PARALLEL) --durations=12

lint: install ## style, types, and which room may know which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## put the code in the agreed form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## pin what pyproject.toml asks for, with hashes
	@test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet uv; }
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command "make lock" \
		--output-file requirements/base.txt pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command "make lock" \
		--group dev --output-file requirements/dev.txt pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --custom-compile-command "make lock" \
		--group build --output-file requirements/build.txt

docs: install ## make the generated documents anew
	$(BIN)/casebackbone docs

bench: install ## measure for some minutes, side by side with limits and the plain library
	$(BIN)/python -m benchmarks

bench-full: install ## measure every size, and make docs/performance.md anew
	$(BIN)/python -m benchmarks --full

clean: ## remove what was made here, but no data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .services dist build
