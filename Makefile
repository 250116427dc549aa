# The environment is kept in .venv; everything else follows from it. `make help` lists the targets.

VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

# The first of these that is new enough, unless PYTHON says which one.
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && { command -v $$p; break; }; done)

# The project and its libraries, from their folders; what they depend on is pinned in requirements/.
EDITABLE := --editable . $(addprefix --editable ./libs/,lvdash metric_ask genie_space sales_sample)

PIP_INSTALL = $(BIN)/python -m pip install --quiet --require-hashes
COMPILE = CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-strip-extras --allow-unsafe

PYTHON_CODE := orchestration libs tools tests
# Not snapshots: a line each, in a tag that sqlfluff does not know.
SQL_CODE := models docs/analyses tests/data
WORDS := README.md docs models macros seeds snapshots resources orchestration libs tools tests/data
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --durations 20

.DEFAULT_GOAL := help
.PHONY: help run sample dashboard status test test-slow test-lib mutants simulate bench bench-quality bench-dashboard bench-spark warehouse lint hooks format statements docs packages requirements clean
.DELETE_ON_ERROR:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.ready ## build everything: environment, sample files if landing is empty, dbt build, dashboard
	@$(BIN)/lakehouse run

sample: $(VENV)/.ready ## write sample files into landing
	@$(BIN)/lakehouse sample

dashboard: $(VENV)/.ready ## draw the dashboard from the published data
	@$(BIN)/lakehouse dashboard

status: $(VENV)/.ready ## last run, freshness, row counts, open quality issues
	@$(BIN)/lakehouse status

test: $(VENV)/.ready-dev ## every feature once, in minutes; needs neither Java nor a browser
	@$(PYTEST) -m "not slow and not browser"

test-slow: $(VENV)/.ready-warehouse ## all other tests: local warehouse (Java, Maven), Chromium, long histories, guides
	@$(PYTEST) -m "slow or browser"

test-lib: $(VENV)/.ready-dev ## the tests of one library: make test-lib LIB=lvdash
	@$(BIN)/python -m pytest libs/$(LIB)

mutants: $(VENV)/.ready-dev ## mutation tests: change the models in every way, by rule; some: make mutants SAMPLE=30 SEED=7
	@$(BIN)/python -m tools.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

simulate: $(VENV)/.ready-dev ## simulated histories of files and runs: make simulate SEEDS=1-500
	@SEEDS=$(or $(SEEDS),1-20) $(PYTEST) tests/python/test_histories.py

bench: $(VENV)/.ready-dev ## measure builds, days and the page; CASES and OPTIONS select
	@$(BIN)/python -m tools.bench.pipeline $(CASES) $(OPTIONS)

bench-quality: $(VENV)/.ready-dev ## measure the cost of validation: six million lines with and without it
	@$(BIN)/python -m tools.bench.quality_cost

bench-dashboard: $(VENV)/.ready-dev ## measure size and speed of the dashboard page in Chromium
	@$(BIN)/python -m tools.bench.dashboard_speed

bench-spark: $(VENV)/.ready-warehouse ## compare gold of six million lines on DuckDB and on the local warehouse
	@$(BIN)/python -m tools.bench.on_spark

warehouse: $(VENV)/.ready-warehouse ## start the local Databricks SQL warehouse
	@$(BIN)/dbx-local start

lint: $(VENV)/.ready-dev ## ruff, mypy, sqlfluff as Databricks and as DuckDB, yamllint, spelling
	$(BIN)/ruff check $(PYTHON_CODE)
	$(BIN)/ruff format --check $(PYTHON_CODE)
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 0 $(SQL_CODE)
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 0 --dialect duckdb $(SQL_CODE)
	$(BIN)/yamllint --strict --config-file tools/lint/yamllint.yml .
	$(BIN)/lint-imports
	$(BIN)/codespell $(WORDS)

hooks: $(VENV)/.ready-dev ## run the quick linters before each commit
	@$(BIN)/pre-commit install --config tools/lint/pre-commit.yaml

format: $(VENV)/.ready-dev ## format the Python code
	$(BIN)/ruff check --fix $(PYTHON_CODE)
	$(BIN)/ruff format $(PYTHON_CODE)

statements: $(VENV)/.ready-dev ## write down again what production sends to the warehouse (tests/python/databricks/statements.sql)
	@$(BIN)/python -m tests.python.databricks.golden

docs: $(VENV)/.ready ## build the documentation site: descriptions, lineage and usage
	@$(BIN)/lakehouse docs

packages: $(VENV)/.package ## fetch the dbt packages from the hub again
	@$(BIN)/python -m orchestration.packages

requirements: $(VENV)/.ready-dev ## compile the pinned, hashed requirements
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --output-file requirements/run.txt requirements/run.in
	$(COMPILE) --output-file requirements/dev.txt requirements/dev.in
	$(COMPILE) --output-file requirements/warehouse.txt requirements/warehouse.in
	$(COMPILE) --output-file requirements/dbt_1_12.txt requirements/dbt_1_12.in

clean: ## remove build results; landing, warehouse and profiles.yml stay
	rm -rf $(VENV) target logs site dbt_packages build *.egg-info .pytest_cache .mypy_cache .ruff_cache

# --- The environment, in steps that are done once ------------------------------------------------

$(VENV)/.python:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer with venv is needed and was not found." >&2; \
		echo "Install it (on Debian: apt install python3 python3-venv), or name it: make run PYTHON=/path/to/python3" >&2; \
		exit 2; }
	@echo "Making the environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements/run.txt
	@echo "Installing requirements/run.txt; this takes a minute, once"
	@$(PIP_INSTALL) -r requirements/run.txt
	@touch $@

$(VENV)/.package: $(VENV)/.run pyproject.toml $(wildcard libs/*/pyproject.toml)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

$(VENV)/.packages: $(VENV)/.package packages.yml
	@$(BIN)/python -m orchestration.packages
	@touch $@

$(VENV)/.ready: $(VENV)/.packages
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements/dev.txt libs/dbx_local/pyproject.toml
	@echo "Installing requirements/dev.txt"
	@$(PIP_INSTALL) -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable ./libs/dbx_local
	@touch $@

$(VENV)/.ready-warehouse: $(VENV)/.ready-dev requirements/warehouse.txt
	@echo "Installing requirements/warehouse.txt; Spark is large"
	@$(PIP_INSTALL) -r requirements/warehouse.txt
	@touch $@
