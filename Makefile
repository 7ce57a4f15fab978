# Needs Python 3.11 or newer and make; everything else goes into a virtual environment.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin

.PHONY: demo test lint types bench clean

# The main job on the article's first design: a verdict table, and pictures in unsay-out/.
# The design is broken, so the check ends with exit code 1; that is the demonstration.
demo: $(VENV)/.installed
	$(RUN)/unsay check article-chase --out unsay-out; test $$? -eq 1
	@echo "Open unsay-out/article-chase.confirmed-means-done.svg (or .png) to see what went wrong."

test: $(VENV)/.installed-dev
	$(RUN)/python -m pytest -n auto --dist worksteal --durations=25

lint: $(VENV)/.installed-dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(RUN)/mypy

bench: $(VENV)/.installed-dev
	$(RUN)/python bench/rates.py
	$(RUN)/python bench/ladder.py
	$(RUN)/python bench/peers.py --designs 10000

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Unsay needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(RUN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,proof]'
	touch $@

clean:
	rm -rf $(VENV) unsay-out
