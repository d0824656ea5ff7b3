# Two commands: `make demo` shows what crimemap does, `make test` proves it.
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -eu -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo-workspace
PORT ?= 8000
NPM_FLAGS := --no-audit --no-fund --no-package-lock --loglevel=error

.PHONY: help setup assets demo serve test lint types unit docs bench clean

help: ## show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Setting up $(VENV) ..."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cluster,dev,pdf,redis]'
	touch $@

static/node_modules/.installed: static/package.json
	@echo "Fetching the site's assets ..."
	cd static && npm install $(NPM_FLAGS)
	touch node_modules/.installed

src/crimemap/products/web/assets.json: static/node_modules/.installed $(shell find static -path static/node_modules -prune -o -type f -print 2>/dev/null)
	cd static && npm run --silent build

setup: $(VENV)/.installed assets ## virtual environment, packages, web assets

assets: src/crimemap/products/web/assets.json ## build the site's style sheets and scripts

demo: setup ## simulate, ingest, analyse and release the demonstration county
	$(BIN)/crimemap demo --workspace $(DEMO)

serve: setup ## serve the demonstration county on 127.0.0.1:8000
	$(BIN)/crimemap serve --workspace $(DEMO) --port $(PORT)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

test: lint types unit ## everything that CI runs

docs: setup ## write the command reference anew
	$(BIN)/python -m typer crimemap.cli utils docs --name crimemap --output docs/commands.md

bench: setup ## measure beside the peers (needs the real data)
	$(BIN)/python -m pytest benchmarks -q

clean: ## remove what was built, keep workspaces
	rm -rf $(VENV) static/node_modules src/crimemap/products/web .mypy_cache .ruff_cache .pytest_cache
