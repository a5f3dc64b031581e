# Everything is installed into .venv; nothing else on the machine is touched (`make test` may add a Chromium, and says so).
# Written for GNU make 3.81, which is what macOS has, and for any POSIX shell.

SHELL = /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run demo test test-fast lint check bench soak clean chromium FORCE

VENV = .venv
PY = $(VENV)/bin/python
ARGS =
# Tests run in as many processes as there are cores, four at most: those with real models take 1 to 3 GB each.
PARALLEL = -n logical --maxprocesses 4 --dist worksteal
PYTHONS = python3.13 python3.12 python3.11 python3 python

# The name of a stamp holds the checksum of what it installed: other requirements, another stamp.
RUN_STAMP := $(VENV)/.installed-$(shell cat requirements.txt | cksum | cut -d ' ' -f 1)
DEV_STAMP := $(VENV)/.installed-dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d ' ' -f 1)

# A Python that was upgraded or removed leaves a .venv that does not start: install again.
ifneq ($(shell $(PY) -c 'print("works")' 2>/dev/null),works)
$(RUN_STAMP) $(DEV_STAMP): FORCE
endif
FORCE:

help: ## List the targets
	@echo 'BBVA, the Basketball Video Analyzer'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1|\2/p' Makefile | awk -F '|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: $(RUN_STAMP) ## Install what is missing and open the app in the browser
	@exec $(VENV)/bin/streamlit run app.py $(ARGS)

demo: $(RUN_STAMP) ## Analyse the sample game on the command line
	@$(PY) -m bbva_core analyze data/sample/sample_game.mp4 $(ARGS)
	@echo 'The run is listed on the Runs page of the app (make run), and by: $(PY) -m bbva_core runs'

test: $(DEV_STAMP) chromium ## Run all tests: the fast ones, then the slow ones
	@failed=0; \
	$(PY) -m pytest $(PARALLEL) -m 'not slow' $(ARGS) || failed=1; \
	$(PY) -m pytest $(PARALLEL) -m slow -v --durations 25 $(ARGS) || failed=1; \
	exit $$failed

test-fast: $(DEV_STAMP) ## Run the fast tests only
	@$(PY) -m pytest $(PARALLEL) -m 'not slow' $(ARGS)

lint: $(DEV_STAMP) ## Check style, types and spelling
	@failed=0; \
	$(VENV)/bin/ruff check . || failed=1; \
	$(VENV)/bin/ruff format --check . || failed=1; \
	$(VENV)/bin/mypy || failed=1; \
	$(VENV)/bin/codespell || failed=1; \
	exit $$failed

check: lint test ## lint and test: what CI runs

bench: $(RUN_STAMP) ## Measure this machine: BBVA beside plain YOLO on the sample game
	@$(PY) -m bbva_core bench $(ARGS)

soak: $(DEV_STAMP) ## Kill BBVA at random moments for ten minutes, or as long as asked: ARGS="--minutes 60"
	@$(PY) -m tests.faults.storm $(ARGS)

clean: ## Delete .venv and caches; your data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

chromium: $(DEV_STAMP)
	@$(PY) tests/browser/chromium.py

# -- installing --------------------------------------------------------------------------------------------------------

# An install that was interrupted leaves packages without pip's INSTALLER file, or, when it replaced one, a folder ~name.
SOUND = import sys, sysconfig, pathlib, importlib.metadata as m; \
	import pip; \
	folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}; \
	left = [str(p) for f in folders for p in pathlib.Path(f).glob("~*")]; \
	half = [d.name for d in m.distributions() if d.read_text("INSTALLER") is None]; \
	sys.exit(bool(left or half))

# $(call install,FILE) makes .venv if needed and installs FILE into it. opencv-python and opencv-python-headless share
# one folder; the headless build is written last, because the other needs libGL, which servers and containers lack.
define install
	@set -e; \
	if ! $(PY) -c '$(SOUND)' >/dev/null 2>&1; then \
	  python=; \
	  for candidate in $(PYTHONS); do \
	    if $$candidate -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	      python=$$candidate; break; \
	    fi; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo 'BBVA needs Python 3.11 or newer, with venv; looked for: $(PYTHONS).' >&2; \
	    echo "Found: $$(python3 --version 2>&1 || echo none). Nothing was changed." >&2; \
	    echo 'Install it (https://www.python.org/downloads/, or your package manager) and try again.' >&2; \
	    echo 'On Debian and Ubuntu its venv is a package of its own: sudo apt install python3-venv' >&2; \
	    exit 1; \
	  fi; \
	  if [ -e $(VENV) ]; then echo 'The last install was interrupted, or its Python is gone: starting $(VENV) anew.'; fi; \
	  echo "Making $(VENV) with $$($$python --version)."; \
	  rm -rf $(VENV); \
	  if ! $$python -m venv $(VENV); then \
	    rm -rf $(VENV); \
	    echo "$$python could not make a virtual environment; it says why above. Nothing was changed." >&2; \
	    exit 1; \
	  fi; \
	fi; \
	echo 'Installing $(1). The first time this takes several minutes and, on Linux, gigabytes of download'; \
	echo '(7.4 GB on disk, most of it PyTorch with its CUDA libraries). If it is interrupted, run make again.'; \
	free=$$(df -Pk . | awk 'NR == 2 { print $$4 }'); \
	if [ ! -e $(VENV)/.installed-any ] && [ "$$(uname)" = Linux ] && [ "$${free:-0}" -lt 10000000 ]; then \
	  echo "Warning: $$((free / 1000000)) GB are free here; 10 GB are needed while installing." >&2; \
	fi; \
	if ! $(PY) -m pip install --disable-pip-version-check -r $(1) || \
	   ! $(PY) -m pip install --disable-pip-version-check --quiet --force-reinstall --no-deps \
	     "$$(grep '^opencv-python-headless==' requirements.txt)"; then \
	  echo 'The packages could not be installed; pip says why above. Your data was not touched.' >&2; \
	  echo 'Check the network and the free disk space, then run make again: it goes on from here.' >&2; \
	  exit 1; \
	fi; \
	rm -f $(VENV)/.installed-*; \
	touch $(VENV)/.installed-any
endef

$(RUN_STAMP):
	$(call install,requirements.txt)
	@touch $@

$(DEV_STAMP):
	$(call install,requirements-dev.txt)
	@touch $(RUN_STAMP) $@
