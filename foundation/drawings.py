"""Small drawings as SVG text: the shape of a light, a rate against time, a share of each light.

Everything is said in SVG attributes (never style=), so that the strict Content-Security-Policy holds.
Shapes differ in outline, not only in colour: they stay legible in a grey print.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext_lazy

GREY = "grey"

LIGHT_WORDS: dict[str, str | Promise] = {
    "red": pgettext_lazy("light", "Red"),
    "yellow": pgettext_lazy("light", "Yellow"),
    "green": pgettext_lazy("light", "Green"),
    "blue": pgettext_lazy("light", "Blue"),
    GREY: pgettext_lazy("light", "Grey"),
}

_SHAPES: dict[str, SafeString] = {
    name: mark_safe(f'<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">{body}</svg>')  # noqa: S308
    for name, body in {
        "red": '<path class="shape-red" d="M8 .9 15.7 14.6H.3z"/><path class="shape-mark" d="M8 6v4M8 12.3v.01"/>',
        "yellow": '<path class="shape-yellow" d="M8 .9 15.1 8 8 15.1.9 8z"/>',
        "green": '<circle class="shape-green" cx="8" cy="8" r="7.25"/>'
        '<path class="shape-mark" d="m4.8 8.3 2.2 2.2 4.2-4.7"/>',
        "blue": '<rect class="shape-blue" x="1.2" y="1.2" width="13.6" height="13.6" rx="1.5"/>'
        '<path class="shape-mark" d="m4.8 9.6 3.2-3.2 3.2 3.2"/>',
        GREY: '<circle class="shape-grey" cx="8" cy="8" r="5.75"/>',
    }.items()
}

# The bar's right edge is 120 % of the year's budget: what is spent beyond 100 % stays visible.
BAR_END = Decimal("1.2")


def light_name(value: object) -> str:
    """The light a value names; grey for None, "" and whatever is no light."""
    name = str(value) if value is not None else GREY
    return name if name in LIGHT_WORDS else GREY


def light_shape(value: object) -> SafeString:
    """The drawing of a light alone. Whoever uses it writes the word beside it."""
    return _SHAPES[light_name(value)]


def bullet_bar(value: Decimal, progress: Decimal | None) -> SafeString:
    """A ratio as a bar (0.6532 is 65.32 %) with a tick at the time progress. Below 0 is drawn as 0."""
    shown = min(max(value, Decimal(0)), BAR_END)
    within, past = min(shown, Decimal(1)), max(shown - 1, Decimal(0))
    parts = [
        _rect("bar-track", Decimal(0), Decimal(1), 4, 8),
        _rect("bar-value", Decimal(0), within, 4, 8),
    ]
    if past:
        parts.append(_rect("bar-past", Decimal(1), past, 4, 8))
    if progress is not None:
        at = min(max(progress, Decimal(0)), BAR_END)
        parts.append(
            format_html('<rect class="bar-tick" x="{}" y="0" width="2" height="16"/>', _percent(at / BAR_END))
        )
    drawn = format_html_join("", "{}", ((part,) for part in parts))
    return format_html('<svg height="16" aria-hidden="true" focusable="false">{}</svg>', drawn)


def lights_bar(counts: Mapping[str, int]) -> SafeString:
    """The share of each light as one stacked bar; a light with none takes no room. Empty when all are 0."""
    total = sum(counts.values())
    if not total:
        return SafeString("")
    parts, start = [], Decimal(0)
    for name in LIGHT_WORDS:
        share = Decimal(counts.get(name, 0)) / total
        if share:
            shape = '<rect class="{}" x="{}" y="0" width="{}" height="100%"/>'
            parts.append(format_html(shape, f"shape-{name}", _percent(start), _percent(share)))
        start += share
    drawn = format_html_join("", "{}", ((part,) for part in parts))
    return format_html('<svg height="14" aria-hidden="true" focusable="false">{}</svg>', drawn)


def _rect(css: str, start: Decimal, width: Decimal, top: int, height: int) -> SafeString:
    shape = '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
    return format_html(shape, css, _percent(start / BAR_END), top, _percent(width / BAR_END), height)


def _percent(share: Decimal) -> str:
    """A share as an SVG length: 0.5 is "50.00%"."""
    return f"{(share * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}%"
