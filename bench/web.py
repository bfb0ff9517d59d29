"""Pages and a cell save, beside a page that renders the base layout and nothing else, through the same middleware."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

from django.db.models import Count
from django.test import Client
from django.urls import reverse

from bench.dataset import folder, june, september
from bench.measure import Result, in_turn, is_quick, memory_mb, queries_of, rounds_asked
from demo.answers import Answers
from monitoring.bulk_filling import fill_many
from monitoring.models import MonitoringTable
from organisation.models import Appointment, User

BACKEND = "django.contrib.auth.backends.ModelBackend"
EACH = 20


def main() -> None:
    idle = memory_mb()
    chief = signed_in(User.objects.get(username="performance"))
    tables = MonitoringTable.objects.filter(cycle=september())
    sizes = tables.annotate(size=Count("indicators")).order_by("size", "pk")
    small, large = sizes.filter(size__gte=8).first(), sizes.last()
    assert small is not None
    assert large is not None
    clerk = signed_in(filler_of(small))
    many = MonitoringTable.objects.filter(cycle=june()).count()
    queue = reverse("review_queue")
    deep = list(MonitoringTable.objects.filter(cycle=june()).order_by("pk"))[many * 3 // 4]
    pages = [
        ("queue, first page", many, queue, "≤ 5 ×, ≤ 15 statements"),
        ("queue, far down", many, f"{queue}?after={deep.public_id}", "≤ 5 ×, ≤ 15 statements"),
        ("table list", tables.count(), reverse("table_list"), "≤ 5 ×, ≤ 15 statements"),
        ("table page, 12 indicators", small.size, reverse("table_page", args=[small.public_id]),  # type: ignore[attr-defined]
         "≤ 6 ×, ≤ 15 statements"),
        ("table page, largest", large.size, reverse("table_page", args=[large.public_id]),  # type: ignore[attr-defined]
         "≤ 6 ×, ≤ 15 statements"),
    ]  # fmt: skip
    for name, n, address, goal in pages:
        compare(name, n, got(chief, address), got(chief, reverse("bench_base")), goal, idle)
    compare(
        "cell save",
        1,
        saved(clerk, small),
        got(clerk, reverse("bench_base")),
        "≤ 2.5 ×, ≤ 12 statements",
        idle,
    )


def compare(
    name: str, n: int, ours: Callable[[], None], ref: Callable[[], None], goal: str, idle: float
) -> None:
    """Both so many times a round; the figures are of one request."""
    each = 1 if is_quick() else EACH

    def repeated(act: Callable[[], None]) -> Callable[[], None]:
        return lambda: [act() for _ in range(each)] and None

    seconds, theirs, ratio = in_turn(
        repeated(ours), repeated(ref), rounds=rounds_asked(), per=(1 / each, 1 / each)
    )
    Result(
        name, n, seconds, "base page", theirs, ratio, queries_of(ours), None, memory_mb() - idle, goal
    ).emit()


def got(client: Client, address: str) -> Callable[[], None]:
    def act() -> None:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)

    return act


def saved(client: Client, table: MonitoringTable) -> Callable[[], None]:
    """A clerk types a number into a filled table, another one each time."""
    answers = Answers.read(folder() / "actuals.csv", folder() / "fills.csv")
    typed = MonitoringTable.objects.select_related("project", "cycle").get(pk=table.pk)
    fill_many(table.cycle, {table.pk: answers.edits(typed)}, by=filler_of(table))
    row = table.indicators.exclude(actual=None).select_related("indicator").first()
    assert row is not None
    numbers = itertools.count(1)

    def act() -> None:
        edit = {"cell": f"indicator.{row.indicator.code}.actual", "value": f"{next(numbers)}.5"}
        response = client.post(
            reverse("cell_save", args=[table.public_id]),
            json.dumps({"edits": [edit]}),
            content_type="application/json",
        )
        assert response.status_code == 200, response.content
        assert response.json()["results"][0]["state"] == "saved", response.json()["results"]

    return act


def filler_of(table: MonitoringTable) -> User:
    post = Appointment.objects.filter(role="clerk", unit=table.unit_id, user__is_active=True)
    return post.select_related("user").order_by("pk")[0].user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client
