"""What the pages of this app read from a request: shapes only, rules are the services'."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from foundation.errors import BadInput, Fault
from monitoring.explaining import EXPLAIN, GivenExplanation
from monitoring.filling import Edit

MOST_EDITS = 2_000
LONGEST_VALUE = 10_000


@dataclass(frozen=True)
class Typed:
    """Everything a page sends of a table. `person` is whoever the page was made for, None when it does not say."""

    edits: list[Edit]
    explanations: list[GivenExplanation]
    person: int | None = None


def read_typed_json(request: HttpRequest) -> Typed:
    """The body of a cell save. Raises BadInput when it is no such thing.

    {"person": 7, "edits": [{"cell", "value", "seen"}], "explanations": [{"check", "cell", "text"}]}
    """
    try:
        body = json.loads(request.body)
        edits = [
            Edit(_text(each["cell"]), _value(each.get("value")), _seen(each.get("seen")))
            for each in _few(body.get("edits", []))
        ]
        explanations = [
            GivenExplanation(_text(each["check"]), _text(each["cell"]), _text(each["text"]))
            for each in _few(body.get("explanations", []))
        ]
        person = body.get("person")
        return Typed(edits, explanations, int(person) if person else None)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput([Fault("", _("The request is not readable."))]) from error


def read_typed_form(post: QueryDict) -> Typed:
    """What a plain post of the whole table changed against what the page had shown."""
    try:
        shown = json.loads(post.get("shown", "{}"))
    except (ValueError, RecursionError):
        shown = None
    if not isinstance(shown, Mapping):
        raise BadInput([Fault("", _("The request is not readable."))])
    changed = dict(_changed(post, {str(name): str(text) for name, text in shown.items()}))
    edits = [Edit(name, text, shown[name]) for name, text in changed.items() if not name.startswith(EXPLAIN)]
    explanations = [
        GivenExplanation(*name.removeprefix(EXPLAIN).partition(":")[::2], text)
        for name, text in changed.items()
        if name.startswith(EXPLAIN)
    ]
    return Typed(edits, explanations)


def _changed(post: QueryDict, shown: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in post:
        text = ",".join(part for part in post.getlist(name) if part).replace("\r\n", "\n").strip()
        known = shown.get(name, "" if name.startswith(EXPLAIN) else None)
        if known is not None and text != known:
            yield name, text[:LONGEST_VALUE]


def _few(items: Any) -> Iterable[Any]:
    if not isinstance(items, list) or len(items) > MOST_EDITS:
        raise ValueError
    return items


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_VALUE:
        raise ValueError
    return value


def _value(value: Any) -> str:
    """A typed value; a number or a list is taken as people write them."""
    if isinstance(value, list):
        return ",".join(_text(part) for part in value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else _text(value if isinstance(value, str) else str(value))


def _seen(value: Any) -> str | None:
    return None if value is None else _text(value)
