# What people and CI run. Each target installs what it lacks, says what it does, and costs seconds
# when nothing changed.

SHELL := /usr/bin/env bash -o pipefail
.DEFAULT_GOAL := help
.PHONY: help setup build wasm-dev worker worker-dev www demo drill test test-native test-tuf test-wasm test-wasm-dev test-worker test-npm test-www test-drill docs-npm lint fmt size bench conformance clean

# Folder of fixtures for `make conformance`, and the clock of those that fix none.
DIR ?= tests/corpus
NOW ?=
CLOCK = $(if $(NOW),--now $(NOW))

# All tests, whatever fails before them: the next run should find nothing new.
CARGO_TEST := $(shell command -v cargo-nextest >/dev/null && echo "cargo nextest run" || echo "cargo test") --no-fail-fast
# One selection of packages for every build: with another one cargo unites features otherwise, and
# compiles the engine again.
BUILD := cargo build --quiet --workspace
TARGET := $(or $(CARGO_TARGET_DIR),target)
XTASK := $(TARGET)/debug/xtask
# What simulates Cloudflare needs a newer Node.js than the package does.
NODE22 := node_modules/node/bin/node
# A file of tests that hangs fails after 20 minutes, where Node.js knows how (from 20.11 on).
TEST_TIMEOUT := $(shell node --test-timeout=1 --version >/dev/null 2>&1 && echo --test-timeout=1200000)
DRILL := $(TARGET)/debug/zen-edge-drill
SCENARIOS := $(TARGET)/debug/zen-edge-worker-scenarios
NPM_TESTS = $(wildcard tests/npm/*.test.mjs tests/npm/*/*.test.mjs)

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: ## install whatever the build lacks
	@bash scripts/setup.sh

build: setup ## build the native crates, the npm package in wasm/dist and the Workers in worker/dist and worker/replicator/dist
	@. scripts/lib.sh; timed "compiling the native crates (minutes the first time)" $(BUILD)
	@bash scripts/wasm.sh
	@bash scripts/worker.sh
	@bash scripts/replicator.sh

wasm-dev: setup ## build the npm package for the edit-and-test loop: bigger, slower, much sooner
	@bash scripts/wasm.sh dev

worker: setup ## build the Workers in worker/dist and worker/replicator/dist, as they are deployed
	@bash scripts/worker.sh
	@bash scripts/replicator.sh

worker-dev: setup ## the Workers for the edit-and-test loop: bigger, slower, much sooner
	@bash scripts/worker.sh dev
	@bash scripts/replicator.sh dev

www: setup ## build the simulator in www/dist, of the npm package as it is built, or built now
	@[ -e wasm/dist/slim.js ] || bash scripts/wasm.sh
	@bash scripts/www.sh

# The same after `build`, whatever runs at a time.
.PHONY: built-www
built-www: build
	@bash scripts/www.sh

demo: built-www ## two regions follow a signed release and a change of it, with the simulator beside them; stays up (DEMO_EXIT=1: ends by itself)
	@$(DRILL) demo

drill: build ## disaster recovery: three regions under load, a dozen faults, and a table of what became of them (about 3 minutes)
	@$(DRILL) run --report $(TARGET)/drill.md

# The wasm modules are compiled meanwhile: linking them keeps one core busy for minutes. So do the tests
# in browsers and in workerd, which is why they run two at a time, the longest first; the drill, which
# measures, is alone.
test: ## run every test
	@bash scripts/setup.sh --lint
	@(bash scripts/wasm.sh && bash scripts/worker.sh && bash scripts/replicator.sh && \
	    bash scripts/www.sh && $(MAKE) --no-print-directory lint-wasm) & module=$$!; \
	  trap 'kill $$module 2>/dev/null' EXIT; \
	  $(MAKE) --no-print-directory lint-native test-native test-tuf && wait $$module
	@. scripts/lib.sh; say "wasm, npm package, simulator and Worker tests, two at a time (about 10 minutes)"
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target test-www test-npm test-wasm test-worker
	@$(MAKE) --no-print-directory test-drill

test-native: setup ## run the native tests
	@. scripts/lib.sh; timed "native tests" $(CARGO_TEST) --workspace
	@. scripts/lib.sh; timed "documentation tests" cargo test --quiet --workspace --doc

test-tuf: setup ## drive `zen-edge tuf` by the conformance protocol, against repositories of python-tuf
	@$(BUILD)
	@. scripts/lib.sh; timed "TUF conformance" bash tests/tuf/conformance.sh

