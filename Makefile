# Every target brings up .venv by itself. `make` alone lists the targets.
# To choose the interpreter: make site PYTHON=/path/to/python3.13

PYTHON ?= python3 python3.14 python3.13 python3.12
BIN := .venv/bin
BENCHMARKS := sigma_grid ess_per_second growth gradient_floor compile_cost first_fit defaults case_studies case_sums ordered_cells lynx_hare correlated networks primates hidden_markov recovery leave_one_out study predictions
# How many pages are executed, and tests run, at the same time: make site JOBS=1. One for each core by default.
JOBS ?=
AT_ONCE := $(if $(JOBS),--jobs $(JOBS))

.PHONY: help site page test exercises lab lint mutants bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' Makefile

site: .venv/.ready ## build the book, executing the pages that changed, into lectures/_build/html
	$(BIN)/python -m rethinking site $(AT_ONCE)

page: .venv/.ready ## build one page with its exercises, and print its address: make page NAME=12
	@$(BIN)/python -m rethinking page $(AT_ONCE) $(or $(NAME),$(error Say which page: make page NAME=12))

test: .venv/.ready ## run the tests
	$(BIN)/python -m rethinking test $(AT_ONCE)

exercises: .venv/.ready ## run the solutions of all exercise sheets through their checks, and build notebooks and graders
	$(BIN)/python -m rethinking autograder --into lectures/_build/exercises

lab: .venv/.ready ## open the lectures as notebooks in JupyterLab; those in lectures/notebooks are yours to change
	-@$(BIN)/python -m rethinking get --all --into lectures/notebooks > /dev/null
	$(BIN)/jupytext-config --settings-file .venv/share/jupyter/lab/settings/overrides.json set-default-viewer markdown myst
	$(BIN)/jupyter lab --allow-root --notebook-dir=lectures

lint: .venv/.ready ## check style, format, the direction of imports, and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/basedpyright

mutants: .venv/.ready ## change the code in 200 places, one after the other, and count what the tests notice (hours)
	nice -n 19 $(BIN)/python tests/mutants.py $(MUTANTFLAGS)

bench: .venv-bench/.ready ## run the benchmarks (about an hour on two quiet cores) and print their tables
	@for name in $(BENCHMARKS); do .venv-bench/bin/python benchmarks/$$name.py $(BENCHFLAGS) || exit 1; done

lock: .venv/.ready ## resolve requirements.lock, and that of the benchmarks, again from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --all-extras pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --constraints requirements.lock --group bench -o benchmarks/requirements.lock

clean: ## remove what was built: the site, the executed pages and the tools' caches (not .venv)
	rm -rf lectures/_build .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist

# The packages are installed again when the lock changes, the project's own metadata when pyproject.toml changes.
.venv/.ready: .venv/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.locked: requirements.lock
	@for python in $(PYTHON); do \
		if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
			echo "Creating .venv with $$($$python --version); this takes about two minutes."; \
			exec $$python -m venv --clear .venv; \
		fi; \
	done; \
	echo "Python 3.12 or newer (with venv) is needed, and none of these is: $(PYTHON)." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; \
	exit 1
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@

# The peers of the benchmarks stay out of .venv. They are pinned to the versions in requirements.lock where they share.
.venv-bench/.ready: .venv/.ready benchmarks/requirements.lock
	$(BIN)/python -m venv --clear .venv-bench
	@echo '*' > .venv-bench/.gitignore
	.venv-bench/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
	.venv-bench/bin/python -m pip install --quiet --require-hashes --requirement benchmarks/requirements.lock
	.venv-bench/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
