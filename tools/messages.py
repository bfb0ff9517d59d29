"""Translations without GNU gettext: compile them, and find what lacks one.

    tools/messages.py compile             every django.po to the .mo beside it
    tools/messages.py check               what is missing, empty, fuzzy, double, unused or malformed
    tools/messages.py missing [--write] APP   msgids of an app without Chinese; --write adds empty entries

The msgid is the English text. A text of templates/<app>/ or <app>/ belongs into <app>/locale,
all others into the top-level locale/ (called "locale" here). Any of them may translate it.
"""

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, escape

ROOT = Path(__file__).resolve().parents[1]
LANGUAGE = "zh_Hans"
SITE = "locale"
APPS = (
    "foundation", "organisation", "projects", "monitoring", "reviews", "rectification", "dashboards", "demo", "config",
)  # fmt: skip

_PYTHON_PLACE = re.compile(r"%(?:\((\w+)\))?[-+#0]*\d*(?:\.\d+)?([sdifr])")
_BRACE_PLACE = re.compile(r"(?<!\{)\{(\w*)(?:![rsa])?(?::[^{}]*)?\}(?!\})")
_LITERAL = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_TEMPLATE_CALL = re.compile(
    rf"\b(npgettext|pgettext|ngettext|gettext|_)\({_LITERAL}(?:, {_LITERAL})?(?:, {_LITERAL})?"
)

# Which arguments of a call hold (context, singular, plural).
_CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}


@dataclass(frozen=True)
class Text:
    """A text to translate. plural is empty where it has none, context is None where it has none."""

    msgid: str
    plural: str = ""
    context: str | None = None


@dataclass
class Findings:
    """What `check` found, by kind, one line each."""

    missing: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [f"{kind}: {line}" for kind, lines in vars(self).items() for line in lines]


class CountingCatalog(Catalog):
    """A catalogue that remembers which entries came twice; the parser would merge them silently."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doubles: list[str] = []

    def __setitem__(self, id: Any, message: Message) -> None:
        if id and self.get(id, message.context) is not None:
            self.doubles.append(str(id))
        super().__setitem__(id, message)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("compile")
    verbs.add_parser("check")
    missing = verbs.add_parser("missing")
    missing.add_argument("--write", action="store_true")
    missing.add_argument("app", choices=[*APPS, SITE])
    asked = parser.parse_args(words)
    if asked.verb == "compile":
        compile_all()
        return 0
    if asked.verb == "missing":
        return show_missing(asked.app, asked.write)
    lines = check().lines()
    print("\n".join(lines) if lines else "Every text has its Chinese.")
    return 1 if lines else 0


def po_files() -> list[Path]:
    return sorted(
        [*ROOT.glob(f"*/locale/{LANGUAGE}/**/django.po"), *ROOT.glob(f"locale/{LANGUAGE}/**/django.po")]
    )


def read(path: Path) -> CountingCatalog:
    """The entries of a po file. An entry that cannot be read raises PoFileError with its line."""
    catalog = CountingCatalog(locale=LANGUAGE)
    with path.open(encoding="utf-8") as file:
        PoFileParser(catalog, abort_invalid=True).parse(file)
    return catalog


def compile_all() -> list[Path]:
    """Write the .mo of every .po that changed since; returns those written."""
    written = []
    for source in po_files():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        catalog = read(source)
        # Moved into place whole: a process that starts now reads the old file or the new one.
        half = target.with_suffix(f".{os.getpid()}.half")
        with half.open("wb") as file:
            write_mo(file, catalog)
        half.replace(target)
        written.append(target)
    return written


def check() -> Findings:
    """Compare the texts of the sources with the Chinese entries."""
    findings = Findings()
    wanted = texts()
    translated: dict[Text, str] = {}
    for path in po_files():
        place = str(path.relative_to(ROOT).parents[2])
        catalog = read(path)
        findings.double += [f"{place}: {msgid!r}" for msgid in catalog.doubles]
        for message in catalog:
            if message.id:
                _check_entry(message, place, translated, findings)
        findings.unused += [
            f"{place}: {text.msgid!r}" for text in map(_text, catalog) if text.msgid and text not in wanted
        ]
    for text, source in wanted.items():
        if text not in translated:
            findings.missing.append(
                f"{source}: {text.msgid!r}" + (f" ({text.context})" if text.context else "")
            )
    return findings


def _check_entry(message: Message, place: str, translated: dict[Text, str], findings: Findings) -> None:
    text = _text(message)
    chinese = message.string if isinstance(message.string, str) else " ".join(message.string or ())
    where = f"{place}: {text.msgid!r}"
    if translated.setdefault(text, chinese) != chinese:
        findings.double.append(f"{where} is told twice, differently")
    if message.fuzzy or not chinese.strip():
        findings.unfinished.append(where)
    elif not _same_places(text, chinese):
        findings.malformed.append(f"{where} and {chinese!r} name different values")


def _text(message: Message) -> Text:
    msgid, plural = message.id if isinstance(message.id, tuple) else (str(message.id), "")
    return Text(msgid, plural, message.context)


def _same_places(text: Text, chinese: str) -> bool:
    """The translation names the values that the text names; one form may leave out the count."""
    for pattern in (_PYTHON_PLACE, _BRACE_PLACE):
        here = set(pattern.findall(chinese.replace("%%", "")))
        ids = [
            set(pattern.findall(form.replace("%%", ""))) for form in (text.msgid, text.plural or text.msgid)
        ]
        if here not in ids:
            return False
    return True


def texts() -> dict[Text, str]:
    """Every text of the sources with the first place that says it."""
    found: dict[Text, str] = {}
    for path in sorted(_sources()):
        extract = template_texts if path.suffix in {".html", ".txt"} else python_texts
        for text, line in extract(path.read_text(encoding="utf-8")):
            found.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    return found


def _sources() -> Iterator[Path]:
    for app in APPS:
        yield from (ROOT / app).rglob("*.py")
        yield from (ROOT / app / "templates").rglob("*.html")
    yield from (ROOT / "templates").rglob("*.html")
    yield from (ROOT / "templates").rglob("*.txt")


def python_texts(source: str) -> Iterator[tuple[Text, int]]:
    """Texts in calls of gettext and its kin, lazy or not, with their line."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        places = _CALLS.get(name.removesuffix("_lazy"))
        if places is None:
            continue
        given = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        context, msgid, plural = (given[at] if at is not None and at < len(given) else None for at in places)
        if isinstance(msgid, str) and msgid:
            yield Text(msgid, plural or "", context), node.lineno  # type: ignore[arg-type]