test-wasm: build ## run the wasm tests in Node, workerd and a bundle, the corpus and the size budget
	@. scripts/lib.sh; timed "wasm tests" node --test $(TEST_TIMEOUT) tests/node/*.test.mjs
	@$(MAKE) --no-print-directory answers size

test-npm: build ## the packed npm package in Node, Deno, Bun, Chromium, workerd and bundlers; the corpus in Chromium and workerd
	@. scripts/lib.sh; timed "npm package tests" node --test $(TEST_TIMEOUT) --test-concurrency=2 $(NPM_TESTS)

docs-npm: setup ## the npm package's API reference in docs/npm, from its comments; fails if an export has none
	@[ -e wasm/js/wasm/zen_edge.d.ts ] || bash scripts/wasm.sh
	@. scripts/lib.sh; timed "API reference of the npm package" npm exec --workspace docs --no -- typedoc

test-drill: build ## the disaster-recovery drill, shorter
	@. scripts/lib.sh; timed "disaster-recovery drill" $(DRILL) run --short --report $(TARGET)/drill-short.md

test-wasm-dev: wasm-dev ## the wasm tests and the corpus, on the quick build
	@. scripts/lib.sh; timed "wasm tests" node --test $(TEST_TIMEOUT) tests/node/*.test.mjs
	@$(MAKE) --no-print-directory answers

test-worker: built-www ## the Workers in workerd and Miniflare, with real stores, and the scenarios on the Worker
	@. scripts/lib.sh; timed "Worker tests" $(NODE22) --test $(TEST_TIMEOUT) tests/worker/*.test.mjs tests/replicator/*.test.mjs
	@. scripts/lib.sh; timed "scenarios on the Worker" $(SCENARIOS)

test-www: built-www ## the simulator in Debian's Chromium; screenshots are left in target/www
	@. scripts/lib.sh; timed "simulator tests" node --test $(TEST_TIMEOUT) www/tests/*.test.mjs

lint: lint-native lint-wasm ## formatting, clippy for both targets, docs, the simulator's lint, licences and advisories

.PHONY: lint-native lint-wasm
lint-native:
	@bash scripts/setup.sh --lint
	@. scripts/lib.sh; timed "formatting" cargo fmt --check
	@. scripts/lib.sh; timed "clippy (native)" cargo clippy --quiet --workspace --all-targets -- --deny warnings
	@. scripts/lib.sh; RUSTDOCFLAGS="--deny warnings" timed "documentation" cargo doc --quiet --workspace --no-deps --document-private-items
	@. scripts/lib.sh; timed "lint and types of the simulator and its tests" npm run --silent --workspace zen-edge-www lint
	@bash scripts/deny.sh

# With the profile that ships, whose build scripts and plug-ins are compiled anyway.
lint-wasm:
	@bash scripts/setup.sh
	@. scripts/lib.sh; timed "clippy (wasm32)" wasm_cargo clippy wasm -- --deny warnings

fmt: ## format everything
	cargo fmt

conformance: build ## run a folder of fixtures natively and in wasm: make conformance DIR=folder [NOW=2026-03-15T09:30:00Z]
	@$(MAKE) --no-print-directory answers

# Evaluates DIR in the wasm that is built, and compares with native, answers and traces.
.PHONY: answers
answers:
	@$(BUILD)
	@mkdir -p target/conformance
	@$(XTASK) cases $(DIR) $(CLOCK) > target/conformance/cases.json
	@node tests/node/fixtures.mjs $(DIR) target/conformance/cases.json target/conformance/wasm.json
	@$(XTASK) conformance $(DIR) $(CLOCK) --wasm target/conformance/wasm.json

size: ## compare the module's size with the budget in wasm/size.json
	@node tests/node/size.mjs

bench: build ## compare with the native Node engine, native Rust and other rules engines, and measure releases, staying up to date and the Worker; writes tests/bench/*.md (about 18 minutes)
	@. scripts/lib.sh; timed "compiling the native side (minutes the first time)" $(BUILD) --release
	@node tests/bench/run.mjs
	@node tests/bench/npm.mjs
	@node tests/bench/releases.mjs
	@node tests/bench/runtime.mjs
	@node tests/bench/worker.mjs

clean: ## remove what was built (tools outside the clone stay)
	cargo clean
	rm -rf .engine docs/npm wasm/dist wasm/js/wasm worker/dist worker/replicator/dist www/dist
