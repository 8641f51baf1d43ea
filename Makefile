# `make` lists the targets. Everything is installed into .venv, from lock files with hashes;
# nothing outside this folder changes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
# Several processes; tests/spread.py says how many, and which tests they get.
SPREAD := --numprocesses auto --dist loadscope --no-loadscope-reorder
# Hundreds of processes read the same modules: they are compiled once, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE
# What failed last is kept for each, since they may run side by side.
CACHE = --override-ini cache_dir=.pytest_cache/$(1)

.PHONY: help demo test coverage test-sdk test-media test-network test-status test-shim test-dev test-image test-fleet fleet pictures test-conformance sdk sdk-newest conformance parity bench soak attacks release test-release check lint types layers shim pages docs lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

demo: .venv/.demo  ## show the gateway at work, until Ctrl-C (ONCE=1: end by itself, 0 or 1)
	@$(BIN)/sigproxy demo $(if $(ONCE),--once)

test: .venv/.dev  ## run all tests (ARGS="-k name" and the like go to pytest)
	@$(BIN)/python -m pytest $(SPREAD) $(ARGS)

coverage: .venv/.dev  ## run all tests, and list what of sigproxy/ they miss; less than 95 % fails
	@rm -rf .coverage
	@$(BIN)/coverage run -m pytest $(SPREAD) $(call CACHE,coverage) $(ARGS) && passed=0 || passed=$$?; \
	    $(BIN)/coverage combine --quiet; $(BIN)/coverage report; exit $$passed

test-sdk: .venv/.sdk tests/sdk/node_modules/.made  ## run the vendors' own SDKs in Chromium, through the gateway (as root)
	@$(BIN)/python -m pytest -v -m sdk $(call CACHE,sdk) tests/sdk $(ARGS)

test-media: .venv/.sdk  ## calls through a real coturn, in Chromium and in networks that are closed (as root)
	@$(BIN)/python -m pytest -v -m media $(call CACHE,media) tests/media/live $(ARGS)

sdk: .venv/.sdk tests/sdk/node_modules/.made  ## the same; write what was seen into docs/sdks.md
	@$(BIN)/python -m tests.sdk.table

sdk-newest: .venv/.sdk tests/sdk/node_modules/.made  ## try npm's newest release of each SDK, print what changed on the wire; 1 if something did (ARGS="PACKAGE@VERSION")
	@$(BIN)/python -m tests.sdk.newest $(ARGS)

test-network: .venv/.sdk tests/network/node_modules/.made  ## the network test's page in Chromium, in networks where one thing is wrong (as root)
	@$(BIN)/python -m pytest -v -m network $(call CACHE,network) tests/network/live $(ARGS)

test-status: .venv/.sdk tests/network/node_modules/.made  ## the status page in Chromium, of a gateway with staged faults
	@$(BIN)/python -m pytest -v -m status $(call CACHE,status) tests/status $(ARGS)

test-shim: .venv/.sdk  ## what pages see without the page shim and with it, in Chromium and in Firefox
	@$(BIN)/python -m pytest -v -m shim $(call CACHE,shim) tests/shim/live $(ARGS)

test-dev: .venv/.dev  ## a page on localhost and `sigproxy dev`, in Chromium and in Firefox (as root)
	@$(BIN)/python -m pytest -v -m dev $(call CACHE,dev) tests/dev $(ARGS)

test-fleet: .venv/.sdk  ## three gateways behind HAProxy, one thing after the other taken away (as root)
	@$(BIN)/python -m pytest -v -m fleet $(call CACHE,fleet) tests/fleet $(ARGS)

fleet: .venv/.dev  ## the same with 600 WebSockets, and what more gateways cost (ARGS="--write": docs/fleet.md)
	@$(BIN)/python -m tests.fleet $(ARGS)

test-image: .venv/.dev  ## build the container image, and run it without rights (as root; podman, buildah, debootstrap)
	@$(BIN)/python -m pytest -v -m image $(call CACHE,image) tests/image $(ARGS)

pictures: .venv/.sdk  ## take the pictures of docs/images that show the gateway's pages (as root)
	@$(BIN)/python -m tests.network.live.pictures
	@$(BIN)/python -m tests.status.pictures

test-conformance: .venv/.dev  ## run suites of others (Autobahn, slowhttptest, ...) and raw requests against the gateway
	@$(BIN)/python -m pytest -m conformance $(call CACHE,conformance) tests/conformance $(ARGS)

conformance: .venv/.dev  ## the same against NGINX and HAProxy too; print a table (a few minutes)
	@$(BIN)/python -m tests.conformance.table

parity: .venv/.dev  ## play the corpus to NGINX and to sigproxy, write docs/parity.md (as root)
	@$(BIN)/python -m tests.parity.table

bench: .venv/.dev  ## measure sigproxy beside NGINX, HAProxy, Express (ARGS="--quick", "--help")
	@$(BIN)/python -m benchmarks $(ARGS)

soak: .venv/.dev  ## kill, reload and reset under load for MINUTES=10, then compare accounts (ARGS="--write", "--help")
	@$(BIN)/python -m soak --minutes $(or $(MINUTES),10) $(ARGS)

attacks: .venv/.dev  ## attack the gateway, hold each figure against its bar (ARGS="--write": docs/reliability.md)
	@$(BIN)/python -m tests.attacks.table $(ARGS)

