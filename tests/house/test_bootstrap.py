"""The way from a bare clone: nothing is done twice, and each machine gets its way of installing."""

import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty clone with both locks; what would be run is written down instead."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv/bin/python")
    for lock in (bootstrap.RUNTIME, bootstrap.DEVELOPMENT):
        (tmp_path / lock).write_text(f"{lock}\n")
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    said: list[list[str]] = []

    def call(command: list[object], **options: object) -> int:
        said.append([str(word) for word in command])
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    monkeypatch.setattr(subprocess, "run", lambda command, **options: call(list(command)))
    return said


def test_nothing_is_installed_twice(clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bootstrap, "working_uv", lambda: "uv")
    bootstrap.install(bootstrap.RUNTIME)
    assert any(command[:3] == ["uv", "pip", "install"] for command in commands)
    commands.clear()
    bootstrap.install(bootstrap.RUNTIME)
    assert commands == []


def test_a_changed_lock_is_installed_again(
    clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bootstrap, "working_uv", lambda: "uv")
    bootstrap.install(bootstrap.RUNTIME)
    (clone / bootstrap.RUNTIME).write_text("changed")
    commands.clear()
    bootstrap.install(bootstrap.RUNTIME)
    assert any("requirements.lock" in command for command in commands)


def test_pip_takes_over_where_uv_is_absent_or_fails(
    clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bootstrap, "working_uv", lambda: None)
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None)  # a Debian without python3-venv
    bootstrap.install(bootstrap.RUNTIME)
    assert "--require-hashes" in commands[-1]
    assert "pip" in commands[-1]
    assert bootstrap.PYTHON.exists()


def test_a_development_environment_stays_one(
    clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bootstrap, "working_uv", lambda: "uv")
    bootstrap.install(bootstrap.DEVELOPMENT)
    commands.clear()
    bootstrap.install(bootstrap.RUNTIME)
    assert commands == []


def test_an_unknown_word_explains_itself():
    done = subprocess.run(
        [sys.executable, "bootstrap.py", "fly"],
        cwd=bootstrap.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "bootstrap.py demo" in done.stderr
