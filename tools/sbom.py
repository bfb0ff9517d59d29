"""What an installation consists of, as a CycloneDX bill of materials (JSON).

    python -m tools.sbom [--output FILE]

Names each package of requirements.lock with its version, hashes and licence, and each vendored browser library of
tools/vendored.json. A licence is what the installed package says of itself; a package that only another system
needs stands there without one.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import sys
import uuid
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools import vendor_assets

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
# name==version ; marker \ --hash=sha256:… \ --hash=sha256:…
_PIN = re.compile(r"^([a-z0-9.-]+)==([^\s;\\]+)([^\n]*(?:\n {4}[^\n]*)*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CLASSIFIER = "License :: OSI Approved :: "
# Some packages put the whole text where its name belongs.
_LONGEST_NAME = 60


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="sbom", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, help="a file; without it, standard output")
    asked = parser.parse_args(words)
    components = sorted(
        [*packages(LOCK.read_text()), *browser_libraries()], key=lambda each: each.bom_ref.value or ""
    )
    text = bill(components)
    if asked.output:
        asked.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


def bill(components: list[Component]) -> str:
    """The document. Its serial number follows from its content: the same number, the same parts."""
    bom = Bom(components=components)
    bom.metadata.component = Component(type=ComponentType.APPLICATION, name="beacon", bom_ref="beacon")
    bom.register_dependency(bom.metadata.component, components)
    content = "\n".join(
        f"{each.bom_ref.value} {sorted(str(one) for one in each.hashes)}" for each in components
    )
    bom.serial_number = uuid.UUID(bytes=hashlib.sha256(content.encode()).digest()[:16], version=4)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def packages(lock: str) -> Iterator[Component]:
    """One component for each pin of a lock; on whatever system it would be installed."""
    for name, version, rest in _PIN.findall(lock):
        purl = PackageURL("pypi", name=name, version=version)
        yield Component(
            type=ComponentType.LIBRARY,
            name=name,
            version=version,
            purl=purl,
            bom_ref=purl.to_string(),
            licenses=[licence] if (licence := _licence_of(name)) else None,
            # A version has one archive for each system; any of them may have been installed.
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in _HASH.findall(rest)],
        )


def browser_libraries() -> Iterator[Component]:
    """One component for each package of the manifest of static/vendor/."""
    for package in vendor_assets.read_manifest():
        purl = PackageURL("npm", name=package["name"], version=package["version"])
        digest = base64.b64decode(package["sha512"]).hex()
        yield Component(
            type=ComponentType.LIBRARY,
            name=package["name"],
            version=package["version"],
            purl=purl,
            bom_ref=purl.to_string(),
            licenses=[LicenseFactory().make_from_string(package["licence"])],
            hashes=[HashType(alg=HashAlgorithm.SHA_512, content=digest)],
        )


def _licence_of(name: str) -> Any:
    """As an SPDX expression where the package gives one, else in its own words; None where it is not installed."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    words = next((told[field] for field in ("License-Expression", "License") if field in told), "")
    if not 0 < len(words) <= _LONGEST_NAME:
        classes = [each for each in told.get_all("Classifier") or [] if each.startswith(_CLASSIFIER)]
        words = " OR ".join(each.removeprefix(_CLASSIFIER) for each in classes) or words[:_LONGEST_NAME]
    return LicenseFactory().make_from_string(words) if words else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
