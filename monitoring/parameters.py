"""The kinds of values a rule book may hold: each reads one from JSON, says what is wrong, writes it back.

Decimals travel as strings ("0.60"), because a JSON number would pass through binary floating point.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(?:\.([0-9]+))?")


class Wrong(Exception):
    """A value is not of its kind; the message is for the person who edits the book."""

    def __init__(self, message: Any, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where


class Kind(Protocol):
    def read(self, raw: Any) -> Any: ...

    def write(self, value: Any) -> Any: ...


@dataclass(frozen=True)
class Number:
    """A decimal between two bounds, both allowed."""

    least: str
    most: str
    places: int = 6

    def read(self, raw: Any) -> Decimal:
        text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
        if not isinstance(text, str) or not _is_plain(text, self.places):
            raise Wrong(
                _("Write a plain number as text, with at most %(places)s decimals.") % {"places": self.places}
            )
        value = Decimal(text)
        if not Decimal(self.least) <= value <= Decimal(self.most):
            raise Wrong(
                _("Must lie between %(least)s and %(most)s.") % {"least": self.least, "most": self.most}
            )
        return value

    def write(self, value: Decimal) -> str:
        return str(value)


def _is_plain(text: str, places: int) -> bool:
    found = PLAIN_NUMBER.fullmatch(text)
    return found is not None and len(found[1] or "") <= places


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both allowed."""

    least: int
    most: int

    def read(self, raw: Any) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise Wrong(_("Write a whole number."))
        if not self.least <= raw <= self.most:
            raise Wrong(
                _("Must lie between %(least)s and %(most)s.") % {"least": self.least, "most": self.most}
            )
        return raw

    def write(self, value: int) -> int:
        return value


@dataclass(frozen=True)
class Text:
    """A text that is not empty."""

    longest: int = 200

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str) or not raw.strip():
            raise Wrong(_("Write a text."))
        if len(raw) > self.longest:
            raise Wrong(_("At most %(longest)s characters.") % {"longest": self.longest})
        return raw.strip()

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class OneOf:
    """One of the listed words."""

    words: tuple[str, ...]

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str) or raw not in self.words:
            raise Wrong(_("Must be one of: %(words)s.") % {"words": ", ".join(self.words)})
        return raw

    def write(self, value: str) -> str:
        return str(value)


@dataclass(frozen=True)
class Matching:
    """A text of a fixed shape, such as a code."""

    pattern: str

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str) or not re.fullmatch(self.pattern, raw):
            raise Wrong(_("Must have the shape %(pattern)s.") % {"pattern": self.pattern})
        return raw

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class ListOf:
    """A list, read into a tuple; `distinct` refuses the same entry twice."""

    kind: Kind
    longest: int = 200
    distinct: bool = True

    def read(self, raw: Any) -> tuple[Any, ...]:
        if not isinstance(raw, list | tuple):
            raise Wrong(_("Write a list."))
        if len(raw) > self.longest:
            raise Wrong(_("At most %(longest)s entries.") % {"longest": self.longest})
        entries = tuple(_within(str(place), self.kind, entry) for place, entry in enumerate(raw))
        if self.distinct and any(entry in entries[:place] for place, entry in enumerate(entries)):
            raise Wrong(_("The same entry stands twice."))
        return entries

    def write(self, value: tuple[Any, ...]) -> list[Any]:
        return [self.kind.write(entry) for entry in value]


@dataclass(frozen=True)
class MapOf:
    """An object whose keys and values each have a kind; `complete` lists keys that must all be there."""

    key: Kind
    value: Kind
    complete: tuple[str, ...] = ()

    def read(self, raw: Any) -> Mapping[Any, Any]:
        if not isinstance(raw, Mapping):
            raise Wrong(_("Write an object."))
        if missing := [word for word in self.complete if word not in raw]:
            raise Wrong(_("Missing: %(words)s.") % {"words": ", ".join(missing)})
        entries = {self._key(key): _within(str(key), self.value, entry) for key, entry in raw.items()}
        return MappingProxyType(entries)

    def _key(self, raw: Any) -> Any:
        # JSON has only text keys; months come in as "6".
        if isinstance(self.key, Whole) and isinstance(raw, str) and re.fullmatch("[0-9]{1,4}", raw):
            raw = int(raw)
        return _within(str(raw), self.key, raw)

    def write(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        return {str(self.key.write(key)): self.value.write(entry) for key, entry in value.items()}


@dataclass(frozen=True)
class RecordOf:
    """An object with the named members, read into an instance of `type`."""

    type: type
    members: Mapping[str, Kind]

    def read(self, raw: Any) -> Any:
        if not isinstance(raw, Mapping):
            raise Wrong(_("Write an object."))
        if unknown := [str(name) for name in raw if name not in self.members]:
            raise Wrong(_("Not known: %(words)s.") % {"words": ", ".join(unknown)})
        if missing := [name for name in self.members if name not in raw]:
            raise Wrong(_("Missing: %(words)s.") % {"words": ", ".join(missing)})
        return self.type(**{name: _within(name, kind, raw[name]) for name, kind in self.members.items()})

    def write(self, value: Any) -> dict[str, Any]:
        return {name: kind.write(getattr(value, name)) for name, kind in self.members.items()}


def _within(step: str, kind: Kind, raw: Any) -> Any:
    """Read one part and, when it is wrong, say in which."""
    try:
        return kind.read(raw)
    except Wrong as wrong:
        where = f"{step}.{wrong.where}" if wrong.where else step
        raise Wrong(wrong.message, where) from None
