# A fresh machine needs python3 (3.11 or later), its venv module and make; everything else is installed below .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-dev
# of make test at once, on two cores: a third of the time a test waits
JOBS ?= 3
FUZZ_SECONDS ?= 60

.PHONY: demo test lint types format browser soak fuzz bench clean help
.DEFAULT_GOAL := help

help: ## Show the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/'

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(STAMP): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed ## Set up, and tell the story with three real nodes (DEMO=--once exits)
	$(BIN)/picketline demo $(DEMO)

test: $(STAMP) ## Set up, and pass the tests
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m 'not soak and not browser'

lint: $(STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP) ## Put the sources into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser: $(STAMP) ## Pages in a real chromium (Debian's package chromium)
	$(BIN)/python -m pytest -q -m browser tests/browser

soak: $(STAMP) ## Long runs
	$(BIN)/python -m pytest -q -m soak --timeout 3600 -s tests

fuzz: $(STAMP) ## 100,000 new cases of each property, then fuzzers that watch the code (FUZZ_SECONDS of each reader)
	$(BIN)/python -m pytest -q -n $(JOBS) --hypothesis-profile fuzz --timeout 0 tests/fuzz
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]' || \
	  echo 'atheris cannot be installed here, so the readers are not fuzzed by watching the code.'
	$(BIN)/python -m tests.fuzz.guided --seconds $(FUZZ_SECONDS)

bench: $(STAMP) ## Figures beside their limits, one JSON line each (BENCH=all: the long ones too)
	$(BIN)/python -m tests.bench $(BENCH)

clean: ## Drop what was set up
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis artefacts
