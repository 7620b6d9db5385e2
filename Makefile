# Everything a checkout needs: `make help` lists the targets. Each target brings its own set-up, and does again only what changed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

TOOLS := .tools
BIN := .venv/bin
UV := $(TOOLS)/uv/bin/uv
UV_VERSION := 0.13.8
# Stamps lie inside what they vouch for: whoever deletes the folder, deletes the stamp.
ENVIRONMENT := .venv/.synced
PAGE_PACKAGES := ui/node_modules/.installed
PAGES := src/roomful/web/static/index.html
# LiveKit's agents framework pins another release of `livekit` than the tests use.
AGENTS := $(TOOLS)/agents/.installed
PAGE_SOURCES := $(shell find ui -path ui/node_modules -prune -o -type f -print 2>/dev/null)
PLAIN_TESTS := tests/unit tests/protocols benchmarks/tests
# Tests with clients mostly wait. Those with four pages at once, those that mix or count each frame, and those of bad networks,
# which compare rates of frames, are spared each other's company.
ONE_AT_A_TIME := tests/browser tests/e2e/test_mixing.py tests/e2e/test_nkmedia_mcu.py tests/e2e/test_recorded_meeting.py \
                 $(filter-out tests/netlab/test_peers.py,$(wildcard tests/netlab/test_*.py))
AT_ONCE := --dist loadfile --max-worker-restart 2 --numprocesses
SLOWEST := --durations 30

export UV_PYTHON_DOWNLOADS := never
export PATH := $(CURDIR)/$(TOOLS)/uv/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv
# Servers and workers are started by the hundred: without compiled modules each start takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

# One profile for the wheel and the tests, so that a machine compiles the dependencies once. The engine itself is built again for
# its tests, with the checks that a release leaves out.
CHECKED := --config profile.release.package.roomful-sfu.debug-assertions=true \
           --config profile.release.package.roomful-sfu.overflow-checks=true

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup native ui ## set up, build and serve for trying out: make run ARGS="--tls self-signed"
	$(BIN)/roomful serve --dev $(ARGS)

.PHONY: test
test: setup native ui agents ## every test: Rust, pages, Python, real clients, browser, bad networks
	@tools/require.sh chromium ffmpeg ip janus postgresql turnserver
	cargo test --release --locked --workspace $(CHECKED)
	npm --prefix ui test
	$(BIN)/pytest $(or $(ARGS),$(AT_ONCE) 3 $(SLOWEST) $(ONE_AT_A_TIME:%=--ignore %))
	$(if $(ARGS),,$(BIN)/pytest $(SLOWEST) $(ONE_AT_A_TIME))

.PHONY: test-fast
test-fast: setup native ## the tests that need no client, browser or network, in seconds
	@tools/require.sh ffmpeg postgresql turnserver
	$(BIN)/pytest $(PLAIN_TESTS) $(AT_ONCE) 2 $(ARGS)

# clippy shares the release build's artifacts, and is told what maturin tells PyO3: else each would undo the other's work.
.PHONY: lint
lint: setup native ui ## all static checks: style, types, imports, stubs, file sizes
	$(UV) lock --check --quiet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	cargo fmt --all --check
	cargo fmt --manifest-path benchmarks/driver/Cargo.toml --check
	config=$$(ls $(CURDIR)/target/maturin/pyo3-config-*.txt 2>/dev/null | head -n 1); \
		env $${config:+PYO3_CONFIG_FILE=$$config} cargo clippy --release --locked --workspace --all-targets -- -D warnings
	$(BIN)/python -m mypy.stubtest roomful._native
	npm --prefix ui run lint
	$(BIN)/python tools/file_sizes.py
	$(BIN)/towncrier build --draft --version unreleased >/dev/null

.PHONY: fmt
fmt: $(ENVIRONMENT) ## format Python and Rust, and fix what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cargo fmt --all
	cargo fmt --manifest-path benchmarks/driver/Cargo.toml

.PHONY: bench
bench: setup native ## measure against the budgets: make bench PEERS=DIR adds the peers found there
	$(BIN)/python -m benchmarks $(if $(PEERS),--peers $(PEERS)) $(ARGS)

.PHONY: docs
docs: $(ENVIRONMENT) ## build the documentation site into site/
	$(BIN)/zensical build --clean --strict

.PHONY: wheel
wheel: setup ui ## build the wheel into dist/
	$(BIN)/maturin build --release --locked --out dist

.PHONY: setup
setup: toolchain $(ENVIRONMENT) $(PAGE_PACKAGES) ## Python environment and page packages, locked

.PHONY: toolchain
toolchain:
	@tools/require.sh python rust node

$(UV): | toolchain
	python3 -m venv $(TOOLS)/uv
	$(TOOLS)/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(ENVIRONMENT): pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --no-install-project --all-groups --compile-bytecode --quiet
	@touch $@

$(PAGE_PACKAGES): ui/package.json ui/package-lock.json | toolchain
	npm --prefix ui ci --no-audit --no-fund --loglevel error
	@touch $@

.PHONY: agents
agents: $(AGENTS) ## the environment of the agents that tests talk to

$(AGENTS): tests/e2e/agents/requirements.txt | $(UV)
	$(UV) venv --clear --quiet $(TOOLS)/agents
	$(UV) pip install --quiet --compile-bytecode --python $(TOOLS)/agents/bin/python --requirement $<
	@touch $@

# The module's own stamp is asked, not file times: it is right after a branch switch too. A fresh environment has no
# roomful in it, which the same question finds.
.PHONY: native
native: $(ENVIRONMENT) ## build the Rust module, if crates/ changed
	@$(BIN)/python -m roomful._native_guard 2>/dev/null || $(MAKE) native-build

# The old file goes first: writing over it would pull the code away from under a server that runs from it.
.PHONY: native-build
native-build:
	rm -f src/roomful/_native*.so
	$(BIN)/maturin develop --release --locked --uv

.PHONY: ui
ui: $(PAGES) ## build the pages, if ui/ changed

$(PAGES): $(PAGE_SOURCES) $(PAGE_PACKAGES)
	npm --prefix ui run build
	@touch $@

.PHONY: clean
clean: ## remove everything that was built or installed here
	rm -rf .venv $(TOOLS) target dist site ui/node_modules src/roomful/web/static src/roomful/_native*.so
