"""A bureau of its own for a test file: a copy of a ground, served by `manage.py serve` with its worker inside."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.browser.grounds import ROOT, TO_IMPORT, environment

SECONDS_TO_START = 60


@dataclass
class Bureau:
    """url ends without a slash. log holds what the server said."""

    url: str
    directory: Path
    log: Path

    def file(self, name: str) -> Path:
        """A file that the ground laid beside its database."""
        return self.directory / TO_IMPORT / name

    def run(self, *words: str) -> str:
        """Carry out `python -m …` on this bureau's database, beside the server."""
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT, env=environment(self.directory), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def complaints(self) -> list[str]:
        """What the server logged as broken: errors, and tracebacks other than those of a refusal it warns of."""
        lines = self.log.read_text().splitlines()
        return [
            line
            for before, line in pairwise(["", *lines])
            if " ERROR " in line or ("Traceback" in line and " WARNING " not in before)
        ]


@contextmanager
def serving(ground: Path, directory: Path) -> Iterator[Bureau]:
    """The ground copied to `directory` and served on a free port until the block ends."""
    shutil.copytree(ground, directory, dirs_exist_ok=True)
    log = directory / "server.log"
    command = [sys.executable, "manage.py", "serve", "--port", "0"]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(directory), stdout=out, stderr=subprocess.STDOUT
        )
        try:
            yield Bureau(_address(process, log), directory, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"ready: (http://\S+?)/ ", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")
