"""Loaded by the workers that tests start: lets one pause within a transaction, so that it can be killed there.

A file "pause-NAME" in the services' folder asks for the pause; "paused-NAME" says that it was reached.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from monitoring import rollups
from rectification import raising

LONGER_THAN_ANY_TEST = 300


def pausing(act: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The act, and a pause after it where one is asked for."""

    def act_and_pause(*args: Any, **kwargs: Any) -> Any:
        result = act(*args, **kwargs)
        folder = Path(settings.DATA_DIR)
        if (folder / f"pause-{name}").exists():
            (folder / f"paused-{name}").touch()
            time.sleep(LONGER_THAN_ANY_TEST)
        return result

    return act_and_pause


# All is written and nothing committed: after the sums of a cycle, after the news of raised tasks.
rollups.rebuild = pausing(rollups.rebuild, "recompute")
raising._tell = pausing(raising._tell, "raise")
