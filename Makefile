# Every target creates .venv from requirements.lock when it is missing or out of date.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# many tests wait for processes and servers, so there are two workers a core; idle ones take over what is left
WORKERS ?= $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal

.PHONY: demo test check thorough lint coverage bench bench-archive bench-crash bench-quality pythons release lock docs site-docs clean

demo: $(READY)
	@folder=demo-out; number=1; while [ -e "$$folder" ]; do number=$$((number + 1)); folder=demo-out-$$number; done; \
	$(BIN)/notebot demo "$$folder"

test: $(READY)
	$(PYTEST) --hypothesis-profile=quick -m "not slow"

check: lint
	$(PYTEST)

# fifty times as many examples for each property; takes many minutes
thorough: $(READY)
	$(PYTEST) --hypothesis-profile=thorough -m "not slow"

# every reader of outside text with random hostile text: make fuzz SECONDS=60 is 60 s for each of 60 readers
fuzz: $(READY)
	$(BIN)/python tests/fuzz/run.py $(or $(SECONDS),60)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(READY)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 0 -m "not slow"
	$(BIN)/coverage report --skip-covered --sort=cover

bench: $(READY)
	$(BIN)/python bench/run.py
	$(BIN)/python bench/review_page.py

# 60,000 generated notes with 600 tags: imported, rendered, searched; the site of 6,500
bench-archive: $(READY)
	$(BIN)/python bench/archive.py
	$(BIN)/python bench/site.py

# 1,000 random kills of polls, catch-up, digests and backfills, 200 of deliveries, 200 in a lab; takes half an hour
bench-crash: $(READY)
	$(BIN)/python bench/crash.py
	$(BIN)/python bench/delivery.py
	$(BIN)/python bench/lab_faults.py

# venues, tags, related notes and summaries against labelled material beside the checkout, if it is there
bench-quality: $(READY)
	$(BIN)/python bench/venue_quality.py
	$(BIN)/python bench/tag_quality.py
	$(BIN)/python bench/related_quality.py
	$(BIN)/python bench/learning_curve.py
	$(BIN)/python bench/faithful_quality.py
	$(BIN)/python bench/topics_quality.py

# docs/reference.md and the man page are generated from click and the config's sections; a test compares them
docs: $(READY)
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_man.py

# the documentation as a site, in docs/_build/
site-docs: $(READY)
	$(BIN)/python docs/make_site.py

# the installed wheel on every supported Python that is found here
pythons: $(READY)
	NOTEBOT_PYTHONS=all $(BIN)/pytest -n 0 -rs tests/test_release.py -k every_supported_python

# wheel, sdist and the list of packages (SBOM), built twice and compared
release: $(READY)
	$(BIN)/python contrib/release.py

# needs uv; writes no host and no local path
lock:
	uv export --format requirements-txt --all-extras --all-groups --no-emit-project --quiet --output-file requirements.lock
	uv export --format requirements-txt --no-default-groups --no-emit-project --no-annotate --no-header --quiet --output-file contrib/action/requirements.txt
	uv export --format requirements-txt --no-default-groups --extra web --extra postgres --no-emit-project --no-annotate --no-header --quiet --output-file contrib/container/requirements.txt
	uv export --format requirements-txt --only-group build --no-emit-project --no-annotate --no-header --quiet --output-file contrib/container/build-requirements.txt
	rm -f uv.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "notebot needs Python 3.11 or newer; name one: make PYTHON=python3.11")'
	@echo "Installing the packages into .venv, once; this takes about a minute."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
