"""Why a warning may stand: what the unit says of a finding, shown to every reviewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _

from foundation import audit
from foundation.errors import BadInput, Fault
from monitoring.models import Explanation
from monitoring.tables import Assessed
from organisation.models import User

EXPLAIN = "explain:"
_LEAST = 4
_LONGEST = 1000


@dataclass(frozen=True)
class GivenExplanation:
    """What somebody wrote about a finding; `key` is "L29:indicator.K1.actual". An empty text takes it back."""

    check: str
    cell: str
    text: str

    @property
    def key(self) -> str:
        return f"{self.check}:{self.cell}"

    @property
    def address(self) -> str:
        """What a page calls it among the cells."""
        return f"{EXPLAIN}{self.key}"

    def refusal(self, message: str) -> BadInput:
        """What its author is told when it cannot be kept."""
        return BadInput([Fault(f"explanation.{self.check}.{self.cell}", message)])


class ExplanationChanges:
    """Explanations of one table's findings, taken one by one and written together."""

    def __init__(self, assessed: Assessed, by: User, at: datetime) -> None:
        self.assessed, self.by, self.at = assessed, by, at
        self._asked = {(each.check_id, each.cell) for each in assessed.findings if each.needs_explanation}
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}
        self.kept: list[Explanation] = []
        self.taken_back: list[GivenExplanation] = []

    def take(self, given: GivenExplanation) -> str:
        """The text as it stands now. Raises BadInput when it says too little, or nothing asks for it."""
        text = given.text.strip()[:_LONGEST]
        explanations = self.assessed.explanations
        old = explanations.get((given.check, given.cell), "")
        if text and len(text) < _LEAST:
            raise given.refusal(_("Write at least %(n)s characters.") % {"n": _LEAST})
        if text and (given.check, given.cell) not in self._asked:
            raise given.refusal(
                _("The check %(check)s asks for no explanation here.") % {"check": given.check[:4]}
            )
        if text == old:
            return old
        name = f"{given.check} {given.cell}"
        self.before.setdefault(name, old)
        self.after[name] = text
        if text:
            explanations[given.check, given.cell] = text
            self.kept.append(self._row(given, text))
        else:
            del explanations[given.check, given.cell]
            self.taken_back.append(given)
        self.assessed.count()
        return text

    def _row(self, given: GivenExplanation, text: str) -> Explanation:
        return Explanation(
            table=self.assessed.table,
            check_id=given.check,
            cell=given.cell,
            text=text,
            by=self.by,
            at=self.at,
        )

    def entry(self) -> audit.Entry:
        """The line in the audit trail."""
        table = self.assessed.table
        return audit.Entry(
            action="tables.explained",
            target=table,
            actor=self.by,
            before=self.before,
            after=self.after,
            division_id=table.division_id,
        )


def write_explanations(changes: Iterable[ExplanationChanges]) -> None:
    """Keep what was taken, for one table or many: a later text of the same finding replaces the earlier one."""
    changes = list(changes)
    Explanation.objects.bulk_create(
        [row for change in changes for row in change.kept],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["table", "check_id", "cell"],
        update_fields=["text", "by", "at"],
    )
    taken_back = [
        Q(table=change.assessed.table, check_id=given.check, cell=given.cell)
        for change in changes
        for given in change.taken_back
    ]
    if taken_back:
        Explanation.objects.filter(reduce(or_, taken_back)).delete()