release: .venv/.release  ## build sdist and wheel twice, compare them; SBOM, notes, checksums, in dist/ (REPOSITORY=https://...)
	@$(BIN)/python -m release_tools $(if $(REPOSITORY),--repository $(REPOSITORY)) $(ARGS)

test-release: .venv/.release  ## build a release; install its wheel with pip, pipx and uv, and use it
	@$(BIN)/python -m pytest -v -m release $(call CACHE,release) tests/release $(ARGS)

check: lint types layers  ## everything that reads the code without running it

lint: .venv/.dev  ## ruff: rules and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.dev  ## mypy, strict
	$(BIN)/mypy

layers: .venv/.dev  ## import-linter: which folder may import which
	$(BIN)/lint-imports

shim: tests/sdk/node_modules/.made  ## write sigproxy/shim/shim.min.js, which is served, from shim.js
	@tests/sdk/node_modules/.bin/esbuild --minify --target=es2018 sigproxy/shim/shim.js \
	    --outfile=sigproxy/shim/shim.min.js --log-level=error

pages: .venv/.dev  ## write the pages of docs/ that are made from code, settings and tests
	@$(BIN)/python -m docs_tools.pages

docs: .venv/.docs  ## build the site from docs/ into site/; a dead link fails
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo 'site/index.html'

lock: .venv/.lock  ## renew requirements/ after a change in pyproject.toml (UPGRADE=1: newest versions)
	@$(call compile,runtime)
	@$(call compile,otel,--extra otel,runtime)
	@$(call compile,image,--extra otel --extra redis,runtime otel)
	@$(call compile,demo,--extra demo,runtime)
	@$(call compile,dev,--extra demo --extra dev,runtime demo,,otel)
	@$(call compile,sdk,--extra demo --extra dev --extra sdk,runtime demo dev)
	@$(call compile,release,--extra demo --extra dev --extra release,runtime demo dev,colorama)
	@$(call compile,docs,--extra demo --extra dev --extra docs,runtime demo dev,colorama)
	@$(MAKE) --no-print-directory .venv/.release
	@$(BIN)/python -m release_tools.licences

clean:  ## remove what the other targets made
	rm -rf .venv build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	    .import_linter_cache .coverage tests/sdk/node_modules tests/network/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp in .venv says what is installed there: the dependencies of `demo`, or those and `dev`'s,
# or those and `sdk`'s, or those and `docs`'s.
.venv/.%: requirements/%.lock requirements/runtime.lock requirements/demo.lock pyproject.toml | .venv/.made
	@printf 'Installing what requirements/$*.lock names into .venv '
	@$(PIP) --only-binary :all: --require-hashes --requirement requirements/$*.lock | $(DOTS)
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.sdk .venv/.docs .venv/.release: requirements/dev.lock

# Without npm the tests are skipped, and say so.
tests/sdk/node_modules/.made: tests/sdk/package-lock.json tests/sdk/package.json tests/sdk/bundle.mjs $(wildcard tests/sdk/pages/*_entry.js)
	@command -v npm >/dev/null || { echo 'npm is not installed: apt-get install npm'; exit 0; }; \
	    echo 'Installing what tests/sdk/package-lock.json names'; cd tests/sdk; \
	    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; npm run --silent bundle; \
	    touch node_modules/.made

tests/network/node_modules/.made: tests/network/package-lock.json tests/network/package.json
	@command -v npm >/dev/null || { echo 'npm is not installed: apt-get install npm'; exit 0; }; \
	    echo 'Installing what tests/network/package-lock.json names'; cd tests/network; \
	    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; touch node_modules/.made

.venv/.lock: | .venv/.made
	@echo 'Installing uv $(UV_VERSION) into .venv'
	@$(PIP) --quiet --only-binary :all: uv==$(UV_VERSION)
	@touch $@

.venv/.made:
	@command -v $(PYTHON) >/dev/null || { echo \
	    'sigproxy needs Python 3.11 or newer, and there is no $(PYTHON): apt-get install python3 python3-venv'; exit 1; } >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	    "sigproxy needs Python 3.11 or newer; this is $$($(PYTHON) -V). If a newer one is here: make PYTHON=python3.11 ..."; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
	    '$(PYTHON) cannot make virtual environments: apt-get install python3-venv'; exit 1; } >&2
	@echo "Making .venv with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv --clear .venv
	@touch $@

PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input install
# One dot for each package: neither a silent minute nor a wall of text.
DOTS = while read -r word _; do [[ $$word != Collecting ]] || printf .; done; echo

# $(1): the lock's name; $(2): the extras in it; $(3): the locks that it builds on, whose packages it
# does not repeat; $(4): a package that it repeats, since those locks have it for Windows only; $(5): a
# lock whose versions it has, and whose packages it repeats.
# setuptools is locked too: installing sigproxy itself then downloads nothing.
define compile
echo 'Locking requirements/$(1).lock'
$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])' \
    | $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) $(2) \
        $(if $(5),--constraints requirements/$(5).lock) $(foreach name,$(3), \
            --constraints requirements/$(name).lock \
            $$(sed -n '$(if $(4),/^$(4)==/d;)s/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements/$(name).lock)) \
        --output-file requirements/$(1).lock pyproject.toml - >/dev/null
$(if $(3),sed -i '/^[^#]/{s/^/--requirement $(lastword $(3)).lock\n/;:rest n;b rest}' requirements/$(1).lock)
endef
