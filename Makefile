# Every developer command; CI runs the same ones. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .uv/bin/uv
BIN := .venv/bin
export UV_LINK_MODE := copy
# A platform is many processes: each would compile all of our modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup lock
help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(UV):
	$(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/bin/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) .venv

# The program alone: what `make demo` and an operator need.
.venv/.run: requirements/run.txt pyproject.toml layers/cdp/pyproject.toml | .venv/bin/python
	@test -e .venv/.dev || $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements/run.txt
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps -e layers/cdp -e .
	@touch $@

# Everything that tests, checks and deployment need.
.venv/.dev: requirements/dev.txt pyproject.toml layers/cdp/pyproject.toml | .venv/.run
	$(UV) pip install --quiet --python $(BIN)/python -r requirements/dev.txt
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps -e layers/cdp -e .
	@touch $@ .venv/.run

# What the benchmarks compare with.
.venv/.bench: requirements/bench.txt | .venv/.dev
	$(UV) pip install --quiet --python $(BIN)/python -r requirements/bench.txt
	@touch $@

setup: .venv/.dev .build/guests/manifest.json  ## everything the other targets need, only what changed

# The sandbox's guests: CPython and a JavaScript engine as WebAssembly, compiled ahead of time, into .build/guests.
GUESTS := functions/code_runner/guest
.build/guests/manifest.json: $(shell find $(GUESTS) -type f -not -path '*/__pycache__/*') functions/code_runner/sandbox/compiling.py requirements/dev.txt | .venv/.dev
	$(BIN)/python -m functions.code_runner.guest.build
	@touch $@

.PHONY: guests
guests: .build/guests/manifest.json  ## the runtimes of customers' functions, into .build/guests (x86_64 only)

COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-package cdp pyproject.toml
lock: | $(UV)  ## renew requirements/*.txt from pyproject.toml
	$(COMPILE) --group aws --group guests --group infra --group test --group bench -o requirements/bench.txt
	$(COMPILE) --group aws --group guests --group infra --group test -c requirements/bench.txt -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt -o requirements/run.txt
	$(UV) pip compile --quiet --python-version 3.14 --python-platform x86_64-manylinux_2_28 --generate-hashes --no-header --no-annotate $(GUESTS)/python/requirements.in -o $(GUESTS)/python/requirements.txt
	cd $(GUESTS)/javascript && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --omit-lockfile-registry-resolved --loglevel=error && PATH="$(CURDIR)/$(BIN):$$PATH" node lock.mjs

.PHONY: demo test unit contract e2e browser describe
demo: .venv/.run  ## the main job on this machine, with real purchases (DEMO_EXIT=1 stops the platform at the end)
	@$(BIN)/python -m infra.embedded.demo

PYTEST := $(BIN)/python -m pytest -q
TIERS := unit e2e contract
$(TIERS) $(addprefix part/,e2e/embedded contract/clients unit/code_runner) $(addprefix rest/,unit e2e contract): .build/guests/manifest.json
$(TIERS) browser: .venv/.dev  ## one tier of the tests
	$(PYTEST) tests/$@

# Folders that are parts of their own; what is left of a tier is a part too. One more runs at a time than there are
# cores, as some wait now and then; the longest first, so that no core is idle at the end.
LONGEST := e2e/embedded
SPLIT := $(LONGEST) unit/reports contract/clients unit/code_runner unit/audiences
PARTS := part/$(LONGEST) $(addprefix rest/,$(TIERS)) $(addprefix part/,$(filter-out $(LONGEST),$(SPLIT))) browser
.PHONY: $(PARTS)
$(addprefix part/,$(SPLIT)): part/%: .venv/.dev
	$(PYTEST) tests/$*
$(addprefix rest/,$(TIERS)): rest/%: .venv/.dev
	$(PYTEST) tests/$* $(patsubst %,--ignore=tests/%,$(filter $*/%,$(SPLIT)))

AT_ONCE := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
test: .venv/.dev  ## set-up, the checks and every tier of the tests
	@echo "Parts run $(AT_ONCE) at a time; each reports when it ends."
	@$(MAKE) --no-print-directory --jobs=$(AT_ONCE) --keep-going $(SYNC) .build/guests/manifest.json check $(PARTS)

describe: .venv/.dev  ## write the API's OpenAPI description from the rooms' routes
	$(BIN)/python -m infra.describe

# The official Node SDK, for the contract tier.
NODE_CLIENTS := tests/contract/clients/node
.build/node/.installed: $(NODE_CLIENTS)/package.json $(NODE_CLIENTS)/package-lock.json | .venv/.dev
	@mkdir -p .build/node && cp $(NODE_CLIENTS)/package*.json .build/node/
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix .build/node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: node-clients
node-clients: .build/node/.installed  ## the Node SDK into .build/node, for the contract tier
contract part/contract/clients: .build/node/.installed

