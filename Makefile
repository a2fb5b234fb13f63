# SPDX-FileCopyrightText: certops.vsphere contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# `make help` lists the targets. PYTHON=/path/to/python3 chooses the interpreter (3.11 or newer).
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

DEMO_VENV := .venv
TEST_VENV := .venv-test
# run.txt has what runs the collection, and none of the checkers.
TEST_REQUIREMENTS := tests/requirements/test.txt
COLLECTIONS := .collections
PYTEST := $(TEST_VENV)/bin/python -m pytest
# Real processes wait half of their time, for a simulated vCenter and for each other: two for a core keep it busy.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
WORKERS := $(shell expr 2 \* $(CORES))
COVERAGE = CERTOPS_ROOT="$(CURDIR)" $(TEST_VENV)/bin/python -m coverage
COVERAGE_CONFIG := --rcfile=tests/measured.ini
COVERAGE_TESTS := tests/unit tests/integration tests/matrix
CORE_COVERAGE := --cov --cov-report=term-missing:skip-covered --cov-fail-under=100

# The code that can do harm is told with an estate in memory: these unit tests run it, and must run nine tenths of its branches.
OPERATIONS_TESTS := tests/unit/operations tests/unit/vsphere/test_issuing.py tests/unit/vsphere/test_places.py tests/unit/plugins/test_progress_file.py \
	tests/unit/logs/test_read_logs.py tests/unit/logs/test_log_corpus.py
OPERATIONS_COVERAGE := --cov=plugins/module_utils/_operations --cov=plugins/module_utils/_storage --cov=plugins/module_utils/_stepping --cov-branch --cov-config=/dev/null --cov-report=term-missing:skip-covered --cov-fail-under=90

# Tests of promises of safety that need no whole run of the playbook.
OTHER_PROMISES := tests/unit tests/integration/modules/test_trust.py tests/integration/playbooks/test_secrets.py \
	tests/integration/playbooks/test_odd_inventories.py tests/integration/playbooks/test_cli_renewing.py

.PHONY: help
help: ## Show this help
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '%-20s%s\n' "make $$name" "$$what"; done

.PHONY: demo
demo: $(DEMO_VENV)/ready ## Renew the certificates of a simulated estate, from check mode to nothing left to do
	@$(DEMO_VENV)/bin/python scripts/demo.py

.PHONY: test
test: test-environment collected ## Run every kind of test and check, as continuous integration does (with a third of the examples that make test-matrix has)
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-third} $(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 10 $(CORE_COVERAGE) tests

# pytest keeps what it makes of a file of tests. Workers that begin together would each make it of every file.
.PHONY: collected
collected: test-environment
	@for part in tests/unit "--ignore=tests/unit tests"; do $(PYTEST) -n 0 -q --collect-only $$part > /dev/null 2>&1 & done; wait

.PHONY: lint
lint: test-environment ## Run the checkers: ruff, mypy, ansible-lint, documentation, sanity, build
	@$(PYTEST) -n 2 --dist loadfile tests/static

.PHONY: sanity
sanity: test-environment ## Run ansible-test sanity
	@$(TEST_VENV)/bin/python scripts/run_ansible_test.py sanity --color no

.PHONY: ansible-units
ansible-units: test-environment ## Run ansible-test units: the unit tests, as Ansible runs them
	@$(TEST_VENV)/bin/python scripts/run_ansible_test.py units --color no

.PHONY: targets
targets: test-environment ## Run ansible-test integration: modules and the whole role in targets of Ansible's own kind
	@$(TEST_VENV)/bin/python scripts/run_ansible_test.py integration --color no

.PHONY: coverage
coverage: test-environment ## Show which lines of the whole collection the tests run, in whichever process (COVERAGE_TESTS=tests/unit for some)
	@rm -rf .cache/coverage-lines
	@$(COVERAGE) run $(COVERAGE_CONFIG) -m pytest -q -n 2 --dist loadfile $(COVERAGE_TESTS)
	@$(COVERAGE) combine $(COVERAGE_CONFIG) --quiet && $(COVERAGE) html $(COVERAGE_CONFIG) --quiet && $(COVERAGE) report $(COVERAGE_CONFIG)

.PHONY: format
format: $(TEST_VENV)/ready ## Format the Python code
	@$(TEST_VENV)/bin/ruff check --fix --quiet . ; $(TEST_VENV)/bin/ruff format .

.PHONY: unit
unit: $(TEST_VENV)/ready ## Run the unit tests, with a third of the examples that hypothesis makes up in make test
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-third} $(PYTEST) -n $(CORES) tests/unit

.PHONY: unit-coverage
unit-coverage: $(TEST_VENV)/ready ## Run the unit tests, with all examples; they must cover the pure packages wholly
	@$(PYTEST) -n $(CORES) $(CORE_COVERAGE) tests/unit

