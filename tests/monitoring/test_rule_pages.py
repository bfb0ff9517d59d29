"""The worked examples of docs/rules are run against the functions they name."""

import inspect
import re
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from monitoring import completion, lights, mismatch, rates, scores
from monitoring.checks.page import page
from monitoring.choices import CauseCategory, Grade, LevelResult, Light, Likelihood, Mismatch
from monitoring.rulebook import Rules
from projects.choices import Sign
from tests.monitoring.rules import ROOT, RULES, example_parameters

PAGES = ROOT / "docs" / "rules"
CALL = re.compile(r"`((?:monitoring|projects)\.[a-z_.]+)\(([a-z_0-9, ]*)\)`")
UNKNOWN = "—"
LISTS = {"lights", "likelihoods"}
WHOLE_NUMBERS = {"month", "places"}
RULED = (rates, completion, lights, mismatch, scores)


class Example(NamedTuple):
    page: str
    function: str
    arguments: dict[str, str]
    result: str


def examples(path: Path) -> Iterator[Example]:
    """Rows of the tables that follow a line with nothing but a call."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        if not (call := CALL.fullmatch(line.strip())):
            continue
        header, _rule, *body = _table(lines[at + 1 :])
        assert "=" in header, f"{path.name}: no column of results under {line}"
        names = [name.strip() for name in call[2].split(",")]
        for cells in body:
            by_column = dict(zip(header, cells, strict=True))
            yield Example(path.name, call[1], {name: by_column[name] for name in names}, by_column["="])


def _table(lines: list[str]) -> Iterator[list[str]]:
    begun = False
    for line in lines:
        if line.startswith("|"):
            begun = True
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]
        elif begun or line.strip():
            return


def value(name: str, text: str) -> Any:
    if name in LISTS:
        return [word.strip() for word in text.split(",") if word.strip()]
    if name == "rows":
        return [_weighted(pair) for pair in text.split(";")]
    if text == UNKNOWN:
        return None
    if text in ("true", "false"):
        return text == "true"
    if name in WHOLE_NUMBERS:
        return int(text)
    return Decimal(text) if re.fullmatch(r"-?[0-9.]+", text) else text


def _weighted(pair: str) -> tuple[Decimal, Any]:
    weight, _times, share = pair.partition("×")
    return Decimal(weight.strip()), value("", share.strip())


ALL = [example for path in sorted(PAGES.glob("*.md")) for example in examples(path)]


@pytest.mark.parametrize("example", ALL, ids=lambda each: f"{each.page}-{each.function}-{each.result}")
def test_worked_example_is_what_the_function_gives(example):
    module, _dot, name = example.function.rpartition(".")
    function = getattr(import_module(module), name)
    arguments = {name: value(name, text) for name, text in example.arguments.items()}
    parameters = inspect.signature(function).parameters
    if "rules" in parameters:
        arguments["rules"] = RULES
    if "bands" in parameters:
        arguments["bands"] = RULES.level_bands

    assert function(**arguments) == value("", example.result)


def test_every_ruled_function_has_worked_examples():
    shown = {example.function for example in ALL}
    ruled = {
        f"{module.__name__}.{name}"
        for module in RULED
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }

    assert ruled - shown == set()


def test_every_page_that_a_rule_names_exists():
    for module in RULED:
        for named in re.findall(r"docs/rules/([a-z-]+\.md)", inspect.getsource(module)):
            assert (PAGES / named).is_file(), f"{module.__name__} names {named}"


def test_every_page_is_in_the_index():
    index = (PAGES / "README.md").read_text(encoding="utf-8")

    for path in PAGES.glob("*.md"):
        assert path.name == "README.md" or f"({path.name})" in index, path.name


@pytest.mark.parametrize("light", Light.values)
def test_every_light_has_its_section(light):
    assert f"\n## {light} (" in (PAGES / "lights.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (Mismatch, "mismatch.md"),
        (Grade, "grade.md"),
        (Sign, "words.md"),
        (LevelResult, "words.md"),
        (Likelihood, "words.md"),
        (CauseCategory, "words.md"),
    ],
)
def test_every_word_is_explained_on_its_page(words, name):
    text = (PAGES / name).read_text(encoding="utf-8")

    assert [word for word in words.values if f"`{word}`" not in text] == []


def test_page_of_the_checks_is_up_to_date():
    assert (PAGES / "checks.md").read_text(encoding="utf-8") == page()


def test_page_of_the_rule_book_names_every_parameter_with_its_example():
    text = (PAGES / "rule-book.md").read_text(encoding="utf-8")

    for name in Rules.__dataclass_fields__:
        assert f"| `{name}` |" in text, name
    for section in example_parameters().values():
        for name, example in section.items():
            if isinstance(example, str | int):
                assert f"| `{name}` | {example} |" in text, name
