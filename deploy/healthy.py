"""Exit code 0 when this container's process does its work; asked by the container engine.

web: /health/ready answers 200. beat: it wrote its schedule not long ago.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# beat writes every three minutes.
LATE_SECONDS = 600


def web() -> bool:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".*") or "localhost"
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health/ready"
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, headers={"Host": host}), timeout=5
        ) as answer:
            return answer.status == 200
    except (urllib.error.URLError, TimeoutError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return False


def beat() -> bool:
    files = Path(os.environ["DATA_DIR"]).glob("beat-schedule*")
    return any(time.time() - file.stat().st_mtime < LATE_SECONDS for file in files)


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "beat": beat}[sys.argv[1]]() else 1)
