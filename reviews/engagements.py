"""Engagements of third parties: who works for one, what is assigned to it, and how it ends.

An auditor sees what is assigned, while the engagement runs, and nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from foundation import audit, clock
from foundation.errors import BadInput, Fault, RuleError
from monitoring.choices import Light
from monitoring.models import Cycle, MonitoringTable
from monitoring.stages import CycleState, Stage
from organisation.models import Appointment, Institution, User
from organisation.roles import Role
from organisation.scope import scope_of
from reviews.acts import Act, Seen
from reviews.chain import Action
from reviews.models import Assignment, Engagement, EngagementGrant, Sample
from reviews.sampling import Reason, draw
from reviews.transitions import move

GRANT = "audit_engagement"
BATCH = 1000


def may_engage(user: User, division_id: int) -> bool:
    """Whether the person commissions third parties of the division."""
    return division_id in scope_of(user).at(Role.PERFORMANCE)


@transaction.atomic
def create(
    cycle: Cycle, institution: Institution, *, starts_on: date, ends_on: date, contract_no: str = "", by: User
) -> Engagement:
    """Commission an institution for a cycle, from a day to a day (both count).

    Raises PermissionDenied; RuleError "cycle_closed", "no_third_party_tier" or "engaged_already"; BadInput.
    """
    if not may_engage(by, cycle.division_id) or institution.division_id != cycle.division_id:
        raise PermissionDenied
    if cycle.state != CycleState.OPEN:
        raise RuleError("cycle_closed", _("The cycle is closed; its tables stand as they are."))
    if not cycle.third_party_tier:
        raise RuleError("no_third_party_tier", _("This cycle has no third-party tier."))
    _check_dates(starts_on, ends_on)
    if Engagement.objects.filter(cycle=cycle, institution=institution).exists():
        raise RuleError("engaged_already", _("This institution is engaged for the cycle already."))
    engagement = Engagement.objects.create(
        division=cycle.division,
        cycle=cycle,
        institution=institution,
        contract_no=contract_no,
        starts_on=starts_on,
        ends_on=ends_on,
        created_by=by,
        created_at=clock.now(),
    )
    audit.record("engagements.created", engagement, actor=by, after=_described(engagement))
    return engagement


@transaction.atomic
def change_period(engagement: Engagement, *, starts_on: date, ends_on: date, by: User) -> Engagement:
    """Set other days. To end it at once, use end(): this takes nothing back."""
    engagement = _lock(engagement, by)
    _check_dates(starts_on, ends_on)
    before = _described(engagement)
    engagement.starts_on, engagement.ends_on = starts_on, ends_on
    engagement.save(update_fields=["starts_on", "ends_on"])
    audit.record(
        "engagements.period_changed", engagement, actor=by, before=before, after=_described(engagement)
    )
    return engagement


def possible_auditors(engagement: Engagement) -> QuerySet[User]:
    """Active people appointed as auditors at the engagement's institution."""
    appointed = Appointment.objects.in_force().filter(
        role=Role.AUDITOR, institution=engagement.institution_id
    )
    return User.objects.filter(is_active=True, pk__in=appointed.values("user"))


def auditors(engagement: Engagement) -> QuerySet[User]:
    """The people granted on the engagement."""
    granted = EngagementGrant.objects.filter(content_object=engagement, permission__codename=GRANT)
    return User.objects.filter(pk__in=granted.values("user"))


@transaction.atomic
def add_auditor(engagement: Engagement, user: User, *, by: User) -> None:
    """Let a person of the institution work on the engagement.

    Raises PermissionDenied; RuleError "not_of_the_institution" when they hold no appointment there.
    """
    engagement = _lock(engagement, by)
    if not possible_auditors(engagement).filter(pk=user.pk).exists():
        raise RuleError(
            "not_of_the_institution", _("This person is not appointed as an auditor of the institution.")
        )
    assign_perm(GRANT, user, engagement)
    audit.record("engagements.auditor_added", engagement, actor=by, after={"auditor": user.username})


@transaction.atomic
def remove_auditor(engagement: Engagement, user: User, *, by: User) -> None:
    """Take a person off: from the next request on they see nothing of it."""
    engagement = _lock(engagement, by)
    remove_perm(GRANT, user, engagement)
    audit.record("engagements.auditor_removed", engagement, actor=by, before={"auditor": user.username})


@transaction.atomic
def assign_codes(engagement: Engagement, codes: Iterable[str], *, by: User) -> int:
    """Assign by hand, by project codes; returns how many tables were new to the engagement.

    Raises BadInput with every code that is unknown, completed already or assigned elsewhere: all or nothing.
    """
    engagement = _lock(engagement, by)
    codes = list(dict.fromkeys(codes))
    tables = MonitoringTable.objects.visible_to(by).filter(cycle=engagement.cycle, project__code__in=codes)
    found = {table.project.code: table for table in tables.select_related("project")}
    taken = dict(Assignment.objects.filter(table__in=found.values()).values_list("table_id", "engagement_id"))
    faults = [fault for code in codes if (fault := _fault_of_code(code, found.get(code), taken, engagement))]
    if faults or not codes:
        raise BadInput(faults or [Fault("codes", _("Name at least one project code."))])
    new = [table for table in found.values() if table.pk not in taken]
    _assign(engagement, {table.pk: Reason.HAND for table in new}, by)
    audit.record("engagements.assigned", engagement, actor=by, after={"projects": codes})
    return len(new)


