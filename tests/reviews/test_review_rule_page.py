"""The page of the chain names every stage, act and refusal, and its example of a draw is true."""

import re
from pathlib import Path

import pytest

from monitoring.stages import Stage
from reviews import cases, permissions, transitions, windows
from reviews.chain import Action
from reviews.sampling import draw

ROOT = Path(transitions.__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "rules" / "review-chain.md").read_text(encoding="utf-8")
CODE = re.compile(r"(?:RuleError|NotAllowed)\(\s*\"([a-z_]+)\"")


@pytest.mark.parametrize("word", [*Stage.values, *Action.values])
def test_every_stage_and_act_has_its_line(word):
    assert f"`{word}`" in PAGE


def test_every_refusal_of_the_chain_has_its_line():
    sources = [
        Path(module.__file__).read_text(encoding="utf-8")
        for module in (cases, permissions, transitions, windows)
    ]
    codes = {code for source in sources for code in CODE.findall(source)} | {"stale", "bad_input"}
    assert len(codes) > 15
    assert not [code for code in codes if f"`{code}`" not in PAGE]


def test_the_example_of_a_draw_is_true():
    seed, percent, drawn = re.search(r"\| `([^`]+)` \| P000 … P009 \| (\d+) % \| ([^|]+) \|", PAGE).groups()
    codes = [f"P{number:03d}" for number in range(10)]
    assert draw(codes, int(percent), seed) == drawn.strip().split(", ")
