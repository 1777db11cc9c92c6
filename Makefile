# Two commands do all set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet --quiet

.PHONY: help demo test check watch browser lock clean
help:
	@echo "make demo     the main job, offline, on the bundled sites (SERVE=1 leaves the web page up)"
	@echo "make test     every test, real PostgreSQL included"
	@echo "make check    ruff, mypy, import contracts, docs"
	@echo "make watch    the service on the real catalogue"
	@echo "make drill    a month with every fault, compressed, against the real service"
	@echo "make browser  fetch a Chromium for pages that need one"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Huixun needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Python cannot make an environment; on Debian: apt-get install python3-venv"; exit 2; }

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up …"
	@$(PIP) install -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up …"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo
	@$(BIN)/python -m crawler.demo $(if $(SERVE),--serve)

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n auto

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_architecture.py tests/test_docs.py

watch: $(VENV)/.demo
	@$(BIN)/huixun watch

# Playwright's own where its download can be had, else Debian's.
browser: $(VENV)/.demo
	@$(BIN)/python deploy/get_browser.py

lock: $(VENV)/.dev
	@$(BIN)/pip freeze --exclude-editable | grep -v ' @ ' > constraints.txt

clean:
	rm -rf $(VENV) var build *.egg-info

# Each bench prints our figures beside the peers'; PAGES names a folder of saved pages with what they say.
PAGES ?= ../shared/pages
.PHONY: bench-read bench-spam bench-dedup bench-rhythm bench-watch drill
bench-read bench-spam bench-dedup: $(VENV)/.bench
$(VENV)/.bench: $(VENV)/.dev
	@$(PIP) install -c constraints.txt -e '.[dev,bench]'
	@touch $@

bench-read:
	@$(BIN)/python -m bench.read --pages $(PAGES)
	@$(BIN)/python -m bench.charset --pages $(PAGES)
	@$(BIN)/python -m bench.repair --pages $(PAGES)
bench-spam:
	@$(BIN)/python -m bench.spam --pages $(PAGES)
bench-dedup:
	@$(BIN)/python -m bench.dedup
bench-rhythm: $(VENV)/.dev
	@$(BIN)/python -m bench.rhythm
bench-watch: $(VENV)/.dev
	@$(BIN)/python -m bench.watch

# A compressed month with every fault; SITES, DAYS and SEED make it smaller or another one.
drill: $(VENV)/.dev
	@$(BIN)/python -m bench.drill --sites $(or $(SITES),60) --days $(or $(DAYS),30) --seed $(or $(SEED),11)