def template_texts(source: str) -> Iterator[tuple[Text, int]]:
    """Texts of translate, blocktranslate (trimmed as Django trims) and _("…"), with their line."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    flat = templatize(source)
    for call in _TEMPLATE_CALL.finditer(flat):
        given = [ast.literal_eval(part) for part in call.groups()[1:] if part]
        context, msgid, plural = (given[at] if at is not None else None for at in _CALLS[call[1]])
        if msgid:
            yield Text(msgid, plural or "", context), flat.count("\n", 0, call.start()) + 1


def owner(source: str) -> str:
    """The app whose po file a text of this place belongs to."""
    parts = Path(source.rpartition(":")[0]).parts
    app = parts[1] if parts[0] == "templates" else parts[0]
    return app if app in APPS and app != "config" else SITE


def show_missing(app: str, write: bool) -> int:
    """Print, or append to the app's po file, the entries that have no Chinese anywhere."""
    known = {_text(message) for path in po_files() for message in read(path)}
    missing = {text: source for text, source in texts().items() if text not in known and owner(source) == app}
    entries = "".join(_entry(text, source) for text, source in missing.items())
    if not write:
        print(entries, end="")
        return 0
    path = ROOT / ("" if app == SITE else app) / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        if file.tell() == 0:
            file.write(HEADER)
        file.write(entries)
    print(f"{len(missing)} added to {path.relative_to(ROOT)}")
    return 0


HEADER = (
    'msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=1; plural=0;\\n"\n'
)


def _entry(text: Text, source: str) -> str:
    lines = ["", f"#: {source.rpartition(':')[0]}"]
    if _PYTHON_PLACE.search(text.msgid + text.plural):
        lines.append("#, python-format")
    if text.context:
        lines.append(f"msgctxt {escape(text.context)}")
    lines.append(f"msgid {escape(text.msgid)}")
    lines += [f"msgid_plural {escape(text.plural)}", 'msgstr[0] ""'] if text.plural else ['msgstr ""']
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
