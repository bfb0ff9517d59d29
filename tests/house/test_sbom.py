"""The bill of materials names whatever an installation consists of, and can be held against the files themselves."""

import base64
import json
import re

import pytest
from cyclonedx.model.bom import Bom

from tools import sbom, vendor_assets


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    file = tmp_path_factory.mktemp("sbom") / "beacon.cdx.json"
    assert sbom.main(["--output", str(file)]) == 0
    return json.loads(file.read_text(encoding="utf-8"))


def test_every_locked_package_stands_in_the_bill_with_the_hashes_of_the_lock(bill):
    lock = sbom.LOCK.read_text()
    stand = {c["bom-ref"]: c for c in bill["components"] if c["purl"].startswith("pkg:pypi/")}
    pinned = re.findall(r"^([a-z0-9.-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    assert set(stand) == {f"pkg:pypi/{name}@{version}" for name, version in pinned}
    hashes = {each["content"] for c in stand.values() for each in c["hashes"]}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    assert all(c["hashes"] for c in stand.values())


def test_every_browser_library_stands_in_the_bill_with_the_hash_of_its_archive(bill):
    stand = {c["name"]: c for c in bill["components"] if c["purl"].startswith("pkg:npm/")}
    manifest = vendor_assets.read_manifest()
    assert set(stand) == {package["name"] for package in manifest}
    for package in manifest:
        (hashed,) = stand[package["name"]]["hashes"]
        assert (hashed["alg"], bytes.fromhex(hashed["content"])) == (
            "SHA-512",
            base64.b64decode(package["sha512"]),
        )
        assert stand[package["name"]]["version"] == package["version"]


def test_every_installed_component_says_its_licence(bill):
    unknown = {c["name"] for c in bill["components"] if not c.get("licenses")}
    # Needed by Python 3.11.0 to 3.11.2 only.
    assert unknown <= {"async-timeout"}


def test_the_bill_is_cyclonedx_and_the_application_depends_on_all_of_it(bill):
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert len(Bom.from_json(bill).components) == len(bill["components"])
    whole = next(each for each in bill["dependencies"] if each["ref"] == "beacon")
    assert set(whole["dependsOn"]) == {c["bom-ref"] for c in bill["components"]}


def test_the_same_parts_have_the_same_number_and_other_parts_another(bill, monkeypatch, tmp_path):
    def number():
        file = tmp_path / "again.json"
        sbom.main(["--output", str(file)])
        return json.loads(file.read_text(encoding="utf-8"))["serialNumber"]

    assert number() == bill["serialNumber"]
    fewer = tmp_path / "requirements.lock"
    fewer.write_text(sbom.LOCK.read_text().partition("\nargon2")[0] + "\n")
    monkeypatch.setattr(sbom, "LOCK", fewer)
    assert number() != bill["serialNumber"]