@transaction.atomic
def draw_sample(engagement: Engagement, *, percent: int, seed: str = "", by: User) -> Sample:
    """Assign all red tables, all key projects and `percent` % of the rest, drawn with `seed`.

    seed: given or made; kept with the sample. Tables completed or assigned already are left alone.
    Raises PermissionDenied; BadInput for a share that is none.
    """
    engagement = _lock(engagement, by)
    if not 0 <= percent <= 100:
        raise BadInput([Fault("percent", _("The share lies between 0 and 100."))])
    seed = seed.strip() or secrets.token_hex(8)
    free = MonitoringTable.objects.filter(cycle=engagement.cycle, assignments=None).exclude(
        stage=Stage.COMPLETED
    )
    rows = list(
        free.order_by("pk").values_list("pk", "project__code", "project__key_monitored", "figures__composite")
    )
    red: dict[int, str] = {pk: Reason.RED for pk, _code, _key, light in rows if light == Light.RED}
    key: dict[int, str] = {pk: Reason.KEY for pk, _code, key, _light in rows if key and pk not in red}
    rest = {code: pk for pk, code, _key, _light in rows if pk not in red and pk not in key}
    drawn: dict[int, str] = {rest[code]: Reason.RANDOM for code in draw(rest, percent, seed)}
    _assign(engagement, red | key | drawn, by)
    sample = Sample.objects.create(
        engagement=engagement,
        percent=percent,
        seed=seed,
        red=len(red),
        key=len(key),
        population=len(rest),
        drawn=len(drawn),
        drawn_by=by,
        drawn_at=clock.now(),
    )
    after = {"percent": percent, "seed": seed, "red": len(red), "key": len(key), "drawn": len(drawn)}
    audit.record("engagements.sampled", engagement, actor=by, after=after)
    return sample


@transaction.atomic
def release(engagement: Engagement, table: MonitoringTable, *, by: User, text: str) -> None:
    """Take one table out of the engagement; from the third party it goes back to the performance section."""
    engagement = _lock(engagement, by)
    if not Assignment.objects.filter(engagement=engagement, table=table).exists():
        raise RuleError("not_assigned", _("This table is not assigned to the engagement."))
    _release(engagement, [table.pk], by, text)
    audit.record("engagements.released", engagement, actor=by, after={"table": table.public_id}, reason=text)


@transaction.atomic
def end(engagement: Engagement, *, by: User, text: str = "") -> Engagement:
    """End it now: its people see nothing from the next request on, what they have not decided comes back.

    The assignments that were decided stay as a record.
    """
    engagement = _lock(engagement, by)
    before = _described(engagement)
    undecided = Assignment.objects.filter(engagement=engagement).exclude(
        table__decisions__from_stage=Stage.THIRD_PARTY,
        table__decisions__action__in=[Action.APPROVE, Action.OBJECT],
    )
    _release(
        engagement,
        list(undecided.values_list("table_id", flat=True)),
        by,
        text or _("The engagement has ended."),
    )
    EngagementGrant.objects.filter(content_object=engagement).delete()
    engagement.ends_on = max(engagement.starts_on, min(engagement.ends_on, clock.today()))
    engagement.save(update_fields=["ends_on"])
    audit.record(
        "engagements.ended", engagement, actor=by, before=before, after=_described(engagement), reason=text
    )
    return engagement


def _release(engagement: Engagement, table_ids: list[int], by: User, text: str) -> None:
    Assignment.objects.filter(engagement=engagement, table__in=table_ids).delete()
    waiting = MonitoringTable.objects.filter(pk__in=table_ids, stage=Stage.THIRD_PARTY).order_by("pk")
    seen = {table.pk: Seen.now(table) for table in waiting}
    if not seen:
        return
    moved = move(seen, Act.read(Action.RECALL, text=text), by)
    if moved.refused:
        raise moved.refused[0][1]


def _assign(engagement: Engagement, reasons: Mapping[int, str], by: User) -> None:
    """Table id → why. A table that somebody assigned at the same moment is left with them."""
    at = clock.now()
    Assignment.objects.bulk_create(
        [
            Assignment(engagement=engagement, table_id=pk, reason=reason, assigned_by=by, assigned_at=at)
            for pk, reason in reasons.items()
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def _fault_of_code(
    code: str, table: MonitoringTable | None, taken: dict[int, int], engagement: Engagement
) -> Fault | None:
    where = f"codes.{code}"
    if table is None:
        return Fault(where, _("%(code)s has no table in this cycle.") % {"code": code})
    if table.stage == Stage.COMPLETED:
        return Fault(where, _("%(code)s is completed already.") % {"code": code})
    if taken.get(table.pk, engagement.pk) != engagement.pk:
        return Fault(where, _("%(code)s is assigned to another engagement.") % {"code": code})
    return None


def _lock(engagement: Engagement, by: User) -> Engagement:
    """The engagement, locked, for whoever may steer it."""
    locked = Engagement.objects.select_for_update(of=("self",)).select_related(
        "cycle", "institution", "division"
    )
    engagement = locked.get(pk=engagement.pk)
    if not may_engage(by, engagement.division_id):
        raise PermissionDenied
    return engagement


def _check_dates(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise BadInput([Fault("ends_on", _("The end lies before the beginning."))])


def _described(engagement: Engagement) -> dict[str, str]:
    return {
        "institution": str(engagement.institution),
        "cycle": str(engagement.cycle),
        "contract_no": engagement.contract_no,
        "starts_on": engagement.starts_on.isoformat(),
        "ends_on": engagement.ends_on.isoformat(),
    }
