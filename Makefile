# One word per habit. `make demo` and `make test` are complete on a fresh machine with Python 3.11, git and make.
.DEFAULT_GOAL := help
.PHONY: help install system demo test abuse check lock lint-js clean bench-build soak-build compare-lanes

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
SANDBOX ?= bubblewrap

# Debian and Ubuntu packages behind the stack and its tests. Node comes from PATH, or packaged with the Python
# environment; a browser from these packages, from Playwright, or packaged.
DEBIAN_PACKAGES := bubblewrap redis-server chromium-headless-shell postgresql prometheus

# Scripts that are input or material, not part of the program.
NOT_OURS := ':!services/artifact/scaffold' ':!tests/rollouts'

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

install: $(VENV)/.installed  ## everything that `demo` and `test` share
	@$(BIN)/python -m build_worker.setup --companions

$(VENV)/.installed: pyproject.toml requirements/dev.txt Makefile
	$(MAKE) --no-print-directory system
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

system:  ## Debian packages, where root may install them; says what is missing where not
	@./docker/install-system.sh $(DEBIAN_PACKAGES)

demo: install  ## score the sample rollouts on the embedded stack
	$(BIN)/webgen-reward score tests/rollouts --judge heuristic --data-dir $(DEMO)/data --out $(DEMO)/out

.PHONY: trainer test-trainer
# Torch is not in the lock file: name the build that fits the machine, as `make trainer TORCH=...`.
TORCH ?= torch==2.13.0

trainer: install $(VENV)/.trainer  ## what training needs, TRL among it, into the same environment

$(VENV)/.trainer: requirements/trainer.txt Makefile | $(VENV)/.installed
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/trainer.txt
	touch $@

.PHONY: demo-train
demo-train: trainer  ## GRPO learns to write sites against the running service, on CPU: five seeds, controls, outages, plots (SEEDS=, STEPS=)
	$(BIN)/python -m benchmarks.learning --out $(DEMO)/train $(if $(SEEDS),--seeds $(SEEDS)) $(if $(STEPS),--steps $(STEPS))

test-trainer: trainer  ## the tests that train, with the real TRL
	WEBGEN_TEST_TRAINER=1 $(BIN)/python -m pytest tests/trainer

test: install  ## run the tests, several at a time; afterwards those that need a quiet machine
	$(BIN)/python -m pytest -n auto -m "not abuse and not quiet" --ignore=tests/chart --durations=20
	$(BIN)/python -m pytest -n auto -m quiet --ignore=tests/chart

abuse: install  ## attack the stack in every way of tests/abuse/manifest.toml; SANDBOX=docker for the other body
	@if [ $(SANDBOX) = docker ]; then \
		DOCKER_HOST=$$(./docker/engine.sh start $(ENGINE)-abuse) && export DOCKER_HOST && \
		trap './docker/engine.sh stop $(ENGINE)-abuse' EXIT || exit 1; \
	fi; $(BIN)/python -m tests.abuse --sandbox $(SANDBOX)

check: install lint-js  ## style, types, layers, wheel contents, lock files, what the chart is made of
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.wheel
	$(BIN)/python -m tests.support.locks
	$(BIN)/python -m helm.generate --check

lint-js: install  ## lint and type-check our own JavaScript
	$(BIN)/python -m build_worker.setup --lint $$(git ls-files '*.js' '*.mjs' $(NOT_OURS))

bench-build: install  ## what a golden site costs to build: npm, project lane, scaffold lane
	$(BIN)/python -m benchmarks.build $(if $(ROUNDS),--rounds $(ROUNDS))

soak-build: install  ## many builds in the scaffold lane (BUILDS=10000), memory and files watched
	$(BIN)/python -m benchmarks.soak $(if $(BUILDS),--builds $(BUILDS))

compare-lanes: install  ## both lanes over a folder of completions (SITES=folder), pixel by pixel
	$(BIN)/python -m benchmarks.lanes $(SITES)

