"""How far a command is, for whoever watches a terminal."""

import sys
from collections.abc import Callable


def bar() -> Callable[[int, int], None] | None:
    """A function to call with (done, total); None where nobody watches."""
    return _show if sys.stderr.isatty() else None


def _show(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done:,} / {total:,}")
    if done == total:
        sys.stderr.write("\n")
