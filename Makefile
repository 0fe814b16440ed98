# The targets that are for people have a line of help; `make` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DESTDIR ?=
# The engines that tests use.
TASK_TEST_ENGINES ?= docker,podman
# Only tests whose names match; everything where it is empty.
FILTER ?=
# The engine that screenshots are made on.
ENGINE ?= docker
# How long each fuzz entry runs.
FUZZ_SECONDS ?= 60

SWIFT ?= swift
STRIPPED := .build/stripped
# What is installed and packaged.
PROGRAMS ?= $(STRIPPED)
TASK := .build/debug/task
# Two versions of the package that has an agent's program, for `make bench`.
WHEELS := .build/agents/wheels
BENCH_WHEELS := 0.2.186 0.2.187
# Sizes after `strip`, in bytes.
TASK_BUDGET := 16777216
GUEST_BUDGET := 7340032

export TASK_TEST_ENGINES

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name line; do \
	    printf '  %-12s %s\n' "$$name" "$$line"; done

.PHONY: demo
demo: ## See a real isolated task fix a bug on a branch (installs what is missing)
	@Tests/Demo/run

.PHONY: setup
setup: ## Install what is missing to build and use `task`: packages, and an engine where none answers
	@.ci/engines start any

.PHONY: build
build: ## Build everything for development
	$(SWIFT) build

.PHONY: release
release: ## Build the stripped programs as they ship, and check their sizes
	$(SWIFT) build -c release --static-swift-stdlib --disable-local-rpath --product task
	$(SWIFT) build -c release --disable-local-rpath --product task-guest
	@mkdir -p $(STRIPPED)
	@for name in task task-guest; do strip -o $(STRIPPED)/.$$name .build/release/$$name; \
	    mv $(STRIPPED)/.$$name $(STRIPPED)/$$name; done
	@check() { size=$$(stat -c %s "$(STRIPPED)/$$1"); \
	    printf '%-12s %9d bytes of at most %d\n' "$$1" "$$size" "$$2"; [ "$$size" -le "$$2" ]; }; \
	    check task $(TASK_BUDGET); check task-guest $(GUEST_BUDGET)
	@! ldd $(STRIPPED)/task | grep -i icu

.PHONY: test
test: ## Run all tests, on both engines (installs what is missing; FILTER=name for some)
	@FILTER='$(FILTER)' .ci/test

.PHONY: integration
integration: ## Run the tests that need engines
	@FILTER='IntegrationTests|EngineAPITests|GuestTests' .ci/test

.PHONY: bench
bench: release ## Measure against the engines' own commands (REWRITE=1 writes docs/benchmarks.md)
	@.ci/engines bench-tools
	@$(SWIFT) build -c release --product task-bench && $(SWIFT) build -c release --product task-load
	@for version in $(BENCH_WHEELS); do ls $(WHEELS)/*-$$version-*.whl >/dev/null 2>&1 || python3 -m pip download \
	    --quiet --disable-pip-version-check --no-deps --only-binary=:all: -d $(WHEELS) claude-agent-sdk==$$version; done
	@eval "$$(.ci/engines environment)"; .build/release/task-bench --program $(STRIPPED)/task --load .build/release/task-load --wheels $(WHEELS) $(if $(REWRITE),--write docs/benchmarks.md)

.PHONY: fuzz
fuzz: ## Fuzz the parsers that read hostile bytes (FUZZ_SECONDS each)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) Tests/Fuzz/run

DOCUMENTS := .build/documents
write-documents = mkdir -p $(DOCUMENTS)/man && $(TASK) reference markdown > $(DOCUMENTS)/commands.md && \
    for page in $$($(TASK) reference pages); do $(TASK) reference man $$page > $(DOCUMENTS)/man/$$page.1; done

.PHONY: lint
lint: build ## Check the style, and that the generated documents are current
	$(SWIFT) format lint --strict --parallel -r Package.swift Sources Tests
	@rm -rf $(DOCUMENTS) && $(write-documents)
	@{ diff -u docs/commands.md $(DOCUMENTS)/commands.md && diff -ruN docs/man $(DOCUMENTS)/man; } || \
	    { echo 'the generated documents are old: make docs' >&2; exit 1; }

.PHONY: fmt
fmt: ## Format all Swift files
	$(SWIFT) format format --in-place --parallel -r Package.swift Sources Tests

.PHONY: docs
docs: build ## Write the command reference and the manual anew
	@rm -rf $(DOCUMENTS) && $(write-documents)
	@cp $(DOCUMENTS)/commands.md docs/ && rm -rf docs/man && cp -R $(DOCUMENTS)/man docs/

.PHONY: install
install: ## Install under PREFIX (/usr/local), below DESTDIR; run make release first
	@.packaging/install '$(PROGRAMS)' '$(PREFIX)' '$(DESTDIR)'

.PHONY: uninstall
uninstall: ## Remove what was installed under PREFIX; your tasks stay
	@.packaging/uninstall '$(PREFIX)' '$(DESTDIR)'

.PHONY: deb
deb: ## Make a Debian package of what make release built, in .build/deb
	@.packaging/deb '$(PROGRAMS)' .build/deb

.PHONY: test-deb
test-deb: deb ## Install, use and purge the package in a minimal system (as root; takes a minute)
	@Tests/Package/chroot .build/deb/task_*.deb

.PHONY: first-run
first-run: ## Do what README.md says in a fresh clone, and write docs/first-run.md
	@Tests/FirstRun/run

.PHONY: engines
engines: ## Start Docker and Podman where they do not run; `make engines-stop` stops what this started
	@.ci/engines start docker podman && .ci/engines status

.PHONY: engines-stop
engines-stop:
	@.ci/engines stop

.PHONY: screenshots
screenshots: build ## Make the pictures of docs/screenshots anew, from real runs (ENGINE=docker)
	@.ci/engines start $(ENGINE) && eval "$$(.ci/engines environment)" && Tests/Screenshots/run $(ENGINE)

.PHONY: clean
clean: engines-stop ## Remove everything that was built
	rm -rf .build
