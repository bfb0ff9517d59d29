"""A person at a browser: signs in, goes to pages, and notices whatever a person should never meet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect

from tests.browser import pictures
from tests.browser.bureau import Bureau
from tests.browser.grounds import PASSWORD, ROOT
from tests.browser.words import Words

OFFICE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 15_000
JOB_MS = 60_000
PICTURES = ROOT / "docs" / "pictures"
# Said by the browser of every answer that is a refusal; the answer itself is judged where it arrives.
NOT_BROKEN = ("Failed to load resource",)

expect.set_options(timeout=PATIENCE_MS)


class Visitor:
    """One person, one browser context, one language. `troubles` must be empty when the test ends."""

    def __init__(
        self, browser: Browser, bureau: Bureau, name: str, language: str, size: dict[str, int] = OFFICE
    ) -> None:
        self.bureau, self.name, self.words = bureau, name, Words(language)
        self.troubles: list[str] = []
        self.statuses: list[tuple[str, int]] = []
        self.context = browser.new_context(
            base_url=bureau.url,
            locale="zh-CN" if language == "zh-hans" else "en-GB",
            timezone_id="Asia/Shanghai",
            viewport=size,  # type: ignore[arg-type]
            accept_downloads=True,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.troubles.append(f"script: {error.error}"))
        self.context.on("request", self._watch)
        self.context.on("response", self._judge)
        self.page: Page = self.context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NOT_BROKEN):
            self.troubles.append(f"console: {message.text}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((f"{self.bureau.url}/", "data:", "blob:", "about:")):
            self.troubles.append(f"asked elsewhere: {request.url}")

    def _judge(self, response: Response) -> None:
        path = urlsplit(response.url).path
        self.statuses.append((path, response.status))
        if response.status >= 500 or (response.status >= 400 and path.startswith("/static/")):
            self.troubles.append(f"{response.status}: {response.request.method} {path}")

    # Going about

    def go(self, path: str) -> Page:
        """Open a page; it has to answer and to have its one heading."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status < 400, f"{path} answered {answer.status}"
        return self.page

    def sign_in(self, *, password: str = PASSWORD) -> Visitor:
        """Through the door, in the language of this visitor."""
        self.page.goto("/sign-in/")
        self.choose_language()
        self.page.locator("#id_username").fill(self.name)
        self.page.locator("#id_password").fill(password)
        self.button("Sign in").click()
        self.page.wait_for_load_state()
        return self

    def choose_language(self) -> None:
        # Even where the page already speaks it: a choice made at the door is newer than the remembered one.
        self.page.locator(f"form.languages button[value={self.words.language}]").click()
        expect(self.page.locator("html")).to_have_attribute(
            "lang", "zh-Hans" if self.words.language == "zh-hans" else "en"
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def where(self) -> str:
        return urlsplit(self.page.url).path

    # What stands on the page, by what it is called there

    def button(self, text: str, *, within: Any = None, **given: object) -> Locator:
        return (within or self.page).get_by_role("button", name=self.words(text, **given), exact=True)

    def link(self, text: str, *, within: Any = None, **given: object) -> Locator:
        return (within or self.page).get_by_role("link", name=self.words(text, **given), exact=True)

    def said(self, text: str | re.Pattern[str]) -> Locator:
        """A text on the page, as it stands there."""
        return self.page.get_by_text(text)

    def told(self) -> Locator:
        """The messages of the last act, at the head of the page."""
        return self.page.locator(".messages, .notice")

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Without the network, as when the office's line is cut."""
        self.context.set_offline(True)
        try:
            yield
        finally:
            self.context.set_offline(False)

    # Pictures for the documentation

    def picture(self, name: str, *, of: Locator | None = None) -> None:
        """Keep what is seen for docs/pictures, when BEACON_PICTURES=1 asks for it."""
        if os.environ.get("BEACON_PICTURES") != "1":
            return
        language = "zh" if self.words.language == "zh-hans" else "en"
        picture = (of or self.page).screenshot(animations="disabled", caret="hide")
        pictures.keep(self.context, picture, PICTURES / f"{name}.{language}.png")

    def leave(self) -> None:
        self.context.close()
