"""Callers of the API, each with a token, and a scene in which every address has something to answer."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from foundation import clock
from foundation.models import Job
from monitoring.models import Cycle, MonitoringTable
from organisation.models import User
from rectification.models import Task
from rectification.raising import raise_tasks
from reviews import engagements, remarks
from reviews.models import Engagement, Remark
from tests import factories
from tests.reviews import steps

_keys = itertools.count(1)


class Caller(APIClient):
    """Speaks JSON to /api/v1/, with a new Idempotency-Key for every write that brings none."""

    def generic(self, method: str, path: str, *args: Any, **extra: Any) -> Any:
        if not path.startswith("http") and not path.startswith("/"):
            path = f"/api/v1/{path}"
        headers = {"Accept-Language": "en", **(extra.pop("headers", None) or {})}
        if method not in ("GET", "HEAD"):
            headers.setdefault("Idempotency-Key", f"key-of-a-test-{next(_keys)}")
        return super().generic(method, path, *args, headers={k: v for k, v in headers.items() if v}, **extra)


@pytest.fixture
def as_(city: Any) -> Any:
    """as_("clerk") is a caller with the clerk's token; as_("anonymous") one without."""

    def caller(name: str) -> Caller:
        client = Caller()
        client.default_format = "json"
        client.raise_request_exception = True
        if name != "anonymous":
            user = city.people[name] if isinstance(name, str) else name
            token, _made = Token.objects.get_or_create(user=User.objects.get(pk=user.pk))
            client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        return client

    return caller


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    cache.clear()


@dataclass
class Scene:
    """A red table of the road unit at its department, assigned to `auditor`; its remark, its tasks, a job."""

    cycle: Cycle
    table: MonitoringTable
    remark: Remark
    engagement: Engagement
    task: Task
    job: Job


@pytest.fixture
def scene(city: Any) -> Scene:
    table = factories.make_table(city.road_unit, paid="100000.00")
    reason = "The contractor was late; the work has begun and is paid from July on."
    table = steps.explained(factories.fill(table, city.clerk, execution_reason=reason), city.clerk)
    table = steps.submit(table, city.clerk)
    remark = remarks.add(table, cell="problems", text="Why is nothing said here?", by=city.department)
    today = clock.today()
    engagement = engagements.create(
        table.cycle,
        city.institution,
        starts_on=today,
        ends_on=today + timedelta(days=9),
        by=city.people["performance"],
    )
    engagements.add_auditor(engagement, city.auditor, by=city.people["performance"])
    engagements.assign_codes(engagement, [table.project.code], by=city.people["performance"])
    raise_tasks(table.cycle)
    job = Job.objects.create(
        kind="recompute_cycle", key="of-the-scene", actor=city.people["section"], division_id=city.division.pk,
        created_at=clock.now(), state="done", payload={"cycle": 1}, result={"figures": 1},
    )  # fmt: skip
    return Scene(table.cycle, steps.fresh(table), remark, engagement, Task.objects.earliest("pk"), job)