.PHONY: unit-operations
unit-operations: $(TEST_VENV)/ready ## Run the unit tests of operations; they must run 90 % of its lines and branches
	@COVERAGE_FILE=.cache/coverage-operations $(PYTEST) -q -p no:xdist $(OPERATIONS_COVERAGE) $(OPERATIONS_TESTS)

.PHONY: integration
integration: test-environment ## Run the tests against the simulator, as real processes
	@$(PYTEST) -n $(WORKERS) --dist loadfile tests/sim tests/integration

.PHONY: test-matrix
test-matrix: test-environment ## Kill the playbook at every call, have every call fail, and write docs/maintaining/safety.md
	@CERTOPS_MATRIX=all CERTOPS_SAFETY_DOCUMENT=1 $(PYTEST) -n 4 --dist loadgroup tests/matrix $(OTHER_PROMISES)

.PHONY: test-broken
test-broken: test-environment ## Run the mutation tests: break lines in a copy, see a test red for each, write docs/maintaining/safety.md
	@$(TEST_VENV)/bin/python scripts/break_lines.py $(BROKEN)

.PHONY: molecule
molecule: test-environment ## Run every Molecule scenario (or SCENARIO=default): an estate is started, renewed twice, looked at, and stopped
	@PATH="$(CURDIR)/$(TEST_VENV)/bin:$$PATH" ANSIBLE_HOME="$(CURDIR)/.cache/ansible" molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: bench
bench: test-environment ## Measure fleets of up to 5,000 hosts, beside the modules of others, and write docs/maintaining/benchmarks.md (half an hour)
	@PYTHONPATH=extensions:scripts $(TEST_VENV)/bin/python -m benchmarks $(BENCH)

.PHONY: pages
pages: $(TEST_VENV)/ready ## Write what pages have from the code: rows of options, docs/maintaining/public_surface.md
	@$(TEST_VENV)/bin/python scripts/make_pages.py

.PHONY: docs
docs: $(TEST_VENV)/ready ## Make the documentation into a site, in .cache/docs/html
	@$(TEST_VENV)/bin/python scripts/build_docs.py

.PHONY: links
links: $(TEST_VENV)/ready ## Ask the other sites that the documentation links to whether they have the pages (needs the network)
	@$(TEST_VENV)/bin/python scripts/build_docs.py --links --dest .cache/links

.PHONY: findings
findings: ## Run the scripts of findings/: how other packages behave that we rely on (needs the network; before a release)
	@scripts/run_findings.sh $(FINDINGS)

.PHONY: compatibility
compatibility: test-environment ## Run tests and a renewal with one library changed at a time, and write docs/compatibility.md (hours; COMBINATIONS="base" for some)
	@nice -n 10 $(TEST_VENV)/bin/python scripts/compatibility_rows/measure.py $(COMBINATIONS)

.PHONY: strangers
strangers: $(TEST_VENV)/ready ## Let govmomi and the vendor's REST bindings at the simulated estate, and the collection at govmomi's vCenter (needs Go, and the package index)
	@$(PYTEST) -q -n 0 $(wildcard tests/strangers/check_*.py)

.PHONY: build
build: $(DEMO_VENV)/ready ## Build the collection's archive
	@$(DEMO_VENV)/bin/ansible-galaxy collection build --force

.PHONY: test-environment
test-environment: $(TEST_VENV)/ready $(COLLECTIONS)/ready
	@scripts/install_system_programs.sh

.PHONY: release
release: $(TEST_VENV)/ready ## Release VERSION=1.2.3: changelog, version, archive, commit and tag, on this machine only
	@$(TEST_VENV)/bin/python scripts/release.py "$(VERSION)"

.PHONY: clean
clean: ## Remove all that the other targets made
	rm -rf .venv .venv-test .collections .cache .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf .coverage .coverage.* htmlcov tests/output certops-report certops-vsphere-*.tar.gz
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(DEMO_VENV)/ready: requirements.txt tests/requirements/demo.txt scripts/find_python.sh scripts/make_venv.sh
	@python=$$(scripts/find_python.sh) && scripts/make_venv.sh "$$python" $(DEMO_VENV) tests/requirements/demo.txt

$(TEST_VENV)/ready: requirements.txt $(wildcard tests/requirements/*.txt) scripts/find_python.sh scripts/make_venv.sh
	@python=$$(scripts/find_python.sh) && WITH_UV=1 scripts/make_venv.sh "$$python" $(TEST_VENV) $(TEST_REQUIREMENTS)

$(COLLECTIONS)/ready: $(TEST_VENV)/ready tests/requirements/collections.txt scripts/fetch_collections.py
	@echo "Fetching the collections that the tests need ..."
	@$(TEST_VENV)/bin/python scripts/fetch_collections.py --requirements tests/requirements/collections.txt \
		--dest $(COLLECTIONS) community.vmware vmware.vmware community.crypto
	@touch $@
