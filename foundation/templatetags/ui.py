"""Parts of pages as template tags: {% load ui %}. Each is shown with sample data on the style guide page.

Tags that take what they enclose (panel, dialog, more, empty_state, filter_bar) end with {% end… %}.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation import drawings
from foundation.templatetags.figures import rate

register = template.Library()

Text = str | Promise

# Parameters of the address that name a place in a list: a new filter or order starts at its beginning.
PLACES = ("after", "before", "page")


@register.simple_tag
def icon(name: str, label: Text = "", size: str = "") -> SafeString:
    """A line drawing of static/img/icons.svg. Without a label it is decoration. size: "", "s" or "l"."""
    css = f"icon icon-{size}" if size else "icon"
    address = f"{static('img/icons.svg')}#{name}"
    if label:
        shape = '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>'
        return format_html(shape, css, label, address)
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"/></svg>', css, address
    )


@register.simple_tag
def light(value: object, form: str = "chip", word: Text = "") -> SafeString:
    """A light: shape, word and colour; grey for None and what is no light.

    form: "chip", "large", or "dot" (the word is then there for a screen reader and the pointer).
    word: said instead of the colour's name, for example "Red light: execution".
    """
    name = drawings.light_name(value)
    shape = drawings.light_shape(name)
    said = word or drawings.LIGHT_WORDS[name]
    if form == "dot":
        markup = '<span class="light light-dot light-{}" title="{}">{}<span class="visually-hidden">{}</span></span>'
        return format_html(markup, name, said, shape, said)
    size = " light-large" if form == "large" else ""
    return format_html('<span class="light light-{}{}">{}{}</span>', name, size, shape, said)


@register.simple_tag
def bar(value: Decimal | None, progress: Decimal | None = None, wide: bool = False) -> SafeString:
    """An execution rate (ratio, 0.6532 is 65.32 %) as a bullet bar with a tick at the time progress (ratio).

    None is unknown: an em dash and no bar.
    """
    if value is None:
        return format_html('<span class="unknown" title="{}">—</span>', _("Not known"))
    said = ""
    if progress is not None:
        said = _("of the year's budget; time progress %(progress)s") % {"progress": rate(progress)}
    return format_html(
        '<span class="bar{}">{}<span class="bar-figure">{}<span class="visually-hidden"> {}</span></span></span>',
        " bar-wide" if wide else "",
        drawings.bullet_bar(Decimal(value), None if progress is None else Decimal(progress)),
        rate(value),
        said,
    )


@register.inclusion_tag("_lights_stack.html")
def stack(counts: Mapping[str, int], href: str = "") -> dict[str, Any]:
    """The share of each light: one bar, and under it the words and counts a reader can follow.

    counts: light → number. href: where the rows are; the light's name is added at its end ("?light=").
    """
    total = sum(counts.values())
    rows = []
    for name, word in drawings.LIGHT_WORDS.items():
        count = counts.get(name, 0)
        rows.append(
            {
                "light": name,
                "word": word,
                "count": count,
                "share": rate(Decimal(count) / total) if total else "",
                "href": f"{href}{name}" if href else "",
            }
        )
    return {"bar": drawings.lights_bar(counts), "rows": rows, "total": total}


@register.inclusion_tag("_stat.html")
def stat(label: Text, value: object, href: str = "", unit: Text = "", note: Text = "") -> dict[str, Any]:
    """A tile: one number, what it counts and, with href, the way to its rows. None is shown as an em dash."""
    return {"label": label, "value": value, "href": href, "unit": unit, "note": note}


@register.inclusion_tag("_breadcrumbs.html")
def breadcrumbs(*pairs: Text) -> dict[str, Any]:
    """Where the page stands: label, address, label, address …, from the top; the page itself is left out."""
    return {"crumbs": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.inclusion_tag("_tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], label: Text) -> dict[str, Any]:
    """Links between views of one thing. Items: label, href, active, count (optional)."""
    return {"items": items, "label": label}


@register.inclusion_tag("_chain.html")
def chain(tiers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The tiers of the review chain. Items: label, state (done, current, waiting, returned, skipped), and
    optionally word (said instead of the state's), who, at (aware datetime), note."""
    words = {
        "done": _("Passed"),
        "current": _("Here now"),
        "waiting": _("Not yet"),
        "returned": _("Returned"),
        "skipped": _("Not required"),
    }
    return {"tiers": [{**tier, "said": tier.get("word") or words.get(tier["state"], "")} for tier in tiers]}


@register.inclusion_tag("_check_list.html")
def check_list(checks: Iterable[Any]) -> dict[str, Any]:
    """Findings of checks, worst first as given. Each has severity (error, warning, hint), code, message, href."""
    words = {"error": _("Error"), "warning": _("Needs an explanation"), "hint": _("Hint")}
    icons = {"error": "error", "warning": "warning", "hint": "info"}
    rows = []
    for check in checks:
        severity = str(_read(check, "severity"))
        rows.append(
            {
                "check": check,
                "severity": severity,
                "word": words.get(severity, ""),
                "icon": icons.get(severity),
            }
        )
    return {"rows": rows}


@register.inclusion_tag("_facts.html")
def facts(items: Iterable[Sequence[Any]], lines: bool = False) -> dict[str, Any]:
    """Names and values, in columns or (lines) one below the other. Items: (name, value); None is an em dash."""
    return {"items": items, "lines": lines}


@register.inclusion_tag("_steps.html")
def steps(labels: Sequence[Text], current: int) -> dict[str, Any]:
    """The steps of a wizard; current counts from 1."""
    rows = [
        {"label": label, "done": at < current, "here": at == current} for at, label in enumerate(labels, 1)
    ]
    return {"rows": rows}


