"""Small charts of the dashboard: {% load charts %}. Drawn in SVG attributes; the figures stand beside them as text."""

from collections.abc import Mapping
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation import drawings

register = template.Library()


@register.simple_tag
def share_bar(part: int, whole: int) -> SafeString:
    """How much of the whole a number is, as a bar without figures; no bar for nothing."""
    if not part or not whole:
        return SafeString("")
    width = f"{Decimal(part) * 100 / whole:.2f}%"
    shape = (
        '<svg class="share-bar" height="12" aria-hidden="true" focusable="false">'
        '<rect class="bar-value" x="0" y="0" width="{}" height="12" rx="2"/></svg>'
    )
    return format_html(shape, width)


@register.simple_tag
def lights_bar(counts: Mapping[str, int]) -> SafeString:
    """The share of each light as one narrow bar, its numbers said to who cannot see it."""
    said = ", ".join(f"{drawings.LIGHT_WORDS[name]} {n}" for name, n in counts.items() if n)
    drawn = drawings.lights_bar(counts)
    if not drawn:
        return SafeString("")
    return format_html('<span class="lights-mini" role="img" aria-label="{}">{}</span>', said, drawn)