# A grammar of Trino, for the contract tier.
TRINO := tests/contract/trino
.build/trino/.installed: $(TRINO)/package.json $(TRINO)/package-lock.json | .venv/.dev
	@mkdir -p .build/trino && cp $(TRINO)/package*.json .build/trino/
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix .build/trino --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: trino-grammar
trino-grammar: .build/trino/.installed  ## a grammar of Trino into .build/trino, for the contract tier
contract rest/contract: .build/trino/.installed

# A headless Chromium, for the browser tier (x86_64 Linux). REGULARS_CHROMIUM names one of this machine instead;
# REGULARS_NO_BROWSER=1 leaves the browser tests out.
CHROMIUM := tests/browser/chromium
.build/browser/.installed: $(CHROMIUM)/package.json $(CHROMIUM)/package-lock.json $(CHROMIUM)/unpack.mjs | .venv/.dev
	@mkdir -p .build/browser && cp $(CHROMIUM)/* .build/browser/
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix .build/browser --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(BIN)/node .build/browser/unpack.mjs .build/browser/chromium && rm -r .build/browser/node_modules
	@touch $@
ifeq ($(REGULARS_CHROMIUM)$(REGULARS_NO_BROWSER),)
browser: .build/browser/.installed
endif

# AWS. `make deploy` takes account, region and credentials from the environment, as every AWS tool does.
PREFIX ?= regulars
ATHENA ?=
MAIL_FROM ?=
synth deploy: export CDK_CONTEXT_JSON = {"prefix": "$(PREFIX)", "athena": "$(ATHENA)", "mail_from": "$(MAIL_FROM)"}
.PHONY: layers synth deploy
layers: .venv/.dev guests  ## third-party Lambda layers, into .build/layers
	$(BIN)/python -m infra.aws.layers

synth: layers  ## the CloudFormation template, into cdk.out; checked by cdk-nag and cfn-lint
	$(BIN)/python -m infra.aws.app
	$(BIN)/cfn-lint cdk.out/$(PREFIX).template.json cdk.out/$(PREFIX)-routes.template.json

deploy: synth  ## deploy to the AWS account of the environment
	$(BIN)/python -m infra.aws.deploy --stack $(PREFIX)

.PHONY: check docs
check: .venv/.dev  ## ruff, mypy --strict, import rules, generated pages current
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m infra.describe --check
	$(BIN)/python -m infra.document --check
	$(BIN)/python -m functions.reports.pages --check

docs: .venv/.dev  ## write the pages that come from code
	$(BIN)/python -m infra.describe
	$(BIN)/python -m infra.document
	$(BIN)/python -m functions.reports.pages

.PHONY: golden
golden: .venv/.dev  ## write the reports' golden SQL and rows; review the difference
	$(BIN)/python -m functions.reports.pages --golden

.PHONY: bench bench-reports
bench-reports: .venv/.bench  ## RFM and the daily aggregate on 10 M events, against chDB
	$(BIN)/python -m benchmarks.reports
bench: bench-reports  ## every benchmark, as ratios against named baselines

.PHONY: bench-intake
bench-intake: .venv/.bench  ## the accept path on one core, and HTTP intake against a bare fsyncing server
	$(BIN)/python -m benchmarks.accept
	$(BIN)/python -m benchmarks.http
bench: bench-intake

.PHONY: bench-audiences
bench-audiences: .venv/.bench  ## segments on 500,000 people and 10 M events: full passes, latency of an event, look-ups
	$(BIN)/python -m benchmarks.audiences
bench: bench-audiences

.PHONY: bench-webhooks
bench-webhooks: .venv/.bench  ## deliveries of webhooks per second, and from event to endpoint alone and beside bad neighbours
	$(BIN)/python -m benchmarks.webhooks
bench: bench-webhooks

.PHONY: bench-growth
bench-growth: .venv/.bench  ## every report on 1 M and 10 M events: seconds, peak memory, bytes read
	$(BIN)/python -m benchmarks.growth
bench: bench-growth

.PHONY: bench-predictions
bench-predictions: .venv/.bench  ## fitting and scoring 100,000 to 5 million customers, against plain lifetimes
	$(BIN)/python -m benchmarks.predictions
bench: bench-predictions

.PHONY: bench-baskets
bench-baskets: .venv/.bench  ## next best product on held-out last baskets of a year of groceries: hit rate at 10, beside other rankings
	$(BIN)/python -m benchmarks.baskets
bench: bench-baskets

.PHONY: bench-functions
bench-functions: .venv/.bench  ## functions: engines cold and warm, runs a second; from an event to its run
	$(BIN)/python -m benchmarks.function_engines
	$(BIN)/python -m benchmarks.functions_running
bench: bench-functions