@register.inclusion_tag("_field.html")
def field(bound: BoundField, unit: Text = "", label: Text = "") -> dict[str, Any]:
    """A field of a form with its label, help and errors; unit (元, %) stands inside at the right."""
    several = bound.field.widget.use_fieldset
    single_box = getattr(bound.field.widget, "input_type", "") == "checkbox" and not several
    return {
        "field": bound,
        "unit": unit,
        "label": label or bound.label,
        "several": several,
        "single_box": single_box,
    }


@register.simple_tag(takes_context=True)
def sort_header(context: Context, name: str, label: Text, css: str = "") -> SafeString:
    """A column's head that orders the list: ?sort=name, a second time ?sort=-name. Keeps the filters."""
    query = _query(context, without=PLACES)
    now = query.get("sort", "")
    query["sort"] = f"-{name}" if now == name else name
    order = {name: "ascending", f"-{name}": "descending"}.get(now, "")
    drawing = icon({"ascending": "sort-up", "descending": "sort-down"}.get(order, "sort"))
    said = format_html(' aria-sort="{}"', order) if order else ""
    return format_html(
        '<th scope="col" class="{}"{}><a href="?{}">{}{}</a></th>',
        css,
        said,
        query.urlencode(),
        label,
        drawing,
    )


@register.inclusion_tag("_page_links.html", takes_context=True)
def page_links(
    context: Context, shown: int, following: str = "", preceding: str = "", total: int | None = None
) -> dict[str, Any]:
    """Under a list: how many rows are shown (of how many), and the ways on and back.

    following, preceding: cursors; they become ?after= and ?before= with the filters kept.
    """
    after, before = _query(context, without=PLACES), _query(context, without=PLACES)
    after["after"], before["before"] = following, preceding
    return {
        "shown": shown,
        "total": total,
        "next_address": f"?{after.urlencode()}" if following else "",
        "previous_address": f"?{before.urlencode()}" if preceding else "",
    }


@register.inclusion_tag("_filter_select.html", takes_context=True)
def filter_select(
    context: Context, name: str, label: Text, choices: Iterable[tuple[Any, Text]], everything: Text = ""
) -> dict[str, Any]:
    """A choice of the filter bar, as the address has it. everything: the word for no choice."""
    rows = [(str(value), word) for value, word in choices if str(value)]
    return {
        "name": name,
        "label": label,
        "choices": rows,
        "everything": everything or _("All"),
        "now": _query(context).get(name, ""),
    }


@register.inclusion_tag("_filter_text.html", takes_context=True)
def filter_text(context: Context, name: str, label: Text, hint: Text = "") -> dict[str, Any]:
    """The search field of the filter bar."""
    return {"name": name, "label": label, "hint": hint, "now": _query(context).get(name, "")}


@register.inclusion_tag("_filter_chips.html", takes_context=True)
def filter_chips(context: Context, active: Iterable[tuple[str, Text, Text]]) -> dict[str, Any]:
    """The filters in force, each with a link that drops it. Items: (parameter, its label, the value's words)."""
    chips, names = [], []
    for name, label, words in active:
        names.append(name)
        chips.append(
            {"label": label, "words": words, "href": f"?{_query(context, (*PLACES, name)).urlencode()}"}
        )
    return {"chips": chips, "clear": f"?{_query(context, (*PLACES, *names)).urlencode()}"}


@register.simple_block_tag(takes_context=True)
def filter_bar(context: Context, content: str, label: Text = "") -> SafeString:
    """The form around filters: a GET to the same page, sent when a choice changes; keeps the order."""
    values = {"content": content, "label": label or _("Filter"), "sort": _query(context).get("sort", "")}
    return render_to_string("_filter_bar.html", values)


@register.simple_block_tag
def panel(content: str, title: Text = "", unit: Text = "", id: str = "", flush: bool = False) -> SafeString:
    """A sheet of paper on the page. unit: said at its right ("万元"). flush: for a table that reaches the edges."""
    values = {"content": content, "title": title, "unit": unit, "id": id, "flush": flush}
    return render_to_string("_panel.html", values)


@register.simple_block_tag
def dialog(content: str, id: str, title: Text, wide: bool = False) -> SafeString:
    """A native dialog; <button type="button" data-dialog="ID"> opens it."""
    return render_to_string("_dialog.html", {"content": content, "id": id, "title": title, "wide": wide})


@register.simple_block_tag
def more(content: str, summary: Text, opened: bool = False, id: str = "") -> SafeString:
    """Something shown on demand."""
    values = {"content": content, "summary": summary, "opened": opened, "id": id}
    return render_to_string("_more.html", values)


@register.simple_block_tag
def empty_state(content: str, title: Text, drawing: str = "inbox") -> SafeString:
    """Nothing here: why, and what to do. The content says what to do and may hold a button."""
    return render_to_string("_empty_state.html", {"content": content, "title": title, "drawing": drawing})


@register.simple_block_tag
def notice(content: str, kind: str = "info", title: Text = "") -> SafeString:
    """A notice within the page. kind: info, success, warning or error."""
    return render_to_string("_notice.html", {"content": content, "kind": kind, "title": title})


def _query(context: Context, without: Iterable[str] = ()) -> QueryDict:
    """The address's parameters, without some; empty where a template is rendered without a request."""
    request: HttpRequest | None = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name in without:
        query.pop(name, None)
    return query


def _read(thing: Any, name: str) -> Any:
    return thing[name] if isinstance(thing, Mapping) else getattr(thing, name)
