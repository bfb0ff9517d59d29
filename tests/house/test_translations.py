"""Every text has its Chinese, and the tool that says so sees what it must see."""

from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from tools import messages
from tools.messages import Text

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.mark.parametrize("kind", ["missing", "unfinished", "double", "malformed", "unused"])
def test_every_text_has_one_good_chinese_entry(kind: str):
    lines = getattr(messages.check(), kind)
    assert not lines, f"{len(lines)} {kind}:\n" + "\n".join(lines)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with the app `reviews`."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    (tmp_path / "reviews/locale/zh_Hans/LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "templates/reviews").mkdir(parents=True)
    return tmp_path


def write_po(house: Path, entries: str) -> Path:
    path = house / "reviews/locale/zh_Hans/LC_MESSAGES/django.po"
    path.write_text(HEADER + entries)
    return path


def test_texts_of_python_are_found_in_every_spelling():
    source = """
from django.utils import translation
_("Plain")
gettext_lazy("Two "
             "parts")
ngettext("%(n)s table", "%(n)s tables", n)
pgettext_lazy("month", "May")
translation.gettext("By module")
_(variable)
"""
    assert [text for text, line in messages.python_texts(source)] == [
        Text("Plain"),
        Text("Two parts"),
        Text("%(n)s table", "%(n)s tables"),
        Text("May", context="month"),
        Text("By module"),
    ]


def test_texts_of_templates_are_found_as_django_looks_them_up():
    source = """{% translate "At 5%" %}
{% blocktranslate trimmed count n=rows|length %}
  {{ n }} table
  of the unit
{% plural %}
  {{ n }} tables of the unit
{% endblocktranslate %}
{{ name|default:_("nobody") }}
{% translate "May" context "month" %}"""
    assert list(messages.template_texts(source)) == [
        (Text("At 5%%"), 1),
        (Text("%(n)s table of the unit", "%(n)s tables of the unit"), 2),
        (Text("nobody"), 8),
        (Text("May", context="month"), 9),
    ]


def test_what_is_wrong_with_an_entry_is_named(house: Path):
    (house / "reviews/views.py").write_text(
        '_("Untold"); _("Empty"); _("%(n)s rows"); _("Twice"); _("Unsure")'
    )
    write_po(
        house,
        'msgid "Empty"\nmsgstr ""\n\n'
        'msgid "%(n)s rows"\nmsgstr "%(m)s 行"\n\n#, fuzzy\nmsgid "Unsure"\nmsgstr "也许"\n\n'
        'msgid "Twice"\nmsgstr "二"\n\nmsgid "Twice"\nmsgstr "两"\n\nmsgid "Gone"\nmsgstr "没了"\n',
    )
    found = messages.check()
    assert [kind for kind, lines in vars(found).items() if len(lines) == 0] == []
    assert "Untold" in found.missing[0]
    assert ["Empty" in line or "Unsure" in line for line in found.unfinished] == [True, True]
    assert "Twice" in found.double[0]
    assert "%(m)s" in found.malformed[0]
    assert "Gone" in found.unused[0]


def test_an_unreadable_po_file_is_an_error_with_its_line(house: Path):
    write_po(house, 'msgid "A"\nmsgst "B"\n')
    with pytest.raises(PoFileError, match="on 5"):
        messages.check()


def test_missing_entries_are_appended_to_the_po_file_of_their_app(house: Path):
    (house / "templates/reviews/queue.html").write_text('{% translate "Queue" %}')
    (house / "templates/base.html").write_text('{% translate "Beacon" %}')
    messages.main(["missing", "--write", "reviews"])
    messages.main(["missing", "--write", "locale"])
    assert 'msgid "Queue"\nmsgstr ""' in (house / "reviews/locale/zh_Hans/LC_MESSAGES/django.po").read_text()
    assert 'msgid "Beacon"' in (house / "locale/zh_Hans/LC_MESSAGES/django.po").read_text()
    assert messages.check().missing == []


def test_compiling_writes_only_what_changed(house: Path):
    path = write_po(house, 'msgid "Queue"\nmsgstr "队列"\n')
    assert messages.compile_all() == [path.with_suffix(".mo")]
    assert messages.compile_all() == []
