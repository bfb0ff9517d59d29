"""Run as a program on a database of its own: many people click at the same moment; prints what came of it as JSON.

DATABASE_URL names the database (empty). Arguments: clicks, rounds.
"""

import json
import os
import sys
import threading
from collections import Counter


def main(clicks: int, rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps([race(clicks, number) for number in range(rounds)]))


def race(clicks: int, number: int) -> dict[str, object]:
    """Half of the clicks approve, half return; every one is a thread with a connection of its own."""
    from django.db import connection

    from foundation import audit
    from foundation.errors import StalePage
    from monitoring.models import MonitoringTable, Rollup
    from monitoring.rollups import rebuild
    from organisation.models import User
    from reviews import transitions
    from reviews.models import Decision
    from tests.reviews import steps

    unit, people = cast(clicks)
    table = MonitoringTable.objects.get(pk=steps.many_under_review(unit, 1, by=people["clerk"])[0])
    rebuild(table.cycle)
    start, answers = threading.Barrier(clicks), Counter()

    def click(place: int) -> None:
        try:
            user = User.objects.get(username=f"reviewer{place}")
            action = "approve" if place % 2 else "return"
            start.wait()
            transitions.decide(
                table,
                action,
                at="department",
                revision=1,
                digest=table.digest,
                by=user,
                code="R01",
                text="Looked at.",
            )
            answers["moved"] += 1
        except StalePage:
            answers["stale"] += 1
        except Exception as error:
            answers[type(error).__name__] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(place,)) for place in range(clicks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    division = Rollup.objects.get(level="division", cycle=table.cycle)
    return {
        "answers": dict(answers),
        "decisions": Decision.objects.filter(table=table).exclude(action="submit").count(),
        "version": MonitoringTable.objects.get(pk=table.pk).version,
        "chain": audit.verify().whole,
        "left_at_department": division.department_tier,
    }


def cast(clicks: int) -> tuple[object, dict[str, object]]:
    """One unit, its clerk, and as many reviewers of its department as there are clicks; made once."""
    from organisation.models import BudgetUnit, BusinessSection, Department, Division, User
    from organisation.roles import Role
    from tests import factories

    if not User.objects.filter(username="clerk").exists():
        division = Division.objects.create(code="370782", name="诸城市", is_bureau=True)
        section = BusinessSection.objects.create(division=division, code="01", name="经济建设科")
        roads = Department.objects.create(division=division, section=section, code="219", name="市交通运输局")
        unit = BudgetUnit.objects.create(
            division=division, department=roads, code="219001", name="市公路中心"
        )
        factories.make_person("clerk", Role.CLERK, unit)
        for place in range(clicks):
            factories.make_person(f"reviewer{place}", Role.DEPARTMENT, roads)
    return BudgetUnit.objects.get(), {"clerk": User.objects.get(username="clerk")}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
