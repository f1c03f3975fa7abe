# Every command of this project. `make` alone lists them, from the `##` comment beside each.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

export PYTHONPATH := $(CURDIR)/scripts:$(CURDIR)/lambda_src:$(CURDIR)

python := .venv/bin/python
typed  := scripts lambda_src local_stack
shells  = $(shell git ls-files --cached --others --exclude-standard '*.sh' .ci/run)

##@ See it work
.PHONY: help setup demo up down clean
help: ## list every command
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing: Debian packages (apt, sudo), .venv and packages from npm
	@scripts/setup.sh demo

demo: setup ## from nothing to dashboards with 31,106 real events, on this machine
	@$(python) -m local_stack.demo $(DEMO_OPTIONS)

up: setup ## start the local stack, with the data it had
	@$(python) -m local_stack up

down: ## stop the local stack and keep its data
	@if [ -x $(python) ]; then $(python) -m local_stack down; else echo "nothing to stop: .venv is not there"; fi

# the local stack's own clean needs nothing but Python, so that a broken .venv is in nobody's way
clean: ## stop everything and remove data, image, .venv and .venv-spark, node_modules and build
	@if command -v podman >/dev/null; then \
		for python in $(python) python3 /usr/bin/python3; do \
			! "$$python" -c "import local_stack.__main__" 2>/dev/null || break; \
		done; \
		"$$python" -m local_stack clean; \
	fi
	@rm -rf .venv .venv-spark .local build frontend/node_modules frontend/*/dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@echo "clean: the checkout is as it was before the first command. Debian packages stay installed."

##@ Check a change
.PHONY: test test-setup test-all test-unit test-repository rehearsal molecule faults lint lint-python lint-config lint-sql lint-shell lint-r lint-js format
test: test-setup lint test-all ## everything: set up, lint, every test

test-setup: ## install what the tests and linters need besides: Chromium, the policy simulator, Java and Spark
	@scripts/setup.sh demo test
	@scripts/setup_judges.sh
	@scripts/setup_spark.sh

# one worker for each core, four at most: each may run a stack, a browser and PostgreSQL
test-all: test-setup ## every test, no linters (starts and stops stacks of its own)
	@$(python) -m pytest tests --numprocesses=auto --maxprocesses=4 --durations=15 $(TEST_OPTIONS)

test-unit: setup ## the tests that need no container, no browser and no emulated AWS, in seconds
	@$(python) -m pytest tests/contract tests/ingest tests/etl tests/shop tests/scripts tests/repository

test-repository: setup ## the house rules
	@$(python) -m pytest tests/repository

rehearsal: test-setup ## the whole platform by site.yml on this machine: AWS, hosts, packages, events, a browser
	@$(python) -m local_stack.rehearsal $(REHEARSAL_OPTIONS)

molecule: setup ## every role on Debian 13 hosts made for it (ROLE=warehouse: one; its hosts are gone afterwards)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/molecule test --no-command-borders \
		$(if $(ROLE),--scenario-name $(ROLE),--all)

faults: setup ## kill and break the ETL, PostgreSQL and S3, and count what is lost (FAULTS_TRIALS=2000: more)
	@rm -rf build/faults
	@$(python) -m pytest tests/faults $(TEST_OPTIONS)
	@$(python) -m tests.faults.figures

lint: lint-python lint-config lint-sql lint-shell lint-r lint-js ## every linter; no finding is allowed
	@echo "lint: no findings"

lint-python: setup ## ruff (style, format) and mypy (strict)
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy $(typed) tests

lint-config: setup ## yamllint, ansible-lint (production profile), pre-commit's own check
	.venv/bin/yamllint --strict .
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/ansible-lint --offline --profile production
	.venv/bin/pre-commit validate-config

lint-sql: setup ## sqlfluff on both databases
	.venv/bin/sqlfluff lint warehouse oltp

lint-shell: test-setup ## shellcheck on every shell script
	shellcheck $(shells)

lint-r: setup ## air (format) and lintr on the dashboards
	.venv/bin/air format --check shiny
	$(python) -m local_stack.lint_dashboards

lint-js: test-setup ## biome (format, lint) and tsc (strict) on the frontend
	@cd frontend && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent check

format: test-setup ## rewrite Python, SQL, R and TypeScript in the house format
	$(python) -m ruff check --fix-only --exit-zero .
	$(python) -m ruff format .
	.venv/bin/sqlfluff fix warehouse oltp
	.venv/bin/air format shiny
	@cd frontend && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent format

##@ Look after the project
.PHONY: bench-provision bench-etl bench-etl-history bench-spark bench-sdk bench-handlers bench-storefront lock schema docs hooks
bench-provision: setup ## measure provisioning, and Ansible's modules beside it (installs these; ten minutes)
	@$(python) -m tests.bench.provision $(BENCH_OPTIONS)

bench-etl: setup ## measure the ETL, its floor, and its peers beside it (installs these; an hour)
	@scripts/setup.sh demo bench
	@$(python) -m tests.bench.etl $(BENCH_OPTIONS)

bench-etl-history: setup ## measure an hourly run with 1, 10 and 50 million events behind it (30 GB for an hour or two)
	@$(python) -m tests.bench.etl_history $(BENCH_OPTIONS)

bench-spark: ## measure the Spark job by one and two processes, and one process without Spark beside them
	@scripts/setup_spark.sh
	@$(python) -m tests.bench.spark $(BENCH_OPTIONS)

bench-sdk: ## measure the event SDK in Chromium, and its peers beside it (installs these; a quarter of an hour)
	@scripts/setup.sh demo test
	@$(python) -m tests.bench.sdk $(BENCH_OPTIONS)

bench-handlers: setup ## measure how long ingest and shop take to answer, and to be imported (two minutes)
	@$(python) -m tests.bench.handlers $(BENCH_OPTIONS)

bench-storefront: ## look at the demo's storefront with Lighthouse (installs it; ten minutes)
	@scripts/setup.sh demo test
	@$(python) -m tests.bench.storefront $(BENCH_OPTIONS)

lock: setup ## make the locks agree with requirements*.in (LOCK_OPTIONS=--upgrade: newest versions)
	@scripts/lock.sh $(LOCK_OPTIONS)

schema: setup ## write the event contract as JSON Schema, for those who do not speak Python
	@mkdir -p build
	@$(python) -m contract.schema >build/event_batch.schema.json.new
	@mv build/event_batch.schema.json.new lambda_src/contract/event_batch.schema.json

docs: ## draw the diagrams again from their sources
	@scripts/setup.sh docs
	@scripts/draw_diagrams.sh

hooks: setup ## run the linters of changed files before every commit (git hook)
	@.venv/bin/pre-commit install
