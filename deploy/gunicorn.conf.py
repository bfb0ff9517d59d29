"""What gunicorn cannot be told in words: a web process that ended takes its figures out of /metrics."""

from typing import Any

from prometheus_client import multiprocess


def child_exit(server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)
