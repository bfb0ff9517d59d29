"""A page asks nobody but us: libraries are those of the manifest, and nothing points outside."""

import re
from pathlib import Path

import pytest

from tools import vendor_assets

ROOT = vendor_assets.ROOT
# Names of XML vocabularies and of schemas are no addresses to fetch from.
NAMES = re.compile(r"http://www\.w3\.org/[\w/.#-]+")
OUTSIDE = re.compile(r"""(?:https?:)?//[a-z0-9-]+\.[a-z]""", re.IGNORECASE)
# A link that a person may follow is not a request of the page.
COMMENT = re.compile(r"/\*.*?\*/|\{#.*?#\}|^\s*//.*?$", re.DOTALL | re.MULTILINE)


def test_vendored_files_are_those_of_the_manifest():
    assert vendor_assets.check() == []


def test_every_vendored_package_brings_its_licence():
    for package in vendor_assets.read_manifest():
        assert package["licence"]
        assert package["version"]
        assert (vendor_assets.VENDOR / package["folder"] / "LICENSE").exists()


def test_a_changed_a_missing_and_an_unlisted_file_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vendor_assets, "VENDOR", tmp_path)
    (tmp_path / "htmx").mkdir()
    (tmp_path / "htmx/htmx.min.js").write_text("changed")
    (tmp_path / "stray.js").write_text("")
    faults = vendor_assets.check()
    assert {"htmx/htmx.min.js: changed", "htmx/LICENSE: missing", "stray.js: not listed"} <= set(faults)


def test_no_page_style_or_script_refers_to_another_server():
    files = [
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("static/css/**/*.css"),
        *ROOT.glob("static/js/**/*.js"),
    ]
    assert files
    for file in files:
        text = COMMENT.sub("", NAMES.sub("", file.read_text()))
        assert not OUTSIDE.search(text), f"{file.relative_to(ROOT)} points to {OUTSIDE.search(text)}"


def test_no_template_holds_inline_script_style_or_handler():
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|\shx-on", re.IGNORECASE
    )
    for file in ROOT.glob("templates/**/*.html"):
        found = inline.search(COMMENT.sub("", file.read_text()))
        assert not found, f"{file.relative_to(ROOT)}: {found}"
