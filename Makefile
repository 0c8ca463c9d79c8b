# One virtual environment for everything; PYTHON may name another interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Without cached bytecode, each of the commands that tests run would compile the package again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo up down test clients spark check coverage format clean benchmark

# Compiling all modules takes half a minute; Python compiles those that are imported.
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --no-compile -c constraints.txt

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.local-installed: setup.py constraints.txt | $(BIN)/python
	@echo "Installing the package into $(VENV) ..."
	@$(INSTALL) -e '.[local]'
	@touch $@

$(VENV)/.dev-installed: setup.py constraints.txt | $(BIN)/python
	@echo "Installing the package with the requirements of tests and checks into $(VENV) ..."
	@$(INSTALL) -e '.[local,dev]'
	@touch $(VENV)/.local-installed $@

# SCALE is the size of the sample data at the first start: make demo SCALE=0.05
demo up: $(VENV)/.local-installed
	@$(BIN)/python -m pipeline.local $@ $(if $(SCALE),--scale $(SCALE))

down: $(VENV)/.local-installed
	@$(BIN)/python -m pipeline.local $@

test: $(VENV)/.dev-installed
	$(BIN)/python -m pytest -n auto --dist loadgroup

# Other projects' clients of the emulator, in an environment of their own: their requirements are
# large, and exclude some of the tests'.
clients:
	@test -x .venv-clients/bin/python || $(PYTHON) -m venv .venv-clients
	@.venv-clients/bin/python -m pip install --quiet --disable-pip-version-check -e '.[local,clients]'
	.venv-clients/bin/python -m pytest tests/integration/redshift_emulator/clients

# Dumps on a real Spark, in an environment of its own: it is large, and starts many processes.
# pyspark leaves it to the interpreter to close its sockets.
spark:
	@test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,spark]' pytest pytest-timeout
	.venv-spark/bin/python -m pytest -W ignore::ResourceWarning -W ignore::pytest.PytestUnraisableExceptionWarning tests/integration/*/test_spark.py tests/integration/*/dump/test_spark.py

# Not part of the checks: tracing makes the tests take much longer. TESTS selects some of them.
coverage: $(VENV)/.dev-installed
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadgroup $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: $(VENV)/.dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev-installed
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

benchmark: $(VENV)/.dev-installed
	$(BIN)/python benchmarks/dump.py

clean:
	rm -rf build dist *.egg-info .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache
