# make demo: a colour film from the sample; make studio: the sample in the studio; make test; make
# lint. Each sets up what it needs.
# make test-lowest: the tests with the lowest versions that pyproject.toml allows of everything it
# names; with an old Python, for which there are such versions (PYTHON=python3.11, say).
PYTHON ?= python3
VENV ?= .venv
LOWEST ?= .venv-lowest
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
LOWEST_BIN := $(LOWEST)/Scripts
else
BIN := $(VENV)/bin
LOWEST_BIN := $(LOWEST)/bin
endif

.PHONY: demo studio test test-lowest lint clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m compileall -q filmcolor  # as pip does with packages that are not editable
	$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/.installed-studio: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[studio]"
	$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[test,dev,farm,openvino,studio]"
	$(BIN)/python -c "open('$@', 'w').close()"

demo: $(VENV)/.installed
	$(BIN)/python -m filmcolor colorize samples/sample-film.mp4 -o demo/sample-film.color.mp4 --overwrite
	$(BIN)/python -m filmcolor preview samples/sample-film.mp4 -o demo/sample-film.preview.png --overwrite --quiet
	@echo "The film is in demo/sample-film.color.mp4, before/after pictures in demo/sample-film.preview.png."

# A copy: what is planned and coloured lies beside the film.
studio: $(VENV)/.installed-studio
	$(BIN)/python -c "import pathlib, shutil; pathlib.Path('demo/studio').mkdir(parents=True, exist_ok=True); [shutil.copy(f'samples/{name}', 'demo/studio') for name in ('sample-film.mp4', 'grey-photo.jpg') if not pathlib.Path('demo/studio', name).exists()]"
	$(BIN)/python -m filmcolor studio demo/studio

# By file: what the tests of one share (a trained network, a coloured film) is made once.
test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist loadfile

$(LOWEST)/.installed: pyproject.toml
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST_BIN)/python -m pip install --quiet uv
	$(LOWEST_BIN)/python -m uv pip install --quiet --python $(LOWEST_BIN)/python \
		--resolution lowest-direct --editable ".[test,openvino,studio]"
	$(LOWEST_BIN)/python -c "open('$@', 'w').close()"

test-lowest: $(LOWEST)/.installed
	$(LOWEST_BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ('$(VENV)', '$(LOWEST)', 'demo')]"
