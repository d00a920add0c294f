# The front door. `make` alone lists what there is; every target sets up what it needs.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready
PY_DIRS := sextant services topologies simulator tests benchmarks proofs docs deploy

# Options of single targets; see `make help`.
SECONDS ?= 60
BUS ?= kafka
SEED ?= 7
RECORDING ?=
SPEED ?= 1
REPORT ?=
NAME ?=
SCALE ?= small
ASSETS ?= BTC,ETH
SERVICE ?= all
# One more than two cores: tests of servers wait more than they compute.
WORKERS ?= 3
# Compiled once at set-up: a dozen processes start in a second less each, also where Python may write no bytecode. Large packages
# of which little is ever imported are not.
PACKAGES := sextant services topologies simulator proofs benchmarks
RARELY := site-packages/(ccxt|grafana_foundation_sdk|mypyc?|pip|setuptools)/
# Long tests stand first (tests/conftest.py), and stay there.
PYTEST = $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Versions stay as they are locked while they fit; no index is named.
LOCK = $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header

# The native path of market data: built where cargo is. Without it everything works alike, and reads frames more slowly.
NATIVE := native/Cargo.toml native/pyproject.toml native/sextant_native.pyi $(wildcard native/src/*.rs)
NATIVE_LOG := $(VENV)/native.log

.PHONY: help
help: ## list the targets
	@echo "Sextant: make TARGET [OPTION=value]"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

$(INSTALLED): bootstrap.lock requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (first time: a few minutes of downloads)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Sextant needs Python 3.11, 3.12 or 3.13, and this is %d.%d: run make PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement bootstrap.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -qq -j 0 -x '$(RARELY)' $(PACKAGES) $(VENV)/lib
	@touch $(INSTALLED)

$(READY): $(INSTALLED) $(NATIVE)
	@if ! command -v cargo >/dev/null; then echo "No cargo here: market frames are read by pure Python"; \
	elif ! $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --reinstall-package sextant-native ./native >$(NATIVE_LOG) 2>&1; then \
		$(BIN)/uv pip uninstall --quiet --python $(BIN)/python sextant-native 2>/dev/null; \
		echo "The native module could not be built ($(NATIVE_LOG)): market frames are read by pure Python"; fi
	@touch $(READY)

.PHONY: build
build: $(READY) ## set up the virtual environment with hash-locked dependencies

.PHONY: lock
lock: $(READY) ## resolve the dependencies of pyproject.toml anew and lock them, the installer too, hash by hash
	@$(LOCK) --all-extras pyproject.toml --output-file requirements.lock
	@echo "uv>=0.9" | $(LOCK) --no-annotate - --output-file bootstrap.lock

.PHONY: demo
demo: $(READY) ## the whole platform trading on simulated exchanges: SECONDS= BUS=kafka|memory SEED= RECORDING= SPEED= REPORT=
	@$(BIN)/sextant demo --seconds $(SECONDS) --bus $(BUS) --seed $(SEED) --speed $(SPEED) $(if $(RECORDING),--recording $(RECORDING)) $(if $(REPORT),--report $(REPORT))

.PHONY: paper
paper: $(READY) ## paper trading on the real venues' public data: ASSETS=BTC,ETH
	@$(BIN)/sextant paper --assets $(ASSETS)

.PHONY: test
test: $(INSTALLED) ## everything: lint, types, unit, contract, integration, simulation
	@$(MAKE) --no-print-directory -j 2 lint types
	@$(PYTEST) tests --ignore=tests/cluster --ignore=tests/image

.PHONY: test-unit
test-unit: $(READY) ## fast tests, no network, no servers
	@$(PYTEST) tests/unit

.PHONY: test-contract
test-contract: $(READY) ## examples of every topic against every consumer, generated pages, imports
	@$(PYTEST) tests/contract

.PHONY: test-integration
test-integration: $(READY) ## both buses against one conformance suite, and real Kafka, Postgres and Valkey on free ports
	@$(PYTEST) tests/conformance tests/integration

.PHONY: test-simulation
test-simulation: $(READY) ## whole runs with seeded faults, the small proof by kills included
	@$(PYTEST) tests/simulation

.PHONY: test-image
test-image: $(READY) ## the image of `make image`, as pods run it: needs root
	@$(PYTEST) -rs tests/image

.PHONY: test-cluster
test-cluster: $(READY) ## the chart on a real Kubernetes node: needs root, the built cluster tool and `make image`; says what is missing
	@$(BIN)/python -m pytest -q -rs tests/cluster

.PHONY: image
image: $(READY) ## one image for a whole release, without a container engine; prints its path: SERVICE=all|risk|... needs root, mmdebstrap
	@$(BIN)/python -m deploy.images.build --service $(SERVICE)

.PHONY: chart
chart: $(READY) ## make what the chart holds of other files: registry, schema of values, rules, dashboards, docs/values.md
	@$(BIN)/python -m deploy.chart files

.PHONY: manifests
manifests: chart ## render deploy/k8s and the golden renders from the chart; needs helm
	@$(BIN)/python -m deploy.chart manifests

.PHONY: test-chart
test-chart: $(READY) ## the chart: lint, schema, golden renders, its own suite, shapes of objects; needs helm, kubeconform, helm-unittest
	@$(PYTEST) tests/chart

.PHONY: lint
lint: $(READY) ## ruff, import rules, protobuf lint and breaking checks, generated code in step
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/buf lint proto
	@$(BIN)/buf breaking proto --against proto/baseline.binpb
	@$(BIN)/python proto/generate.py --check
	@if cargo fmt --version >/dev/null 2>&1; then cargo fmt --check --manifest-path native/Cargo.toml; fi
	@if cargo clippy --version >/dev/null 2>&1; then cargo clippy --quiet --release --all-targets --manifest-path native/Cargo.toml -- --deny warnings; fi

.PHONY: types
types: $(INSTALLED) ## mypy, strict
	@$(BIN)/mypy $(wildcard $(PY_DIRS))

.PHONY: proto
proto: $(READY) ## generate messages, the columnar mirror and the descriptors from the protos
	@$(BIN)/python proto/generate.py

.PHONY: bench
bench: $(READY) ## one table of ratios against a peer: NAME=ingest|codec|hop|e2e|explain
	@$(BIN)/python -m benchmarks.$(or $(NAME),$(error NAME= is one of ingest codec hop e2e explain))

.PHONY: prove
prove: $(READY) ## one long proof with a control that must fail: NAME=kill|recording|demo|fused|scaling|tracing|alerts SCALE=small|full SEED=
	@$(BIN)/python -m proofs.$(or $(NAME),$(error NAME= is one of kill recording demo fused scaling tracing alerts)) --scale $(SCALE) --seed $(SEED)

.PHONY: up
up: $(READY) ## everything to look at, in the background: servers, exchanges, services, Jaeger and Prometheus where installed: SEED=
	@$(BIN)/sextant up --seed $(SEED)

.PHONY: down
down: $(READY) ## stop what `make up` started
	@$(BIN)/sextant down

.PHONY: audit
audit: $(READY) ## the lock's hashes, licences of what is installed, secrets in the tree; no network
	@$(BIN)/python -m deploy.audit

.PHONY: sim
sim: $(READY) ## one simulated exchange in the foreground: SEED=
	@$(BIN)/python -m simulator --operator alpha --seed $(SEED)

.PHONY: health
health: $(READY) ## whether the local servers and the services of a running demo are well
	@$(BIN)/sextant health

.PHONY: doctor
doctor: $(READY) ## versions, clock, ports, disk, secrets, Kafka and its topics, Postgres and its schemas, and what to do about each
	@$(BIN)/sextant doctor

.PHONY: clean
clean: ## remove the virtual environment, caches and local state
	@rm -rf $(VENV) native/target native/Cargo.lock .sextant .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
