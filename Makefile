# `make help` lists the targets. Everything is installed and written inside this folder.

ARGS ?=

CDK := .venv/bin/node node_modules/aws-cdk/bin/cdk
# An empty --app: otherwise it would synthesise the stack, which it does not need.
BOOTSTRAP := $(CDK) bootstrap --app ""
DEPLOY := $(CDK) deploy --require-approval never --progress events
DESTROY := $(CDK) destroy --force

# The stack's name in ARGS, as an option of `supplychain repair`.
STACK = $(patsubst stack_name=%,--stack-name %,$(filter stack_name=%,$(ARGS)))

LOCAL := . .sandbox/env &&
LOCAL_OUTPUTS := .sandbox/outputs.json
# Not to the sandbox, even from a shell that has sourced .sandbox/env.
AWS := env -u AWS_ENDPOINT_URL
AWS_OUTPUTS := .cache/outputs.json

# Each worker starts its own sandbox. Three keep two cores busy, because most of the time is waiting for deployments. The
# longest files run first, so that no worker is idle at the end.
PYTEST := .venv/bin/python -m pytest -q -n 3
BY_FILE := --dist loadfile --no-loadscope-reorder

TEMPLATES_LINTED := .cache/templates-linted
TEMPLATE_SOURCES := $(wildcard infra/*.py) tools/checkers.py tools/lint_templates.py tools/variants.py \
  lambda/supplychain/schema.py lambda/supplychain/settings.py cdk.json requirements-checkov.txt requirements-dev.txt

export CDK_HOME := $(CURDIR)/.cache/cdk
export CDK_DISABLE_CLI_TELEMETRY := true
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
# Compiled modules stay inside this folder too, and make each command start seconds faster.
export PYTHONDONTWRITEBYTECODE :=

# Runs a command when no other one that deploys to the sandbox, or destroys there, runs in this folder.
ALONE := .venv/bin/python -m tools.alone

.DEFAULT_GOAL := help
.PHONY: audit bench deploy destroy docs help lint local local-alone local-destroy local-destroy-alone local-repair local-repair-alone local-stop lock repair sbom setup test test-slow

setup:  ## Install what is missing: .venv/ and node_modules/
	@tools/setup.sh

local: setup  ## Deploy to the sandbox on this machine; run it again to update. ARGS="-c days=30" passes settings
	@$(ALONE) $(MAKE) --no-print-directory local-alone

local-alone:
	@.venv/bin/redshift-sandbox up
	@$(LOCAL) target=$$(.venv/bin/python -m infra.bootstrap) && \
	  { [ -z "$$target" ] || $(BOOTSTRAP) "$$target"; }
	@$(LOCAL) $(DEPLOY) -c bundle_for=host --outputs-file $(LOCAL_OUTPUTS) $(ARGS)
	@.venv/bin/supplychain show --outputs $(LOCAL_OUTPUTS) --local

local-repair: setup  ## Create again what someone has removed from the deployment in the sandbox. Same ARGS as for make local
	@$(ALONE) $(MAKE) --no-print-directory local-repair-alone

local-repair-alone:
	@$(LOCAL) .venv/bin/python -m tools.repair $(ARGS)
	@$(LOCAL) $(DEPLOY) --revert-drift -c bundle_for=host --outputs-file $(LOCAL_OUTPUTS) $(ARGS)
	@.venv/bin/supplychain repair --local $(STACK)

local-destroy: setup  ## Remove the deployment from the sandbox. Same ARGS as for make local
	@$(ALONE) $(MAKE) --no-print-directory local-destroy-alone

local-destroy-alone:
	@.venv/bin/redshift-sandbox status > /dev/null; up=$$?; \
	  if [ $$up = 1 ]; then echo "no sandbox is running: nothing to destroy"; exit 0; fi; \
	  [ $$up = 0 ] && $(LOCAL) $(DESTROY) -c bundle_for=host $(ARGS)

local-stop: setup  ## Stop the sandbox and everything it started
	@.venv/bin/redshift-sandbox down

deploy: setup  ## Deploy to the AWS account of the current credentials. ARGS="-c days=30" passes settings
	@target=$$($(AWS) .venv/bin/python -m infra.bootstrap) && \
	  { [ -z "$$target" ] || $(AWS) $(BOOTSTRAP) "$$target"; }
	@$(AWS) $(DEPLOY) --outputs-file $(AWS_OUTPUTS) $(ARGS)
	@$(AWS) .venv/bin/supplychain show --outputs $(AWS_OUTPUTS)

repair: setup  ## Create again what someone has removed from the deployment on AWS. Same ARGS as for make deploy
	@$(AWS) .venv/bin/python -m tools.repair $(ARGS)
	@$(AWS) $(DEPLOY) --revert-drift --outputs-file $(AWS_OUTPUTS) $(ARGS)
	@$(AWS) .venv/bin/supplychain repair $(STACK)

destroy: setup  ## Remove the deployment from AWS. Same ARGS as for make deploy
	@$(AWS) $(DESTROY) $(ARGS)
	@echo "What remains: the CDK's bootstrap stack CDKToolkit with the function's code in its bucket, which other CDK apps may use."
	@echo "KMS deletes a customer managed key, if there was one, after seven days."

test: setup lint  ## Run every check and every test
	@$(PYTEST) tests/unit
	@$(PYTEST) $(BY_FILE) -m "not slow" tests/e2e local/tests tests/seeder tests/infra

test-slow: setup  ## Run the tests that take minutes, such as an update of every setting
	@$(PYTEST) $(BY_FILE) -m slow tests/e2e local/tests tests/seeder

lint: setup  ## Check style, types, imports between packages, and the templates
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/mypy app.py infra lambda/supplychain local/redshift_sandbox tools examples
	@.venv/bin/lint-imports --no-logo
	@$(MAKE) --no-print-directory $(TEMPLATES_LINTED)

# Slow, so it runs only after a change of the sources of the templates.
$(TEMPLATES_LINTED): $(TEMPLATE_SOURCES)
	@.venv/bin/python -m tools.lint_templates
	@touch $@

bench: setup  ## Run the benchmarks. ARGS=generator runs one part
	@.venv/bin/python -m benchmarks $(ARGS)

docs: setup  ## Generate the pages that come from the code: in docs/, and local/SQL.md
	@.venv/bin/python -m tools.reference
	@.venv/bin/python -m tools.reference.security
	@.venv/bin/python -m local.tests.sql_cases

lock: setup  ## Compile the lock files after a change of the requirements. ARGS=--upgrade takes newer versions
	@tools/lock.sh $(ARGS)

sbom: setup  ## Write the bill of materials to .cache/sbom.cdx.json, and check its licences
	@.venv/bin/python -m tools.sbom

audit: setup  ## Ask PyPI for known vulnerabilities of the locked packages
	@.venv/bin/python -m tools.audit

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
