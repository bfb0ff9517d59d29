"""What is installed is pinned by hash and by nothing that only one machine knows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str):
    text = (ROOT / lock).read_text()
    assert not re.search(
        r"://|file:|--find-links |--index-url |--extra-index-url ", text.partition("\n\n")[2] or text
    )
    assert "://" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_a_hash(lock: str):
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_asked_for(lock: str):
    asked = re.findall(
        r"^([a-z0-9][a-z0-9-]*)", (ROOT / lock.replace(".lock", ".in")).read_text(), re.MULTILINE
    )
    assert set(asked) - pins(lock).keys() == set()


def test_development_adds_to_the_runtime_and_changes_nothing_in_it():
    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime
