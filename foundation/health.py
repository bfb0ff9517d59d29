"""Is it alive, is it ready, how is it doing: for load balancers, container engines and Prometheus.

None of these needs a sign-in and none tells versions, names or figures of the trade.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily

from foundation import clock
from foundation.models import Job, JobState, OutboxMessage

# A waiting job older than this is late: the worker is down or drowned. Pages still work, so we stay ready.
LATE_JOB_SECONDS = 300
LEAST_FREE_DISK = 0.10

_migrated = False


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 where a request could not be served: no database to write to, or migrations not applied.

    Late jobs and a filling disk are told as warnings with 200: taking the pages away would not help.
    """
    faults, warnings = [], []
    answer: dict[str, Any] = {}
    try:
        _probe_write()
        if not _is_migrated():
            faults.append("migrations")
        else:
            answer["oldest_waiting_job_seconds"] = waiting = oldest_waiting_job_seconds()
            if waiting > LATE_JOB_SECONDS:
                warnings.append("jobs")
    except DatabaseError:
        faults.append("database")
    if _free_disk() < LEAST_FREE_DISK:
        warnings.append("disk")
    answer |= {"ready": not faults, "faults": faults, "warnings": warnings}
    response = JsonResponse(answer, status=503 if faults else 200)
    if faults:
        response["Retry-After"] = "10"
    return response


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, only to the addresses and networks of METRICS_ALLOW."""
    if not _may_measure(request.META.get("REMOTE_ADDR", "")):
        raise Http404
    own = CollectorRegistry()
    own.register(_Figures())
    return HttpResponse(
        generate_latest(_process_registry()) + generate_latest(own), content_type=CONTENT_TYPE_LATEST
    )


def oldest_waiting_job_seconds() -> int:
    """Age of the oldest job nobody has taken, whole seconds, 0 where none waits."""
    oldest = Job.objects.filter(state=JobState.QUEUED).aggregate(at=Min("created_at"))["at"]
    return _age_seconds(oldest)


def _age_seconds(since: datetime | None) -> int:
    return max(int((clock.now() - since).total_seconds()), 0) if since else 0


def _probe_write() -> None:
    """Raise DatabaseError where the database refuses to write. Changes nothing: no row has that key."""
    with transaction.atomic():
        Job.objects.filter(pk=0).update(progress_note="")


def _is_migrated() -> bool:
    """Whether every migration of this code is applied; once true it stays true for this process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _free_disk() -> float:
    """Share of the disk under DATA_DIR that is free, 0 to 1."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    return usage.free / usage.total


def _may_measure(address: str) -> bool:
    try:
        asker = ip_address(address)
    except ValueError:
        return False
    return any(asker in network for network in allowed_networks(settings.METRICS_ALLOW))


def allowed_networks(words: list[str]) -> list[Any]:
    """The networks that METRICS_ALLOW lists. Raises ImproperlyConfigured for what is no address."""
    try:
        return [ip_network(word) for word in words]
    except ValueError as error:
        raise ImproperlyConfigured(f"METRICS_ALLOW: {error}") from error


def _process_registry() -> CollectorRegistry:
    """Request counts of this process, or of all web processes where they share a directory."""
    if not settings.PROMETHEUS_MULTIPROC_DIR:
        return REGISTRY
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared, path=settings.PROMETHEUS_MULTIPROC_DIR)
    return shared


class _Figures:
    """What the database knows, asked at each scrape: the same from every process."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        jobs = GaugeMetricFamily("beacon_jobs", "Jobs by state.", labels=["state"])
        counted = dict(Job.objects.values_list("state").annotate(Count("pk")).order_by())
        for state in JobState.values:
            jobs.add_metric([state], counted.get(state, 0))
        yield jobs
        undelivered = OutboxMessage.objects.filter(delivered_at=None).aggregate(
            n=Count("pk"), at=Min("created_at")
        )
        yield _gauge(
            "beacon_oldest_waiting_job_seconds",
            "Age of the oldest waiting job.",
            oldest_waiting_job_seconds(),
        )
        yield _gauge("beacon_outbox_undelivered", "Messages owed and not delivered.", undelivered["n"])
        yield _gauge(
            "beacon_outbox_oldest_seconds", "Age of the oldest of them.", _age_seconds(undelivered["at"])
        )
        yield _gauge("beacon_disk_free_ratio", "Free share of the disk under DATA_DIR.", _free_disk())


def _gauge(name: str, explanation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, explanation, value=value)
