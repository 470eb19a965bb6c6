# Everything runs in a virtual environment that the first target makes; running it again costs nothing.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# One more than there are cores: some tests wait for programs of others.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
DATABASE ?= embedded:demo.db

.PHONY: help setup demo live coagent shop test check bench bench-firestore bench-live bench-migrate bench-remote format generate services clean

help: ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

# The application alone, for the demo: no type checkers, no browsers.
.venv/demo.stamp: pyproject.toml apps/pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
	  echo "python3 -m venv failed; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "installing the library and its applications ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cli]' -e './apps[live,coagent]'
	@touch $@

.venv/dev.stamp: .venv/demo.stamp
	@echo "installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: .venv/dev.stamp ## make the virtual environment with everything

demo: .venv/demo.stamp ## one speaker, 60 listeners, 5 languages, on a file; ends with a table
	@sh scripts/debian.sh translation
	@$(BIN)/live-translation demo --database $(DATABASE)

live: .venv/demo.stamp ## open the service with its pages on http://127.0.0.1:8080
	@sh scripts/debian.sh translation
	@sh scripts/debian.sh speech
	@$(BIN)/live-translation serve --database embedded:live.db

coagent: .venv/demo.stamp ## open the co-agent with sample users on http://127.0.0.1:8090
	@$(BIN)/coagent seed --database embedded:coagent.db
	@$(BIN)/coagent serve --database embedded:coagent.db

.venv/migrate.stamp: .venv/demo.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[cli,migrate]'
	@touch $@

shop: .venv/migrate.stamp ## move a shop from MariaDB to DynamoDB while it is used (ARGS="--users 5000")
	@sh scripts/debian.sh shop
	@$(BIN)/python examples/shop/journey.py $(ARGS)

services: .venv/dev.stamp
	@sh scripts/debian.sh tests
	@sh scripts/services.sh

test: .venv/dev.stamp services ## run the whole suite
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: .venv/dev.stamp ## format, lint, types, generated code
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python scripts/generate_sync.py --check
	@$(BIN)/python -m mypy
	@$(BIN)/python -m pyright
	@$(BIN)/python -m pytest -q tests/docs

format: .venv/dev.stamp ## format, sort imports, generate
	@$(BIN)/python -m ruff check --fix-only --quiet .
	@$(BIN)/python -m ruff format .
	@$(BIN)/python scripts/generate_sync.py

.venv/bench.stamp: .venv/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@

bench: .venv/bench.stamp services ## measure the typed layer, the engine, the server and what observing costs
	@$(BIN)/python benchmarks/coding.py
	@$(BIN)/python benchmarks/typing_peers/compare.py
	@$(BIN)/python benchmarks/embedded.py
	@$(BIN)/python benchmarks/engine.py
	@$(BIN)/python benchmarks/peers.py
	@$(BIN)/python benchmarks/served.py
	@$(BIN)/python benchmarks/telemetry.py
	@$(BIN)/python benchmarks/infra.py

bench-firestore: .venv/dev.stamp ## measure reading, making, copying and comparing an export of 100,000 documents (4 minutes)
	@$(BIN)/python benchmarks/firestore.py --all $(ARGS)

bench-live: .venv/bench.stamp ## measure the live service with 500 and 2,500 listeners (20 minutes; ARGS="a --minutes 1")
	@sh scripts/debian.sh translation
	@$(BIN)/python benchmarks/live.py $(ARGS)

# aioboto3 wants an older botocore than boto3 does, so it has an environment of its own.
.venv/aioboto3/bin/aioboto3.stamp: .venv/bench.stamp
	@$(PYTHON) -m venv .venv/aioboto3
	@.venv/aioboto3/bin/python -m pip install --quiet --disable-pip-version-check aioboto3==15.5.0
	@touch $@

bench-remote: .venv/aioboto3/bin/aioboto3.stamp ## measure calls over HTTP beside every other client
	@$(BIN)/python benchmarks/remote.py

bench-migrate: .venv/bench.stamp ## measure a migration from MariaDB beside boto3 fed by PyMySQL (minutes; ARGS="--rows 0")
	@sh scripts/debian.sh shop
	@$(BIN)/python benchmarks/migrate.py $(ARGS)

clean: ## remove what the other targets made
	rm -rf .venv .services shop-journey demo.db demo.db.demo demo.db-* demo.db.issuer.pem live.db live.db-* live.db.issuer.pem coagent.db coagent.db-* coagent.db.secret
