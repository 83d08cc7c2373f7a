# Nothing else to learn: make setup | demo | run | test | check | fix | bench | shots | draw | words
# Options: ONCE=1 (demo: play the story, then end), PORT=8000 (run, demo), ARGS="…" (passed on to test, bench, shots)
.DEFAULT_GOAL := help
.PHONY: help setup demo run test check types lines fix bench shots draw words
SHELL := /bin/bash
BIN := .venv/bin
TEMPLATES = $$(find liren -name '*.html' | sort)
# one more than there are cores: journeys wait for browsers, servers and disks
WORKERS ?= $(shell n=$$(( $$(getconf _NPROCESSORS_ONLN) + 1 )); echo $$(( n > 6 ? 6 : n )))

help:
	@sed -n '1,2s/^# //p' Makefile

setup:
	@scripts/setup dev browser

demo:
	@scripts/setup base
	@$(BIN)/liren demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) $(ARGS)

run:
	@scripts/setup base
	@$(BIN)/liren up $(if $(PORT),--port $(PORT)) $(ARGS)

test:
	@scripts/setup dev browser
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --durations 25 $(ARGS)

# types take as long as everything else together: both at once
check:
	@scripts/setup dev
	@$(MAKE) --no-print-directory -j 2 types lines

types:
	$(BIN)/mypy

lines:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@if [ -n "$(TEMPLATES)" ]; then set -x; $(BIN)/djade --check --target-version 5.2 $(TEMPLATES) && $(BIN)/djlint --lint --quiet $(TEMPLATES); fi
	$(BIN)/python -m liren.testing.migrations
	$(BIN)/towncrier build --draft --version next > /dev/null

fix:
	@scripts/setup dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@if [ -n "$(TEMPLATES)" ]; then $(BIN)/djade --target-version 5.2 $(TEMPLATES); fi

bench:
	@scripts/setup base
	$(BIN)/liren bench $(ARGS)

shots:
	@scripts/setup dev browser
	@mkdir -p var/shots && rm -f var/shots/*.png
	LIREN_SHOTS=$(CURDIR)/var/shots $(BIN)/pytest tests/journeys/test_story.py tests/journeys/test_pages.py -q -p no:randomly $(ARGS)
	@echo var/shots

words:
	@scripts/setup dev
	@DJANGO_SETTINGS_MODULE=liren.conf.settings $(BIN)/python -m liren.testing.words

draw:
	@scripts/setup dev
	$(BIN)/python -m liren.conf.draw
