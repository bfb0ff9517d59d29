"""The worker inside `manage.py serve`: one thread looks for work; heavy jobs get a process of their own.

It is the whole of Celery for an office on one machine. What it is told gets lost with the process, what is owed
does not: the rows stand in the database and the next start takes them up.
"""

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections, connection

from foundation import jobs, outbox, waking

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_SWEEPS = 10.0
PAUSE_AFTER_FAILURE_SECONDS = 5.0


class Worker(threading.Thread):
    """Works until stop(). A job in its process is ended with it and taken up again after its lease."""

    def __init__(self) -> None:
        super().__init__(name="jobs", daemon=True)
        self._stopped = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._next_sweep = 0.0

    def stop(self, seconds: float = 5) -> None:
        """Ask for the end and wait for it, at most so long."""
        self._stopped.set()
        waking.nudge.set()
        if self.is_alive():
            self.join(seconds)
        if self._child and self._child.poll() is None:
            self._child.terminate()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                worked = self._look()
            except Exception:
                # A database that restarts, a disk that is full: the next look may go better.
                log.exception("The worker could not look for work.")
                worked = False
                self._stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)
            finally:
                close_old_connections()
            if not worked:
                waking.nudge.wait(SECONDS_BETWEEN_LOOKS)
                waking.nudge.clear()
        connection.close()

    def _look(self) -> bool:
        """Do one thing that waits; whether there was any."""
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + SECONDS_BETWEEN_SWEEPS
            jobs.sweep()
        delivered = outbox.deliver()
        job = jobs.next_free()
        if job is None:
            return delivered > 0
        if jobs.is_heavy(job.kind):
            return self._start_process(job.pk)
        return jobs.run_job(job.pk)

    def _start_process(self, pk: int) -> bool:
        """Let a process of its own do the job, one at a time, so that computing does not slow the pages."""
        if self._child:
            code = self._child.poll()
            if code is None:
                return False
            self._child = None
            if code:
                log.error("The process of a job ended with %s.", code)
                self._stopped.wait(PAUSE_AFTER_FAILURE_SECONDS)
        command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "run_job", str(pk)]
        self._child = subprocess.Popen(command, cwd=settings.BASE_DIR)
        return False
