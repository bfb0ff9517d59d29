"""Loaded by the workers that tests start: lets one pause within a transaction, so that it can be killed there.

A file "pause-NAME" in the services' folder asks for the pause; "paused-NAME" says that it was reached, and what the
transaction had written by then.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from foundation.models import AuditEvent
from monitoring import recompute
from organisation.models import Notification
from rectification import raising
from rectification.models import Task

# Less than idle_in_transaction_session_timeout: a forgotten pause must not end in another error than the test's own.
LONGER_THAN_A_KILL_TAKES = 50


def pausing(
    act: Callable[..., Any], name: str, written: Callable[[Any], dict[str, int]]
) -> Callable[..., Any]:
    """The act, and a pause after it where one is asked for."""

    def act_and_pause(*args: Any, **kwargs: Any) -> Any:
        result = act(*args, **kwargs)
        folder = Path(settings.DATA_DIR)
        if (folder / f"pause-{name}").exists():
            assert connection.in_atomic_block
            unfinished = folder / f"paused-{name}.part"
            unfinished.write_text(json.dumps(written(result)))
            unfinished.rename(folder / f"paused-{name}")
            time.sleep(LONGER_THAN_A_KILL_TAKES)
        return result

    return act_and_pause


def raised_so_far(result: object) -> dict[str, int]:
    return {
        "tasks": Task.objects.count(),
        "notifications": Notification.objects.filter(kind="task_raised").count(),
        "audit": AuditEvent.objects.filter(action="tasks.raised").count(),
    }


# All is written and nothing committed: a decorated function ends with its commit, so the pause goes inside.
recompute.recompute = transaction.atomic(pausing(recompute.recompute.__wrapped__, "recompute", dict))
raising._tell = pausing(raising._tell, "raise-told", raised_so_far)
raising.raise_tasks = transaction.atomic(
    pausing(raising.raise_tasks.__wrapped__, "raise-audited", raised_so_far)
)
