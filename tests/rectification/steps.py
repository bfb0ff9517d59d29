"""Steps that the tests of rectification share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from threading import Barrier, Thread
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from monitoring.evidence import store
from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from organisation.models import BudgetUnit
from rectification import handling
from rectification.choices import AcceptanceResult
from rectification.handling import Answer
from rectification.models import Task
from rectification.raising import raise_tasks
from tests import factories

PDF = b"%PDF-1.4\n%%EOF\n"


def submitted(unit: BudgetUnit, *, stage: str = Stage.DEPARTMENT, **given: Any) -> MonitoringTable:
    """A table that has left its unit, red for having spent too little."""
    table = factories.make_table(unit, **{"paid": "100000.00", **given})
    MonitoringTable.objects.filter(pk=table.pk).update(stage=stage, digest="d")
    table.refresh_from_db()
    return table


def raised(unit: BudgetUnit, **given: Any) -> Task:
    """A task for low execution (P11) of a new project of the unit."""
    table = submitted(unit, **given)
    raise_tasks(table.cycle)
    return Task.objects.get(project=table.project, problem__in=["P11", "P12"])


def fresh(task: Task) -> Task:
    return Task.objects.select_related("project", "finding__table", "unit").get(pk=task.pk)


def proof(name: str = "proof.pdf") -> Any:
    return store(SimpleUploadedFile(name, PDF + name.encode()))


def answer(**given: Any) -> Answer:
    usual = {
        "measures": "The contractor was summoned and a payment plan agreed upon.",
        "done_on": date(2022, 8, 1),
        "responsible": "Zhang San",
    }
    return Answer(**{**usual, **given})


def walk(task: Task, city: Any, *, to: str, files: tuple[Any, ...] | None = None) -> Task:
    """Signed for, answered with a file, passed on, accepted; as far as asked."""
    people = {"acknowledged": "clerk", "department": "clerk", "bureau": "department", "closed": "performance"}
    for state, person in people.items():
        task, by = fresh(task), city.people[person]
        match state:
            case "acknowledged":
                handling.acknowledge(task, by=by, version=task.version)
            case "department":
                given = answer(files=(proof(),) if files is None else files)
                handling.reply(task, given, by=by, version=task.version)
            case "bureau":
                handling.pass_on(task, by=by, version=task.version, text="Agreed.")
            case "closed":
                handling.accept(task, by=by, version=task.version, result=AcceptanceResult.PASSED)
        if state == to:
            break
    return fresh(task)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; what each gave, or what it raised."""
    results: list[Any] = [None] * len(acts)
    gate = Barrier(len(acts))

    def run(place: int, act: Callable[[], Any]) -> None:
        with suppress(Exception):
            gate.wait(10)
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
