# Targets explain themselves: run `make` alone to list them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check -q -c requirements/constraints.txt
NEEDS  := pyproject.toml requirements/constraints.txt requirements/no-deps.txt
# One thread for each test process: two processes already fill two cores.
export OMP_NUM_THREADS ?= 1
export TF_CPP_MIN_LOG_LEVEL ?= 3
export TF_ENABLE_ONEDNN_OPTS ?= 0
# On machines where PyPI's torch brings gigabytes of CUDA: make test TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
INDEX  := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit models notebooks full samples model render site findings regress accept lab bench hooks typecheck pins update image-test clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 is not installed: apt-get install python3 python3-venv"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(NEEDS) | $(BIN)/python
	@echo "Installing what the demo needs (once, a few minutes)"
	@$(PIP) $(INDEX) -e '.[synthetic,train,dlib]'
	@$(PIP) --no-deps -r requirements/no-deps.txt
	@touch $@

$(VENV)/.all: $(NEEDS) | $(BIN)/python
	@echo "Installing everything that the tests need (once, a few minutes)"
	@$(PIP) $(INDEX) -e '.[all]'
	@$(PIP) --no-deps -r requirements/no-deps.txt
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## The whole job in minutes: people, attacks, faces, training, unseen people, mistakes
	@$(BIN)/liveliness demo --out runs/demo

test: lint unit models notebooks  ## Every test a pull request must pass

lint: $(VENV)/.all  ## Style, types, import order, lazy imports, notebook hygiene
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m lint

unit: $(VENV)/.all  ## Everything without TensorFlow and torch, doctests included
	$(BIN)/python -m pytest -n 2 -m "not lint and not models and not notebooks and not full" tests
	$(BIN)/python -m pytest --doctest-modules -m "not full" liveliness_lib disparity

models: $(VENV)/.all  ## Networks at tiny sizes: save, load, overfit, Keras = ONNX
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "models and not full" tests

notebooks: $(VENV)/.all  ## Each notebook through papermill with fast=True, against its bounds
	$(BIN)/python -m pytest -n 2 -m "notebooks and not full" tests

full: $(VENV)/.all  ## The long ones: fast=False, real network, hours of CPU
	$(BIN)/python -m pytest -m full tests

samples: $(VENV)/.all  ## Make data_samples/ again from its seed
	$(BIN)/liveliness samples make --out data_samples

render: $(VENV)/.all  ## Run all notebooks in place with fast=False, keep their outputs, build the site
	$(BIN)/python notebooks/render.py
	$(BIN)/python -m docs.build

site: $(VENV)/.all  ## Build the site from the notebooks as they are kept: site/index.html
	$(BIN)/python -m docs.build

findings: $(VENV)/.all  ## Write the table and the figure of README.md from the measured files
	$(BIN)/python -m docs.findings

regress: $(VENV)/.all  ## Every notebook against its bounds and the last accepted run; ARGS="-p seed 7", ARGS="--full 03"
	@$(BIN)/python -m regression run $(ARGS)

accept: $(VENV)/.all  ## Keep what the last regress measured: make accept REASON="why it changed"
	@$(BIN)/python -m regression accept --reason "$(REASON)" $(ARGS)

lab: $(VENV)/.all  ## Open JupyterLab at the start notebook
	$(BIN)/jupyter lab --notebook-dir notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb

hooks: $(VENV)/.all  ## Once a clone: checks before each commit, and readable diffs and merges of notebooks
	$(BIN)/pre-commit install
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/nbdime config-git --enable

typecheck: $(VENV)/.all  ## mypy, strict on the library
	$(BIN)/mypy

bench: $(VENV)/.all  ## Time the parts on this machine and print one table
	$(BIN)/python -m benchmarks

pins: $(VENV)/.all  ## Write requirements/constraints.txt from the packages in .venv
	$(BIN)/python requirements/write_pins.py

update: $(VENV)/.all  ## Newest versions within pyproject's ranges: pinned, written down, tested; ARGS="--hold torch"
	$(BIN)/python requirements/update.py --index "$(TORCH_INDEX)" $(ARGS)

image-test:  ## Build the container image, run the service in it, judge a photo, check user, size and root
	@bash container/image-test.sh

clean:  ## Remove .venv, runs and caches
	rm -rf $(VENV) .venv-update runs site .pytest_cache .ruff_cache .mypy_cache build *.egg-info
