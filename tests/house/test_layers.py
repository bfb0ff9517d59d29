"""What import-linter cannot say: rule modules do not touch the database, not even Django's."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
RULE_MODULES = next(contract for contract in CONTRACTS if contract["type"] == "forbidden")["source_modules"]


@pytest.mark.parametrize("module", RULE_MODULES)
def test_a_rule_module_knows_no_database_and_no_clock(module: str):
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    forbidden = ("django.db", "django.utils.timezone", "foundation.clock", "time.")
    assert not [name for name in imported if name.startswith(forbidden)]


def test_every_app_stands_in_the_layers():
    from django.apps import apps

    layers = next(contract for contract in CONTRACTS if contract["type"] == "layers")["layers"]
    ours = {app.name for app in apps.get_app_configs() if (ROOT / app.name).is_dir()}
    assert ours <= set(layers)
