"""The house rules of browser tests: a bureau for each file, visitors whose every trouble fails the test.

A ground is made once in a run and copied for each file; the server is the one that `make demo` starts.
BROWSER_GROUNDS names a directory where grounds are kept for the next run, for whoever is writing such a test.
Everything here ends with its file: while Playwright is up, Django refuses the database to this thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.bureau import Bureau, serving
from tests.browser.grounds import prepared
from tests.browser.visitor import OFFICE, Visitor

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        quiet = [
            "--no-sandbox",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
        ]
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=quiet)
        yield chromium
        chromium.close()


def ground_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ground that the file names with GROUND."""
    base = tmp_path_factory.getbasetemp()
    of_this_run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return prepared(request.module.GROUND, Path(os.environ.get("BROWSER_GROUNDS") or of_this_run))


@pytest.fixture(scope="module")
def bureau(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """The bureau of the file, as its ground left it."""
    with serving(ground_of(request, tmp_path_factory), tmp_path_factory.mktemp("bureau")) as found:
        yield found
        assert found.complaints() == []


@pytest.fixture
def visit(browser: Browser, bureau: Bureau) -> Iterator[Visit]:
    """visit("clerk") opens a browser of that person's own; language, size; signed_in=False stays at the door."""
    visitors: list[Visitor] = []

    def arrive(
        name: str = "", language: str = "zh-hans", *, size: dict[str, int] = OFFICE, signed_in: bool = True
    ) -> Visitor:
        visitor = Visitor(browser, bureau, name, language, size)
        visitors.append(visitor)
        return visitor.sign_in() if signed_in else visitor

    yield arrive
    troubles = [f"{visitor.name}: {trouble}" for visitor in visitors for trouble in visitor.troubles]
    for visitor in visitors:
        visitor.leave()
    assert troubles == []
