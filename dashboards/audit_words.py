"""The audit trail in the reader's words: what an action is called, and what differs between before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.models import AuditEvent
from foundation.templatetags.figures import moment
from monitoring.form import parse_address
from monitoring.stages import Stage
from organisation.roles import Role
from projects.choices import FundSource
from rectification.choices import TaskState

ACTIONS: dict[str, str | Promise] = {
    "backups.restored": _("Restored a backup"),
    "people.signed_in": _("Signed in"),
    "people.signed_out": _("Signed out"),
    "people.password_changed": _("Changed the password"),
    "people.password_reset": _("Set a first password"),
    "people.created": _("Created an account"),
    "people.appointed": _("Appointed"),
    "people.appointment_ended": _("Ended an appointment"),
    "people.deactivated": _("Deactivated an account"),
    "people.reactivated": _("Reactivated an account"),
    "projects.budget_imported": _("Imported a budget workbook"),
    "projects.payments_imported": _("Imported payments"),
    "rule_books.drafted": _("Drafted a rule book"),
    "rule_books.published": _("Published a rule book"),
    "cycles.opened": _("Opened a cycle"),
    "cycles.extended": _("Took projects into a cycle"),
    "cycles.window_extended": _("Gave a tier more time"),
    "cycles.closed": _("Closed a cycle"),
    "tables.cells_saved": _("Saved cells"),
    "tables.explained": _("Explained a check"),
    "tables.exported": _("Exported forms"),
    "evidence.attached": _("Attached evidence"),
    "evidence.taken_back": _("Took evidence back"),
    "reviews.submitted": _("Submitted a table"),
    "reviews.confirmed": _("Confirmed as unit head"),
    "reviews.approved": _("Approved a table"),
    "reviews.returned": _("Returned a table"),
    "reviews.withdrawn": _("Withdrew a table"),
    "reviews.objected": _("Objected as third party"),
    "reviews.recalled": _("Took a table back from the third party"),
    "reviews.remarked": _("Remarked on a cell"),
    "reviews.remark_settled": _("Settled a remark"),
    "engagements.created": _("Commissioned an institution"),
    "engagements.period_changed": _("Changed the period of an engagement"),
    "engagements.auditor_added": _("Added an auditor"),
    "engagements.auditor_removed": _("Removed an auditor"),
    "engagements.assigned": _("Assigned tables to a third party"),
    "engagements.sampled": _("Drew a sample"),
    "engagements.released": _("Released a table from a third party"),
    "engagements.ended": _("Ended an engagement"),
    "tasks.raised": _("Raised a rectification task"),
    "tasks.acknowledged": _("Signed for a task"),
    "tasks.replied": _("Replied to a task"),
    "tasks.passed_on": _("Passed a reply on"),
    "tasks.sent_back": _("Sent a reply back"),
    "tasks.accepted": _("Accepted a rectification"),
    "tasks.refused": _("Refused a rectification"),
    "tasks.funds_recorded": _("Recorded a fund action"),
}

# What the commonest values are called; any other shows the name it was recorded under.
FIELDS: dict[str, str | Promise] = {
    "stage": _("Stage"),
    "state": _("State"),
    "role": _("Role"),
    "node": _("Where"),
    "starts_on": _("From"),
    "ends_on": _("Until"),
    "username": _("User name"),
    "name": _("Name"),
    "is_active": _("Account in use"),
    "revision": _("Revision"),
    "score": _("Score"),
    "code": _("Code"),
    "digest": _("Checksum"),
    "project": _("Project"),
    "problem": _("Problem"),
    "complete_due_at": _("Completion due"),
    "reply_due_at": _("Reply due"),
    "amount": _("Amount"),
    "kind": _("Kind"),
    "document_no": _("Document number"),
    "file": _("File"),
    "cell": _("Cell"),
    "text": _("Text"),
    "year": _("Year"),
    "month": _("Last month"),
    "tables": _("Tables"),
    "rule_book": _("Rule book"),
    "auditor": _("Auditor"),
}

_WORDS: dict[str, dict[str, Any]] = {
    "stage": dict(Stage.choices),
    "state": dict(TaskState.choices),
    "role": dict(Role.choices),
    "is_active": {"True": _("yes"), "False": _("no")},
}
_LONGEST = 400
_DIGEST_LENGTH, _DIGEST_SHOWN = 64, 12


@dataclass(frozen=True)
class Change:
    """One thing of an event: its name, and its value before and after; "" where there was none."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def word_of(action: str) -> str:
    """What the action is called; an action without a word shows its own name."""
    return str(ACTIONS.get(action, action))


def changes_of(event: AuditEvent) -> list[Change]:
    """Before and after side by side, one line a value, in the order they were recorded."""
    before, after = dict(_flat(event.before)), dict(_flat(event.after))
    names = list(dict.fromkeys([*before, *after]))
    return [Change(_name(name), before.get(name, ""), after.get(name, "")) for name in names]


def _name(name: str) -> str:
    """A field or a cell of the form as people call it; else the name it was recorded under."""
    if name in FIELDS:
        return str(FIELDS[name])
    address = parse_address(name)
    if address is None:
        return name
    key = str(FundSource(address.key).label) if address.key in FundSource.values else address.key
    return " · ".join(filter(None, (str(address.column.label), key)))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Name and text of each value; nested names joined by a dot."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif value is not None:
        yield name, _said(name, value)


def _said(name: str, value: Any) -> str:
    """A value in the reader's words: a choice by its label, a time in Shanghai, a digest by its beginning."""
    text = ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
    if text in _WORDS.get(name, {}):
        return str(_WORDS[name][text])
    if len(text) == _DIGEST_LENGTH and name == "digest":
        return f"{text[:_DIGEST_SHOWN]}…"
    if name.endswith("_at"):
        try:
            return moment(datetime.fromisoformat(text))
        except ValueError:
            return text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
