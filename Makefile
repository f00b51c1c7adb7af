# `make run` and `make test` do all set-up themselves on a Debian machine with Python 3.11. The rest is for developers.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
PYTEST := .venv/bin/python -m pytest

.PHONY: run test quick lint bench fonts clean

run: .venv/run-ready fonts
	@.venv/bin/tongban serve --demo --port $(PORT)

test: .venv/test-ready fonts lint
	$(PYTEST) -q -n 2 --dist loadgroup --no-loadscope-reorder

quick: .venv/test-ready
	$(PYTEST) -q -m "not slow and not browser and not postgres"

lint: .venv/test-ready
	.venv/bin/ruff check --no-cache server tests bench
	.venv/bin/mypy
	node_modules/.bin/tsc -p tests/pwa/jsconfig.json
	.venv/bin/lint-imports --no-cache

bench: .venv/test-ready fonts
	.venv/bin/pip install -q -r bench/requirements.txt
	npm install --no-save --silent --no-audit --no-fund xstate@5.33.3
	@for figure in engine rules approve inbox form_page paper bulk memory phone; do \
	  echo "== bench/$$figure.py"; .venv/bin/python bench/$$figure.py || exit 1; done

fonts: .venv/run-ready
	@.venv/bin/tongban fonts install

.venv/run-ready: pyproject.toml requirements.lock
	PYTHON=$(PYTHON) bin/system-packages run
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -c requirements.lock -e '.[proof]'
	@touch $@

.venv/test-ready: .venv/run-ready package-lock.json
	bin/system-packages test
	.venv/bin/pip install -q --disable-pip-version-check -c requirements.lock -e '.[proof,test]'
	npm ci --silent --no-audit --no-fund
	@touch $@

clean:
	rm -rf .venv node_modules var .fonts
