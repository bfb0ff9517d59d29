"""The tiles of the dashboard."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.visitor import Visitor


def tiles(visitor: Visitor, name: str) -> Locator:
    label = visitor.page.locator(".tile-label").get_by_text(visitor.words(name), exact=True)
    return visitor.page.locator(".board-tiles .tile", has=label)


def tile(visitor: Visitor, name: str) -> int:
    return int(tiles(visitor, name).locator(".tile-value").inner_text())
