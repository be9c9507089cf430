# `make` prints the targets. `make up` and `make test` do all set-up themselves.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
DATA ?= .observer

.PHONY: help deps deps-dev deps-engines deps-insights up dagster test test-slow test-engines check bench docs build lock clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.deps: requirements.lock pyproject.toml | $(UV)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.deps-dagster: requirements-dagster.lock $(VENV)/.deps
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dagster.lock
	@touch $@

$(VENV)/.deps-engines: requirements-engines.lock $(VENV)/.deps
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-engines.lock
	@touch $@

$(VENV)/.deps-insights: requirements-insights.lock $(VENV)/.deps
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-insights.lock
	@touch $@

$(VENV)/.deps-dev: requirements-dev.lock $(VENV)/.deps-dagster $(VENV)/.deps-engines $(VENV)/.deps-insights
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

deps: $(VENV)/.deps ## install what the observatory needs

deps-engines: $(VENV)/.deps-engines ## what BigQuery and Spark need

deps-insights: $(VENV)/.deps-insights ## what notebooks, visualizations and reports need

deps-dev: $(VENV)/.deps-dev ## install the tools of the tests too

up: deps ## start: demo data if there is none, website on http://127.0.0.1:8080
	$(BIN)/observer up

dagster: $(VENV)/.deps-dagster ## the same pipeline in Dagster: schedules, backfills, lineage, on http://127.0.0.1:3000
	$(BIN)/observer dagster

PYTEST := $(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder

test: deps-dev chromium check ## all tests but the slow ones
	$(PYTEST) -m "not slow"

test-slow: deps-dev chromium ## the slow tests: Dagster, kills, wheels, every insight, real data where it is
	$(PYTEST) -m slow

test-engines: deps-dev java ## the same marts on BigQuery (an emulator) and on a Spark cluster
	OBSERVER_ENGINES=1 $(BIN)/pytest tests/journeys/test_engines.py tests/journeys/test_engines_filled.py

check: deps-dev ## format, lint, types, import rules
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "no Chromium found and it cannot be installed here: browser journeys will be skipped"

.PHONY: java
java:
	@command -v java >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null; } || \
	  echo "no Java found and it cannot be installed here: the journey on Spark will be skipped"

bench: deps-dev ## benchmarks, each with an equality check and a peer
	$(BIN)/python -m benchmarks

docs: deps-dev ## write the generated reference under docs/reference
	$(BIN)/python -m observer.cli.main docs

build: deps-dev ## build the wheel
	$(BIN)/python -m build --wheel --no-isolation

LOCK := $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header $(if $(KEEP),,--upgrade)

lock: $(UV) ## resolve requirements*.in again; KEEP=1 changes only what has to change
	$(LOCK) requirements.in requirements-build.in -o requirements.lock
	$(LOCK) requirements-engines.in -o requirements-engines.lock
	$(LOCK) requirements-dagster.in -o requirements-dagster.lock
	$(LOCK) requirements-insights.in -o requirements-insights.lock
	$(LOCK) requirements-dev.in -o requirements-dev.lock

clean: ## remove what was built, not the data
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache transform/target
