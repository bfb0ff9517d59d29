"""A job that takes its time and leaves one trace, so that a test may kill its worker in the middle."""

import time

from foundation import clock
from foundation.jobs import JobRun, job_kind
from foundation.models import OutboxMessage

KIND = "tests.slow"
TRACE = "tests.trace"


@job_kind(KIND)
def leave_a_trace_slowly(run: JobRun) -> dict[str, int]:
    """payload: steps of a tenth of a second; lingers_in: the attempt that stays a minute in its last transaction."""
    for step in range(run.payload["steps"]):
        time.sleep(0.1)
        run.progress(step + 1, run.payload["steps"])
    with run.finishing() as done:
        OutboxMessage.objects.create(topic=TRACE, key=run.job.key, created_at=clock.now())
        if run.job.attempts == run.payload.get("lingers_in"):
            time.sleep(60)
        done({"attempt": run.job.attempts})
    return {}
