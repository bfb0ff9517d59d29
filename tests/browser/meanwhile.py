"""What the rest of the city does while the test looks at one table: filled, submitted, reviewed without a browser.

python -m tests.browser.meanwhile fill CODE      everybody fills and submits, but for the project CODE
python -m tests.browser.meanwhile department     the other departments approve what they have
python -m tests.browser.meanwhile section        the other business sections too
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random
from typing import Any


def walk(left_out: str = "") -> Any:
    """The demo's own walk over this bureau's people, with the answers that were generated with its files."""
    from demo.answers import Answers
    from demo.cast import Cast
    from demo.walk import Walk
    from monitoring import books
    from monitoring.models import MonitoringTable
    from organisation.models import Appointment, Department, Division, Institution, User
    from organisation.roles import Role
    from tests.browser.grounds import SEED, TO_IMPORT

    class OthersWalk(Walk):
        def _gets_to(self, table: MonitoringTable, share: float, own_units: Any) -> bool:
            return table.project.code != left_out

    people = {user.username: user for user in User.objects.filter(is_demo=True)}
    posts = Appointment.objects.filter(user__is_demo=True).exclude(
        user__username__in=("department", "section")
    )
    current, former = Institution.objects.order_by("pk")
    cast = Cast(
        Division.objects.get(is_bureau=True),
        current,
        former,
        named=people,
        fillers={each.pk: people[f"filler{each.code}"] for each in Department.objects.order_by("code")},
        reviewers={post.department_id: post.user for post in posts.filter(role=Role.DEPARTMENT)},
        sections={post.section_id: post.user for post in posts.filter(role=Role.SECTION)},
    )
    directory = Path(os.environ["DATA_DIR"]) / TO_IMPORT
    answers = Answers.read(directory / "actuals.csv", directory / "fills.csv")
    return OthersWalk(cast, answers, books.shipped_book(), Random(SEED), print)


def main(what: str, *rest: str) -> None:
    from monitoring.models import Cycle
    from monitoring.stages import Stage

    others, cycle = walk(*rest), Cycle.objects.get()
    if what == "fill":
        others.fill(cycle, share=1.0)
    elif what == "department":
        for department, reviewer in others.cast.reviewers.items():
            others._decide(cycle, Stage.DEPARTMENT, reviewer, 1.0, department=department)
    else:
        for section, reviewer in others.cast.sections.items():
            others._decide(cycle, Stage.SECTION, reviewer, 1.0, section=section)


if __name__ == "__main__":
    import django

    django.setup()
    main(*sys.argv[1:])
