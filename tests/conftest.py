"""The cast: one small city whose people every test may call by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from organisation.appointments import deactivate
from organisation.models import BudgetUnit, BusinessSection, Department, Division, Institution, User
from organisation.roles import Role
from tests import append_only, factories  # noqa: F401


@dataclass
class City:
    """Zhucheng in small: two departments, three units, everybody who plays a part."""

    division: Division
    section: BusinessSection
    roads: Department
    schools: Department
    road_unit: BudgetUnit
    bridge_unit: BudgetUnit
    school_unit: BudgetUnit
    institution: Institution
    people: dict[str, User]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["people"][name]
        except KeyError as error:
            raise AttributeError(name) from error


@pytest.fixture
def city(db: None) -> City:
    """division → section → departments `roads`, `schools` → units; people: clerk (road unit), clerk2 (bridge unit),
    clerk3 (school unit), head, department (roads), department2 (schools), section, performance, performance2,
    leader, auditor, auditor2, sysadmin, secadmin, auditadmin, former (deactivated)."""
    province = Division.objects.create(code="37", name="山东省")
    division = Division.objects.create(code="370782", name="诸城市", parent=province, is_bureau=True)
    section = BusinessSection.objects.create(division=division, code="01", name="经济建设科")
    roads = Department.objects.create(division=division, section=section, code="219", name="市交通运输局")
    schools = Department.objects.create(division=division, section=section, code="105", name="市教育和体育局")
    road_unit = BudgetUnit.objects.create(
        division=division, department=roads, code="219001", name="市公路中心"
    )
    bridge_unit = BudgetUnit.objects.create(
        division=division, department=roads, code="219002", name="市桥梁所"
    )
    school_unit = BudgetUnit.objects.create(
        division=division, department=schools, code="105001", name="市第一中学"
    )
    institution = Institution.objects.create(division=division, name="诚信会计师事务所")
    cast = {
        "clerk": (Role.CLERK, road_unit),
        "clerk2": (Role.CLERK, bridge_unit),
        "clerk3": (Role.CLERK, school_unit),
        "head": (Role.HEAD, road_unit),
        "department": (Role.DEPARTMENT, roads),
        "department2": (Role.DEPARTMENT, schools),
        "section": (Role.SECTION, section),
        "performance": (Role.PERFORMANCE, division),
        "performance2": (Role.PERFORMANCE, division),
        "leader": (Role.LEADER, division),
        "auditor": (Role.AUDITOR, institution),
        "auditor2": (Role.AUDITOR, institution),
        "sysadmin": (Role.SYSTEM_ADMIN, division),
        "secadmin": (Role.SECURITY_ADMIN, division),
        "auditadmin": (Role.AUDIT_ADMIN, division),
        "former": (Role.CLERK, road_unit),
    }
    people = {name: factories.make_person(name, role, node) for name, (role, node) in cast.items()}
    deactivate(people["former"], by=None)
    return City(
        division, section, roads, schools, road_unit, bridge_unit, school_unit, institution,
        {name: User.objects.get(pk=user.pk) for name, user in people.items()},
    )  # fmt: skip


@pytest.fixture
def table(city: City) -> Any:
    """A table of the road unit, filled by the system only."""
    return factories.make_table(city.road_unit)


@pytest.fixture
def filled_table(city: City, table: Any) -> Any:
    """The same, filled by its clerk so that it may be submitted."""
    return factories.fill(table, city.clerk)


def sign_in(client: Any, user: User) -> Any:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
