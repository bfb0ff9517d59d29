"""The people of the demo city: the accounts that the README names, and a silent colleague at every desk.

The colleagues cannot sign in; they only sign what the demo has already happened to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from demo.names import person, phone
from organisation.appointments import appoint, deactivate
from organisation.models import BudgetUnit, BusinessSection, Department, Division, Institution, User
from organisation.roles import Role

SINCE = date(2022, 1, 1)
OWN_DEPARTMENT = "市交通运输局"


@dataclass
class Cast:
    """Who plays which part; fillers and reviewers by department, section reviewers by section."""

    division: Division
    institution: Institution
    former_institution: Institution
    named: dict[str, User] = field(default_factory=dict)
    fillers: dict[int, User] = field(default_factory=dict)
    reviewers: dict[int, User] = field(default_factory=dict)
    sections: dict[int, User] = field(default_factory=dict)


def make_cast(division: Division, password: str, *, seed: int) -> Cast:
    """Make and appoint everybody; the clerk's unit and department are those with most projects of theirs."""
    rng = Random(seed)
    institution = Institution.objects.create(
        division=division, name="潍坊诚信会计师事务所有限公司", credit_code="91370700DEMO000017"
    )
    former = Institution.objects.create(
        division=division, name="山东明正绩效评价咨询有限公司", credit_code="91370000DEMO000025"
    )
    cast = Cast(division, institution, former)
    department, other = _departments(division)
    units = list(department.units.order_by("code"))
    section = department.section
    posts = {
        "clerk": (Role.CLERK, units[0]),
        "clerk2": (Role.CLERK, units[-1] if len(units) > 1 else other.units.order_by("code")[0]),
        "head": (Role.HEAD, units[0]),
        "department": (Role.DEPARTMENT, department),
        "department2": (Role.DEPARTMENT, other),
        "section": (Role.SECTION, section),
        "performance": (Role.PERFORMANCE, division),
        "auditor": (Role.AUDITOR, cast.institution),
        "auditor2": (Role.AUDITOR, cast.former_institution),
        "leader": (Role.LEADER, division),
        "sysadmin": (Role.SYSTEM_ADMIN, division),
        "secadmin": (Role.SECURITY_ADMIN, division),
        "auditadmin": (Role.AUDIT_ADMIN, division),
        "former": (Role.CLERK, units[0]),
    }
    for username, (role, node) in posts.items():
        user = _person(username, division, rng, password)
        appoint(user, role, node, by=None, starts_on=SINCE)
        cast.named[username] = user
    deactivate(cast.named["former"], by=None)
    _fill_desks(cast, rng, department, other, section)
    return cast


def _departments(division: Division) -> tuple[Department, Department]:
    """The department where the demo is at home, and another."""
    departments = (
        Department.objects.filter(division=division, units__isnull=False).distinct().order_by("code")
    )
    own = departments.filter(name=OWN_DEPARTMENT).first() or departments[0]
    other = (
        departments.exclude(pk=own.pk).exclude(section=own.section).first()
        or departments.exclude(pk=own.pk)[0]
    )
    return own, other


def _fill_desks(
    cast: Cast, rng: Random, own: Department, other: Department, section: BusinessSection
) -> None:
    division = cast.division
    units = BudgetUnit.objects.filter(division=division).order_by("code")
    by_department: dict[int, list[BudgetUnit]] = {}
    for unit in units:
        by_department.setdefault(unit.department_id, []).append(unit)
    for department in Department.objects.filter(division=division).order_by("code"):
        filler = _person(f"filler{department.code}", division, rng)
        for unit in by_department.get(department.pk, []):
            appoint(filler, Role.CLERK, unit, by=None, starts_on=SINCE)
        cast.fillers[department.pk] = filler
        named = {own.pk: "department", other.pk: "department2"}.get(department.pk)
        cast.reviewers[department.pk] = (
            cast.named[named]
            if named
            else _appointed(f"reviewer{department.code}", Role.DEPARTMENT, department, rng)
        )
    for desk in BusinessSection.objects.filter(division=division).order_by("code"):
        cast.sections[desk.pk] = (
            cast.named["section"]
            if desk.pk == section.pk
            else _appointed(f"section{desk.code}", Role.SECTION, desk, rng)
        )


def _appointed(username: str, role: str, node: Department | BusinessSection, rng: Random) -> User:
    user = _person(username, node.division, rng)
    appoint(user, role, node, by=None, starts_on=SINCE)
    return user


def _person(username: str, division: Division, rng: Random, password: str | None = None) -> User:
    user = User(username=username, name=person(rng), phone=phone(rng), division=division, is_demo=True)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    return user
