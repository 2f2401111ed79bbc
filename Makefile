# make demo: a whole office on this machine, with simulated devices. make test: everything CI checks.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NOT_LOCKED := --no-extra judges --no-extra face --no-extra biometrics --no-extra preview

.PHONY: help demo test check bench bench-tui peers shots judges lock clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
		uv pip install --quiet --python $(BIN)/python --no-deps -e . ; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e . ; \
	fi
	@$(BIN)/python -m compileall -q kiosk screens hardware db $(VENV)/lib >/dev/null 2>&1 || true
	@$(BIN)/python -c "from kiosk.words import Language, Visitor, catalogue; [catalogue(each) for each in (*Language, *Visitor)]"
	@touch $@

demo: $(READY) ## a demo office in ./demo-office and the terminal on it
	@$(BIN)/kiosk demo

check: $(READY) ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# what says most of a server: run on PostgreSQL too, an office opened with the rights of a counter
ON_SERVER := tests/kiosk/test_engine.py tests/kiosk/test_live.py tests/kiosk/test_passports.py tests/kiosk/queue \
	tests/kiosk/steps/test_registration.py tests/kiosk/steps/test_handover.py tests/kiosk/money/test_payment_rules.py \
	tests/faults/test_double_collection.py tests/faults/test_two_terminals.py tests/faults/test_many_counters.py tests/db/test_turns.py tests/db/test_kept_connections.py

test: check ## everything CI checks
	$(BIN)/pytest -n 4
	KIOSK_TEST_POSTGRES=wheel KIOSK_TEST_ROLE=counter $(BIN)/pytest -n 4 $(ON_SERVER)

bench: $(READY) ## measure: first paint, key to paint, commits, lists
	$(BIN)/python tests/bench/run.py

bench-tui: $(READY) ## measure the terminal alone; beside the programs of `make peers` where they are
	$(BIN)/python tests/bench/tui.py $(if $(wildcard .peers),--peers .peers)

peers: ## install the Textual programs that ours is measured beside, each in an environment of its own (400 MB)
	@for each in toolong posting harlequin; do \
		$(PYTHON) -m venv .peers/$$each && \
		.peers/$$each/bin/pip install --quiet --disable-pip-version-check $$each 'tree-sitter<0.26' || exit 1; \
	done # with a newer tree-sitter posting dies at its start

shots: $(READY) ## take the text captures of every screen anew
	SNAPSHOT_UPDATE=1 $(BIN)/pytest -q tests/screens

judges: $(READY) ## install the programs of others that judge ours (200 MB); their tests are skipped without them
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	$(BIN)/python -m pip install --quiet -e '.[judges]'
	$(BIN)/python -m pip install --quiet --no-deps adafruit-circuitpython-fingerprint==2.2.25

lock: ## requirements.lock anew (needs uv)
	uv export --quiet --all-extras $(NOT_LOCKED) --no-emit-project --format requirements-txt --no-annotate --no-header -o requirements.lock >/dev/null
	rm -f uv.lock

clean: ## remove the environment and what tests left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
