# Refill. `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
WORKERS ?= 2

.PHONY: help install dev browser localstripe up test check soak bench pins clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(VENV)/.installed ## Make .venv with all that running needs

dev: $(VENV)/.installed-dev ## Install what tests and checks need

up: install ## Install, then start everything with the demo
	exec $(VENV)/bin/refill up --demo

test: dev browser localstripe ## Run all tests
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: dev ## Lint, types, room contracts, tidiness and the fast tests: under two minutes
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q tests/tidy tests/domain

soak: dev ## Run the long forms of the tests (hours); results belong in docs/evidence
	$(PY) -m pytest -m soak -o addopts="-ra --strict-markers --import-mode=importlib" $(ARGS)

bench: install ## Measure against the machine's limit and print the table
	$(VENV)/bin/refill bench

pins: dev ## Resolve requirements/*.in anew into pinned files with hashes
	$(VENV)/bin/uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet uv
	cd requirements && for name in base dev localstripe; do \
	  ../$(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command "make pins" $$name.in -o $$name.txt; done

clean: ## Remove what the tools leave behind; .venv and data stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis mutants build dist *.egg-info
	find refill tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@bash requirements/make-venv "$(PYTHON)" $(VENV)

$(VENV)/.installed: requirements/base.txt pyproject.toml | $(VENV)/bin/pip
	@echo "Installing what Refill needs (once; again only when requirements/base.txt changes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed
	@echo "Installing what the tests need (once; again only when requirements/dev.txt changes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# Somebody else's imitation of Stripe, in an environment of its own: its licence and its versions are not ours.
localstripe: .venv-localstripe/.installed

.venv-localstripe/.installed: requirements/localstripe.txt | $(VENV)/bin/pip
	@echo "Installing localstripe for the tests (once; again only when requirements/localstripe.txt changes)"
	@bash requirements/make-venv "$(PY)" .venv-localstripe
	@sed -n '/^setuptools==/,/# via/p' requirements/localstripe.txt >.venv-localstripe/setuptools.txt
	@.venv-localstripe/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv-localstripe/setuptools.txt
	@.venv-localstripe/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes -r requirements/localstripe.txt
	@touch $@

browser: dev
	@bash requirements/find-browser $(PY)
