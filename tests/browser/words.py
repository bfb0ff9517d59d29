"""What the pages say, in the language of the person who reads them: the test names the English text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Words:
    """words("Approve") is “通过” on Chinese pages; a text without a translation fails the test that names it."""

    language: str

    def __call__(self, text: str, *, context: str = "", **given: object) -> str:
        with translation.override(self.language):
            said = pgettext(context, text) if context else gettext(text)
        assert self.language == "en" or said != text, f"“{text}” has no Chinese"
        return said % given if given else said

    def many(self, one: str, several: str, count: int, **given: object) -> str:
        """The plural form for `count`, which is filled in as counter."""
        with translation.override(self.language):
            said = ngettext(one, several, count)
        return said % {"counter": count, **given}

    def around(self, text: str) -> re.Pattern[str]:
        """A pattern for a text with places to fill: “%(table)s is approved.” whatever the table."""
        parts = re.split(r"%\(\w+\)[sd]", self(text))
        return re.compile(".+?".join(map(re.escape, parts)))
