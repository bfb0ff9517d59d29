"""Browser libraries kept in static/vendor/, so that an installation needs neither Node nor another server.

    python -m tools.vendor_assets check    the files are those of tools/vendored.json
    python -m tools.vendor_assets fetch    get them anew with npm, after a version in tools/vendored.json changed

tools/vendored.json names each package, its version, licence, the SHA-512 of its archive and of each file kept.
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "static" / "vendor"
MANIFEST = ROOT / "tools" / "vendored.json"
# Maps are not kept; a reference to one would be a 404 in every browser's console.
_MAP_REFERENCE = re.compile(rb"\n?(//|/\*)# sourceMappingURL=[^\n]*")


def main(words: list[str]) -> int:
    if words == ["fetch"]:
        fetch()
    elif words != ["check"]:
        print(__doc__, file=sys.stderr)
        return 2
    faults = check()
    print("\n".join(faults) if faults else f"{len(_kept(read_manifest()))} files as listed.")
    return 1 if faults else 0


def read_manifest() -> list[dict[str, Any]]:
    return json.loads(MANIFEST.read_text())["packages"]


def check() -> list[str]:
    """What differs between static/vendor/ and the manifest, one line each; empty when nothing does."""
    listed = _kept(read_manifest())
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    faults = [f"{name}: not listed" for name in sorted(present - listed.keys())]
    faults += [f"{name}: missing" for name in sorted(listed.keys() - present)]
    for name in sorted(present & listed.keys()):
        if sha512((VENDOR / name).read_bytes()) != listed[name]:
            faults.append(f"{name}: changed")
    return faults


def _kept(packages: list[dict[str, Any]]) -> dict[str, str]:
    """Path below static/vendor/ → SHA-512 in base64."""
    return {
        f"{package['folder']}/{file['as']}": file.get("sha512", "")
        for package in packages
        for file in package["files"]
    }


def fetch() -> None:
    """Download each archive, refuse one whose digest is not the listed one, keep the listed files.

    A digest that is empty in the manifest is filled in: empty it to take a new version on purpose.
    """
    packages = read_manifest()
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            archive = _download(package, Path(folder))
            digest = sha512(archive.read_bytes())
            if package.setdefault("sha512", "") not in ("", digest):
                raise SystemExit(f"{archive.name}: the digest is not the listed one")
            package["sha512"] = digest
            with tarfile.open(archive) as opened:
                for file in package["files"]:
                    member = opened.extractfile(f"package/{file['from']}")
                    content = _MAP_REFERENCE.sub(b"", member.read() if member else b"")
                    target = VENDOR / package["folder"] / file["as"]
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
                    file["sha512"] = sha512(content)
    MANIFEST.write_text(json.dumps({"packages": packages}, indent=2) + "\n")


def _download(package: dict[str, Any], folder: Path) -> Path:
    wanted = f"{package['name']}@{package['version']}"
    command = ["npm", "pack", wanted, "--silent", "--pack-destination", str(folder)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    return folder / name


def sha512(content: bytes) -> str:
    return base64.b64encode(hashlib.sha512(content).digest()).decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
