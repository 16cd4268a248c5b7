# Two commands matter: `make demo` (a sample company) and `make run` (your own people).
# `make help` lists the rest. Everything is installed into .venv, everything is written to var/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv --quiet --no-progress
MANAGE := $(BIN)/python manage.py
TRANSLATIONS := $(patsubst %.po,%.mo,$(wildcard */locale/*/LC_MESSAGES/*.po))

export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(CURDIR)/$(VENV)

.PHONY: help setup dev demo run test test-rooms test-beside chaos bench bench-evidence bench-ledger bench-verify bench-directory forgeries lint types \
	contracts migrations-check coverage lock clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

# --- Running ------------------------------------------------------------------------------------

demo: setup ## Optrail with a sample company, at the address that it prints
	@exec $(MANAGE) demo --with-parent

run: setup ## Optrail for your own people, at the address that it prints
	@exec $(MANAGE) up --with-parent

setup: $(VENV)/.main $(TRANSLATIONS) ## .venv with what the program needs

dev: $(VENV)/.dev $(TRANSLATIONS) ## .venv with what its tests and checks need as well

# --- Checking -----------------------------------------------------------------------------------

test: dev ## every test, on real parts; two halves side by side
	@$(MAKE) --no-print-directory --output-sync=target --jobs=2 test-rooms test-beside

test-rooms: dev ## each room's tests, on PostgreSQL
	@$(BIN)/pytest --ignore=tests/journeys

test-beside: dev ## the whole way through the product; then, on SQLite, what has to do with the database
	@$(BIN)/pytest tests/journeys
	@OPTRAIL_TEST_DB=sqlite $(BIN)/pytest -m both

# FULL=1 for 100,000 people and 1,000 kills; SEED=7 for another order; SCENARIOS="kills answers" for some.
chaos: dev ## kills, cuts and crashes against real parts, and a checker that counts
	@$(BIN)/python -m tests.faults $(if $(FULL),--full) $(if $(SEED),--seed $(SEED)) $(SCENARIOS)

coverage: dev ## which branches the tests of both databases do not reach
	@$(BIN)/coverage erase
	@$(BIN)/pytest --cov --cov-report= --cov-fail-under=0
	@OPTRAIL_TEST_DB=sqlite $(BIN)/pytest -m both --cov --cov-append

bench: dev ## how fast sheets are written and mails leave, beside other ways; writes docs/benchmarks.md
	@$(BIN)/python -m bench.sheets --large 1000000 --write
	@$(BIN)/python -m bench --large 100000 --write

bench-verify: dev ## how long the auditor's check takes for a million rows
	@$(BIN)/python -m tests.reports.evidence

bench-evidence: dev ## a bundle about 20,000 and 100,000 people on PostgreSQL, and their erasure (takes half an hour)
	@$(BIN)/python -m bench.evidence

bench-ledger: dev ## how fast a million events verify; eight writers, no fork (takes half an hour)
	@$(BIN)/python -m bench.ledger

bench-directory: dev ## how long a tenant of 10,000 and of 100,000 people takes, and how much memory
	@$(BIN)/python -m bench.directory

# COUNT=100000 for more.
forgeries: dev ## ten thousand forged chains against one checkpoint kept elsewhere, counted by kind
	@$(BIN)/python -m tests.ledger $(COUNT)

lint: dev ## style of the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: dev ## types of the code
	@$(LOCAL) $(BIN)/mypy

contracts: dev ## which app may import which
	@$(BIN)/lint-imports

migrations-check: dev ## no model without its migration
	@$(LOCAL) $(MANAGE) makemigrations --check --dry-run

# Checks that load the settings do it as on a developer's machine, in a folder of their own.
LOCAL = DEBUG=1 OPTRAIL_DATA_DIR=$(CURDIR)/var/checks

# --- Installing ---------------------------------------------------------------------------------

# Main adds, dev makes exact: `make demo` takes nothing away from a developer.
$(VENV)/.main: requirements/main.txt $(VENV)/.uv
	@echo "Installing what Optrail needs …"
	@$(UV) pip install --require-hashes --only-binary :all: -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.uv
	@echo "Installing what the tests need …"
	@$(UV) pip sync --require-hashes --only-binary :all: $<
	@touch $(VENV)/.main $@

$(VENV)/.uv: requirements/uv.txt
	@echo "Making $(VENV) …"
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { $(VENV_MISSING); }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

# Debian ships venv apart from Python.
define VENV_MISSING
rm -rf $(VENV); \
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get update -qq && apt-get install -qq -y python3-venv && $(PYTHON) -m venv $(VENV); \
else \
	echo "Python cannot make $(VENV). On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; \
fi
endef

%.mo: %.po | $(VENV)/.main
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

lock: $(VENV)/.uv ## the versions and hashes in requirements/, anew from pyproject.toml
	@$(UV) pip compile --upgrade $(LOCK) pyproject.toml -o requirements/main.txt
	@$(UV) pip compile --upgrade $(LOCK) pyproject.toml --group dev -c requirements/main.txt -o requirements/dev.txt
	@$(UV) pip compile --upgrade $(LOCK) pyproject.toml --extra s3 -c requirements/dev.txt -o requirements/s3.txt

LOCK = --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links

clean: ## removes .venv; the data in var/ stays
	@rm -rf $(VENV)