.PHONY: contact-sheet
contact-sheet: install  ## every golden site's screenshots on one page (SITES=folder of completions)
	$(BIN)/python -m benchmarks.contact_sheet $(SITES)

.PHONY: judge-order
judge-order: install  ## how often the heuristic judge puts the better of two pages above the worse; SET=golden for the sites that its weights were set on
	$(BIN)/python -m tests.judging.judge_order $(if $(SET),--set $(SET))

.PHONY: judge-minutes
judge-minutes: install  ## two judge processes that may send 60 requests a minute, for three true minutes
	JUDGE_CALLS=60 JUDGE_WINDOW=60 $(BIN)/pytest -q -s tests/integration/test_judge_processes.py -k window

.PHONY: same-pictures bench-render soak-render
same-pictures: install  ## every golden site rendered many times (RENDERS=20) on two workers, MODE=home or full: byte for byte the same
	$(BIN)/python -m benchmarks.determinism $(if $(RENDERS),--renders $(RENDERS)) $(if $(MODE),--mode $(MODE))

bench-render: install  ## what a page costs to render beside full Chromium, and a full visit by its parts
	@./docker/install-system.sh chromium
	$(BIN)/python -m benchmarks.render $(if $(ROUNDS),--rounds $(ROUNDS))

soak-render: install  ## many renders (RENDERS=500), a tenth of them hostile; processes, memory and files watched
	$(BIN)/python -m benchmarks.soak_render $(if $(RENDERS),--renders $(RENDERS))

.PHONY: images test-docker test-sandbox-docker engine engine-stop
ENGINE := $(DEMO)/engine

images:  ## build every image of docker/Dockerfile; their sizes
	@./docker/build.sh

test-docker: install  ## images, the compose stack and the sandboxes' suite on a real engine; fails where none can be had
	@address=$$(./docker/engine.sh start $(ENGINE)-test networks) && trap './docker/engine.sh stop $(ENGINE)-test' EXIT && \
	export DOCKER_HOST=$$address && ./docker/build.sh && \
	WEBGEN_TEST_COMPOSE=1 $(BIN)/python -m pytest tests/docker && \
	WEBGEN_TEST_DOCKER=1 $(BIN)/python -m pytest tests/conformance -k docker

test-sandbox-docker: install  ## the sandboxes' suite with Docker alone
	@address=$$(./docker/engine.sh start $(ENGINE)-test) && trap './docker/engine.sh stop $(ENGINE)-test' EXIT && \
	WEBGEN_TEST_DOCKER=1 DOCKER_HOST=$$address $(BIN)/python -m pytest tests/conformance -k docker

engine:  ## a container engine for tests, where none answers; says its address
	@./docker/engine.sh start $(ENGINE)

engine-stop:  ## end the engine that `make engine` started
	@./docker/engine.sh stop $(ENGINE)

.PHONY: chart test-chart
chart: install  ## write anew what the chart is made of: schema, README, stages, seccomp profile
	$(BIN)/python -m helm.generate

test-chart: install  ## the chart: lint, every variant against Kubernetes' schemas, what it must say
	$(BIN)/python -m pytest tests/chart

lock:  ## write requirements/*.txt anew from pyproject.toml
	$(BIN)/python -m tests.support.locks --write

clean:  ## remove what the commands above made in this folder
	rm -rf $(VENV) $(DEMO) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: dashboard-picture
dashboard-picture: install  ## the dashboard's queries as a picture (PROMETHEUS=http://127.0.0.1:9090 MINUTES=60 OUT=dashboard.png)
	$(BIN)/python -m benchmarks.dashboard $(or $(PROMETHEUS),http://127.0.0.1:9090) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(OUT),--out $(OUT))

.PHONY: judge-guard
judge-guard: install  ## texts that address a grader: how many are found, how many honest pages are taken for such
	$(BIN)/python -m tests.judging.guard
