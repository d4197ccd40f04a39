# Two commands: `make run` and `make test`. Each sets everything up first; see README.md.
EXTRAS ?=
PYTEST_ARGS ?=
MACHINES ?=
# Processes that share the tests, a file at a time: each imports TensorFlow and takes up to 2 GB.
# Each has one core for NumPy's products: two that each took both would wait for one another, a fifth of their time.
WORKERS ?= 2
SHARED = OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: run serve test test-everywhere test-runners test-web test-figures mutants setup lint coverage bench clean

run: setup
	.venv/bin/facefold run

# The application in the browser; SERVE="--port 8090" is handed on.
SERVE ?=
serve:
	@sh scripts/setup.sh web dlib $(EXTRAS)
	.venv/bin/facefold serve $(SERVE)

setup:
	@sh scripts/setup.sh $(EXTRAS)

# Each part in processes of its own: whole runs leave 0.6 GB behind, which the others would carry.
PARTS = "tests/pipeline" "tests/models" "--ignore=tests/pipeline --ignore=tests/models"
test:
	@sh scripts/setup.sh dev web $(EXTRAS)
	@$(MAKE) --no-print-directory lint
	@failed=0; for part in $(PARTS); do \
	    echo "$(SHARED) $$part $(PYTEST_ARGS)"; $(SHARED) $$part $(PYTEST_ARGS) || failed=$$?; \
	done; exit $$failed

# The numbers of the tests, as other processors add them up: hours. MACHINES=--quick is half of it.
test-everywhere:
	@sh scripts/setup.sh dev web $(EXTRAS)
	.venv/bin/python scripts/test_everywhere.py $(MACHINES) $(PYTEST_ARGS)

# Clusters and services that the tests start themselves; each says why where it can't.
test-runners:
	@sh scripts/setup.sh dev airflow $(EXTRAS)
	.venv/bin/python -m pytest -m runners tests/runners $(PYTEST_ARGS)
	.venv/bin/python scripts/check_dockerfile.py

# The application for longer: 50 kills, random requests by the thousand. Some five minutes.
test-web:
	@sh scripts/setup.sh dev web dlib $(EXTRAS)
	.venv/bin/python -m pytest -m slow_web tests/pipeline/web $(PYTEST_ARGS)

# Figures of docs/results that take minutes, made again where their photos are (FACEFOLD_DATA).
test-figures:
	@sh scripts/setup.sh dev umap $(EXTRAS)
	.venv/bin/python -m pytest -m figures tests/test_image_clustering.py $(PYTEST_ARGS)

# How many changes of the files that decide the tests notice: hours. FILES="choice vae" is these alone.
FILES ?=
mutants:
	@sh scripts/setup.sh dev web $(EXTRAS)
	.venv/bin/python scripts/mutants.py $(FILES)

lint:
	@sh scripts/setup.sh dev web $(EXTRAS)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/hadolint Dockerfile
	.venv/bin/python scripts/check_dependencies.py
	.venv/bin/python scripts/reference.py --check
	NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet

coverage:
	@sh scripts/setup.sh dev web $(EXTRAS)
	.venv/bin/python -m coverage run --source=models -m pytest tests/models $(PYTEST_ARGS)
	.venv/bin/python -m coverage report --show-missing --skip-covered --fail-under=90

bench:
	@sh scripts/setup.sh dev web $(EXTRAS)
	.venv/bin/python -m benchmarks

clean:
	rm -rf .venv .runtime site
