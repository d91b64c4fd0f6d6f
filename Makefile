# Otklik: `make up` runs everything on this machine, `make test` tests it. Needs make, git and Python 3.11 or 3.12.
.DEFAULT_GOAL := help
.PHONY: help up install install-dev voice livekit test test-voice lint format bench clean lock

RUN := .venv/bin/python

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

up: install ## Install what is missing, start everything, print the address
	@exec $(RUN) -m app.cli up --end-with-parent

install: ## Install what the lock files name and build the front end
	@python=$$(sh scripts/find-python) && exec "$$python" -m scripts.install

install-dev: ## The same with the tools of development
	@python=$$(sh scripts/find-python) && exec "$$python" -m scripts.install --dev

voice: ## Install speech that needs no account: some minutes, about 500 MB
	@python=$$(sh scripts/find-python) && "$$python" -m scripts.install --voice
	@$(RUN) -m app.cli voice fetch || true
	@$(RUN) -m app.cli voice status

livekit: install-dev ## Build the LiveKit server for the tests of calls; needs Go
	@$(RUN) -m scripts.livekit

test-voice: livekit ## Run the tests of voice only, phone calls included
	@$(RUN) -m pytest tests/unit/voice tests/voice tests/integration/voice tests/integration/telephony tests/integration/agent

test: livekit ## Run every test: unit, integration, browser
	@OTKLIK_CHROMIUM=$$($(RUN) -m scripts.chromium) $(RUN) -m pytest $(TESTS)

lint: install-dev ## Style, types, import rules, lock files
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	.venv/bin/lint-imports
	$(RUN) -m scripts.lock --check

format: install-dev ## Put the code into its format
	$(RUN) -m ruff check --fix-only .
	$(RUN) -m ruff format .

bench: install-dev ## Measure; see docs/benchmarks.md
	@for name in startup scenario spoken_text endpointing voice agent_job local_voice; do $(RUN) -m bench.$$name || exit 1; done

lock: ## Resolve the lock files anew
	@python=$$(sh scripts/find-python) && exec "$$python" -m scripts.lock

clean: ## Remove what was built and installed; data in .otklik stays
	rm -rf .venv .build node_modules app/ui/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
