"""The benchmarks run, and say what docs/performance.md promises they say; how fast is not for a test to tell."""

import copy
import gc
import importlib
import json
from dataclasses import fields
from pathlib import Path

import pytest

from bench import dataset
from bench.__main__ import BENCHES, shown
from bench.measure import Result
from demo.generator import generate

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.fixture
def tiny_city(tmp_path, monkeypatch, settings):
    """A city of 16 projects where the benchmarks look for theirs, and one round of everything."""
    monkeypatch.setenv("BENCH_QUICK", "1")
    monkeypatch.setenv("BENCH_ROUNDS", "1")
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ROOT_URLCONF = "bench.urls"
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(ROOT / "bench" / "templates")
    settings.TEMPLATES = templates
    generate(dataset.folder(), departments=2, projects=16)
    # The benchmarks collect garbage before every run; what the other tests left in memory is not theirs to walk.
    gc.freeze()
    yield
    gc.unfreeze()


def test_every_benchmark_runs_and_each_line_is_json_with_a_ratio_to_its_reference(tiny_city, capsys):
    compared = set()
    for name in BENCHES:
        if name == "recompute":
            dataset.city()
        importlib.import_module(f"bench.{name}").main()
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        assert lines, name
        for line in lines:
            assert set(line) == {field.name for field in fields(Result)}
            assert line["ours_s"] > 0
            assert (line["ratio"] is None) == (line["ref"] == ""), line
            assert line["bench"] in shown(line)
            if line["ratio"] is not None:
                compared.add(line["bench"])
    assert compared >= {"import city", "import payments", "recompute", "recompute, first", "table list", "cell save",
                        "bulk approve"}  # fmt: skip


def test_every_key_of_a_line_is_explained():
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Result) if f"`{field.name}`" not in page] == []
