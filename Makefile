# make demo: a colour film from the sample; make test; make lint. Each sets up what it needs.
PYTHON ?= python3
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: demo test lint clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m compileall -q filmcolor  # as pip does with packages that are not editable
	$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[test,dev,openvino]"
	$(BIN)/python -c "open('$@', 'w').close()"

demo: $(VENV)/.installed
	$(BIN)/python -m filmcolor colorize samples/sample-film.mp4 -o demo/sample-film.color.mp4 --overwrite
	$(BIN)/python -m filmcolor preview samples/sample-film.mp4 -o demo/sample-film.preview.png --overwrite --quiet
	@echo "The film is in demo/sample-film.color.mp4, before/after pictures in demo/sample-film.preview.png."

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ('$(VENV)', 'demo')]"
