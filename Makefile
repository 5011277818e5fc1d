# The only entry point: every target does all of its own set-up. It needs Python 3.11 or newer and make.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Compiled bytecode is half of a quick start, here as on a user's machine.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
ARGS ?=
URL ?=
HOMEPAGE ?=
DEMO ?= fixtures/1.31/remote-secret-missing
# The mesh is one in use, with much beside what is looked at; NOISE=0 makes the plainest one.
WORLD = $(if $(filter 0,$(NOISE)),--plain)
E2E = $(if $(FAULT),--fault $(FAULT)) $(if $(FAMILY),--family $(FAMILY)) $(if $(SHAPE),--shape $(SHAPE)) $(if $(ISTIO),--istio $(ISTIO)) $(WORLD) \
	$(if $(HEALTHY),--healthy) $(if $(CI),--ci)
DRY_RUN = $(if $(FAULT),--fault $(FAULT)) $(if $(FAMILY),--family $(FAMILY)) $(if $(LIVE),--live)
MUTATE = $(if $(N),-n $(N)) $(if $(SEED),--seed $(SEED)) $(if $(SHAPE),--shape $(SHAPE)) $(if $(ISTIO),--istio $(ISTIO)) $(WORLD) $(if $(KEEP),--keep)

# What the diagnosis rests on: nearly every branch of it is taken by a test; what those tests are worth is another question.
CORE = kubectl_mcdiag/checks/*,kubectl_mcdiag/mesh/*,kubectl_mcdiag/report/*,kubectl_mcdiag/verdict/*,kubectl_mcdiag/evidence/model.py

# .venv is recreated whenever pyproject.toml or the Python it came from changes; a stamp is written last.
VENV := .venv
BIN := $(VENV)/bin
KEY := $(shell { $(PYTHON) -VV 2>&1; cat pyproject.toml; } | cksum | cut -d ' ' -f 1)
RUNTIME := $(VENV)/runtime-$(KEY)
DEV := $(VENV)/dev-$(KEY)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install

# The archive is built with what release/requirements.txt pins by hash, in an environment of its own.
DIST_VENV := build/venv
DIST_KEY := $(DIST_VENV)/$(shell { $(PYTHON) -VV 2>&1; cat release/requirements.txt; } | cksum | cut -d ' ' -f 1)
DIST_PYTHON := SOURCE_DATE_EPOCH=315532800 PYTHONHASHSEED=0 $(DIST_VENV)/bin/python

.PHONY: help demo test cover test-thorough hostile check docs lint types dist dist-test manifest audit krew-test wheel-test job-test lock mutants lab lab-down lab-status e2e dry-run record whole-fixtures mutate bench bench-scale clean

help: ## Say what there is to make
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; do \
		printf '  make %-14s %s\n' "$${name# }" "$$text"; done

$(RUNTIME):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "this Python cannot make a venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "making $(VENV)" >&2
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(DEV): $(RUNTIME)
	@echo "adding the tools for development to $(VENV)" >&2
	@$(PIP) --editable '.[dev]'
	@touch $@

demo: $(RUNTIME) ## Diagnose a recorded broken mesh (DEMO=folder)
	@code=0; $(BIN)/kubectl-mcdiag check --bundle $(DEMO) || code=$$?; \
	echo; echo "(kubectl mcdiag left with exit code $$code; 1 is right, for the recorded mesh is broken)"; test $$code -eq 1

test: $(DEV) ## Run the fast tests, on all cores
	@$(BIN)/python -m pytest --numprocesses=auto $(ARGS)

cover: $(DEV) ## Run them with branch coverage; 97 % of the core has to be covered
	@$(BIN)/python -m pytest --numprocesses=auto --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report --skip-covered
	@$(BIN)/coverage report --include='$(CORE)' --fail-under=97 --format=total >/dev/null || \
		{ echo "the core is not covered enough: see the lines above" >&2; exit 1; }

test-thorough: $(DEV) ## Run them with every single answer of every recording lost in turn
	@$(BIN)/python -m pytest --thorough $(ARGS)

hostile: $(DEV) ## Run what hangs, lies, floods and pries, and write docs/reliability.md
	@$(BIN)/python -m pytest tests/hostile -p no:randomly $(ARGS)

mutants: $(DEV) ## Change the core by slips of the hand, see which the tests notice, and write docs/mutants.md (N=, SEED=)
	@$(BIN)/python -m tests.mutants $(if $(N),-n $(N)) $(if $(SEED),--seed $(SEED)) $(ARGS)

check: lint types test ## Run all that must pass before a commit: lint, types, test

docs: $(DEV) ## Write the generated pages (README's report, docs/families, docs/coverage.md)
	@$(BIN)/python -m pytest -q tests/test_docs.py tests/test_anonymity.py -k "page or words_that" --update

lint: $(DEV) ## Look for flaws and wrong format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV) ## Check the types
	@$(BIN)/mypy

$(DIST_KEY):
	@rm -rf $(DIST_VENV)
	@$(PYTHON) -m venv $(DIST_VENV)
	@$(DIST_VENV)/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes --only-binary :all: \
		--requirement release/requirements.txt
	@touch $@

dist: $(DIST_KEY) ## Make the archive for this platform, its bill of materials and krew's manifest, in dist/
	@$(DIST_PYTHON) -m release archive
	@$(DIST_PYTHON) -m release manifest

manifest: $(DIST_KEY) ## Write krew's manifest for the archives in dist/ (URL=their folder, HOMEPAGE=the project's)
	@$(DIST_PYTHON) -m release manifest --url "$(URL)" --homepage "$(HOMEPAGE)"

dist-test: ## Unpack the archive in dist/ and run it: every format, the catalogue, completion
	@rm -rf build/try; mkdir -p build/try; tar -x -z -f dist/*.tar.gz -C build/try
	@program=build/try/kubectl-mcdiag/kubectl-mcdiag; $$program version; \
	for what in checks commands permissions roles; do $$program list $$what >/dev/null; done; \
	$$program explain MC301 >/dev/null; $$program completion bash >/dev/null; \
	$$program anonymize $(DEMO) build/try/anonymous; code=0; \
	$$program check --bundle build/try/anonymous >/dev/null || code=$$?; test $$code -eq 1; \
	for format in text json yaml junit markdown html; do code=0; \
	$$program check --bundle $(DEMO) -o $$format >/dev/null || code=$$?; test $$code -eq 1; done

audit: ## Ask whether what the archive is built with has known vulnerabilities
	@$(PYTHON) -m venv build/audit
	@build/audit/bin/python -m pip --quiet --disable-pip-version-check install pip-audit
	@build/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement release/requirements.txt

krew-test: dist $(DEV) ## Install the archive with the real krew, use it and take it away again
	@$(BIN)/python -m pytest tests/installed/test_krew.py tests/installed/test_shells.py

wheel-test: $(DEV) ## Install the wheel into a clean environment and use it
	@$(BIN)/python -m pytest tests/installed/test_wheel.py

job-test: dist $(DEV) ## Run the CronJob of examples/ in the lab that is up
	@$(BIN)/python -m pytest tests/installed/test_cronjob.py

lock: ## Pin again, by hash, what the archive is built with
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --quiet --disable-pip-version-check install uv
	@build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml release/build-requirements.in --output-file release/requirements.txt

lab: ## Bring up the lab: real clusters with a real mesh (SHAPE=, ISTIO=version,…, ISTIOCTL=version, NOISE=0)
	@lab/lab up $(SHAPE) $(if $(ISTIO),--istio $(ISTIO)) $(if $(ISTIOCTL),--istioctl $(ISTIOCTL)) $(WORLD)

lab-down: ## Remove every trace of the lab
	@lab/lab down

e2e: $(RUNTIME) ## Put faults into the lab and judge the diagnosis (FAULT=, FAMILY=, SHAPE=, ISTIO=name,…; HEALTHY=1)
	@PATH="$$PATH:$(CURDIR)/$(BIN)" lab/lab python -m lab.e2e $(E2E)

record: E2E += --record
record: whole-fixtures e2e ## Record the fixtures again from the lab (same variables; then make test ARGS=--update, and look)
	@$(BIN)/python -m tests.compact

whole-fixtures: $(RUNTIME)
	@$(BIN)/python -m tests.compact --whole

dry-run: $(RUNTIME) ## Have the API servers of the lab that is up look at every printed step (FAULT=, FAMILY=; LIVE=1 diagnoses each)
	@PATH="$$PATH:$(CURDIR)/$(BIN)" lab/lab python -m lab.dry_run $(DRY_RUN)

mutate: $(RUNTIME) ## Change the lab's mesh at random and judge what is said by requests (N=, SEED=, SHAPE=, NOISE=0; KEEP=1 notes the figures)
	@PATH="$$PATH:$(CURDIR)/$(BIN)" lab/lab python -m lab.mutate $(MUTATE)

bench: $(RUNTIME) ## Time a check of the lab that is up against its own commands
	@PATH="$$PATH:$(CURDIR)/$(BIN)" lab/lab python -m lab.bench

bench-scale: $(DEV) ## Measure made meshes of up to 5,000 services and 100 clusters, and write docs/performance.md
	@$(BIN)/python -m tests.bench_scale

lab-status: ## Say what of the lab is up
	@lab/lab status

clean: ## Remove all that make has made in this folder
	@rm -rf $(VENV) build dist kubectl_mcdiag.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
