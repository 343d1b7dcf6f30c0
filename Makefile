# The two commands of the README are `make rehearse` and `make test`; CI runs these targets and nothing else.
PYTHON ?= python3
STACK ?= dev
SCENARIO ?= happy-path
IN := .venv/bin/
# Bytecode makes every start of a process faster, and a rehearsal starts many.
unexport PYTHONDONTWRITEBYTECODE
# A test process for each core; tests/order.py says how they share the tests.
EVERY_CORE := --numprocesses auto --maxprocesses 8
PACKAGES := contracts functions containers components settings foundation.py __main__.py rehearsal delivery trainyard benchmarks examples

.DEFAULT_GOAL := help
.PHONY: help rehearse serve preview test test-fast spark torch lint types format flows build layers images clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/%.stamp: requirements/%.txt
	@$(PYTHON) delivery/environment.py $*

rehearse: .venv/rehearsal.stamp  ## Take real flight data through the whole pipeline (SCENARIO=…, STACK=…)
	@$(IN)python -m rehearsal run $(SCENARIO) --stack $(STACK)

serve: .venv/rehearsal.stamp  ## Keep the embedded AWS running with nothing deployed
	@$(IN)python -m rehearsal serve

preview: .venv/rehearsal.stamp  ## Show what the program declares, without any AWS
	@$(IN)python -m rehearsal preview --stack $(STACK)

test: .venv/dev.stamp  ## Run all tests
	@$(IN)python -m pytest $(EVERY_CORE)

test-fast: .venv/dev.stamp  ## Run the tests that need no embedded AWS
	@$(IN)python -m pytest $(EVERY_CORE) -m "not rehearsal"

spark: .venv/spark.stamp  ## Add PySpark, for the tests of the cluster engine (needs Java 17)

torch: .venv/dev.stamp  ## Add PyTorch, for the tests of the network (gigabytes, unless pip finds a CPU wheel)
	@$(IN)python -m pip install --quiet --requirement requirements/torch.in

lint: .venv/dev.stamp  ## Read only: style, import contracts, rendered definitions
	@$(IN)ruff check . && $(IN)ruff format --check . && $(IN)lint-imports --no-cache
	@$(IN)python -m rehearsal definitions --out build/definitions && $(IN)python -m delivery.definitions build/definitions

types: .venv/dev.stamp  ## Check the types
	@$(IN)mypy $(PACKAGES)

format: .venv/dev.stamp  ## Fix what can be fixed
	@$(IN)ruff check --fix . && $(IN)ruff format .

flows: .venv/rehearsal.stamp  ## Draw the workflows into docs/flows and the README
	@$(IN)python -m delivery.flows

build: .venv/rehearsal.stamp  ## Build the Lambda archives and layers for AWS
	@$(IN)python -m delivery.archives && $(IN)python -m delivery.layers

images: .venv/rehearsal.stamp  ## Build the container images, push them, write their digests into the stack
	@$(IN)python -m delivery.images --stack $(STACK)

clean:  ## Remove everything that was built, the environment included
	@rm -rf .venv .venv.lock build .rehearsal .pytest_cache .mypy_cache .ruff_cache .hypothesis node_modules
