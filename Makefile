# Two commands do all on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.installed
UI := src/ogc_api/ui/index.html

.PHONY: demo test test-slow fuzz cite tiles-judge lint bench docs ui clean

demo: $(STAMP) $(UI)
	$(PY) -m ogc_api demo

test: $(STAMP) $(UI)
	$(PY) -m pytest -n auto --dist loadfile -m "not slow and not browser"
	$(PY) -m pytest -n 2 --dist loadfile -m browser

test-slow: $(STAMP) $(UI)
	$(PY) -m pytest -n auto --dist loadfile -m slow

# 2 000 random mutations of real IFC files through the whole intake. FUZZ="--seed 2 --count 500" for others.
fuzz: $(STAMP)
	$(PY) -m tests.fuzz.mutate $(FUZZ)

# OGC's conformance suites; needs Java 17 and Maven. CITE="--missing-ok" lets pass what the Maven repository does not have.
cite: $(STAMP)
	$(PY) -m tests.cite $(CITE)

# CesiumGS's 3d-tiles-validator on the tiles of the sample, where it is installed; it is in no package registry.
tiles-judge: $(STAMP)
	$(PY) -m tests.twin.tiles_judge $(JUDGE)

lint: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

bench: $(STAMP)
	for script in benchmarks/bench_*.py; do $(PY) $$script || exit 1; done

docs: $(STAMP)
	.venv/bin/mkdocs build --strict --site-dir site-docs

ui: $(UI)

$(STAMP): pyproject.toml constraints.txt
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# The UI is built with the machine's Node.js when it is new enough, else with the one that comes as a Python package.
$(UI): $(STAMP) web/package-lock.json web/index.html $(shell find web/src web/public -type f 2>/dev/null)
	$(PY) web/build.py --out src/ogc_api/ui

clean:
	rm -rf .venv csdi-data web/node_modules web/dist src/ogc_api/ui site-docs
