"""Every variable that may be given is written down."""

import ast
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/configuration.md"
READERS = {"text", "flag", "number", "words"}


def variables_of_settings() -> set[str]:
    """First argument of env.text("…") and its kin, and of os.environ."""
    found = set()
    for path in [
        *ROOT.glob("config/**/*.py"),
        *ROOT.glob("tools/*.py"),
        ROOT / "conftest.py",
        *ROOT.glob("deploy/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                of_env = getattr(node.func.value, "id", "") == "env" and node.func.attr in READERS
                of_os = ast.unparse(node.func) == "os.environ.get"
                if (of_env or of_os) and isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


def variables_of(path: str) -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / path).read_text()))


def everything_read() -> set[str]:
    return variables_of_settings() | variables_of("deploy/run") | variables_of("docker-compose.yml")


def documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)`", DOCUMENT.read_text(), re.MULTILINE))


def test_every_variable_that_is_read_is_in_the_document():
    assert everything_read() - documented() == set()


def test_the_document_names_no_variable_that_nobody_reads():
    assert documented() - everything_read() == set()


@pytest.mark.parametrize(
    ("reader", "value"),
    [(env.flag, "perhaps"), (env.number, "many"), (env.number, "-1"), (env.number, "1.5")],
)
def test_a_bad_value_stops_the_start_and_names_the_variable(
    reader, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SOME_SETTING", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_SETTING"):
        reader("SOME_SETTING", 0)


def test_a_variable_without_default_must_be_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SOME_SETTING", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SOME_SETTING"):
        env.text("SOME_SETTING")
