"""What stands in a database before a browser test begins: made once, copied for each test file.

    python -m tests.browser.grounds GROUND

empty   migrated, nobody in it
desk    a small city with plain names; many tables of one unit, one for each test of the grid
demo    the demo city in small: both cycles, every state of the loop
young   a bureau before its first import: its organisation and its people, nothing else;
        the files to import lie beside the database
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "beacon.sqlite3"
TO_IMPORT = "to-import"
PASSWORD = "lighthouse-370782"
TABLES_AT_THE_DESK = 26
SEED = 20220630


def environment(directory: Path) -> dict[str, str]:
    """What a process needs to work on the database in `directory`: the settings of somebody who tries Beacon."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "DATA_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory / DATABASE}",
        "DEMO_PASSWORD": PASSWORD,
        "LOG_LEVEL": "WARNING",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def prepared(name: str, shared: Path) -> Path:
    """The directory of a ground, made when it is not there yet; processes of one run make it once."""
    with (shared / "grounds.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _made(name, shared)


def _made(name: str, shared: Path) -> Path:
    ready = shared / f"ground-{name}"
    if ready.exists():
        return ready
    beginning = shared / f"making-{name}"
    shutil.rmtree(beginning, ignore_errors=True)
    if name == "empty":
        beginning.mkdir()
    else:
        shutil.copytree(_made("empty", shared), beginning)
    command = [sys.executable, "-m", "tests.browser.grounds", name]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(beginning), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{name}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return beginning.rename(ready)


def empty() -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def demo() -> None:
    from django.core.management import call_command

    call_command("make_demo", departments=4, projects=24)
    _one_clerk_for_the_department()


def desk() -> None:
    """One unit with many tables, its people and the reviewers above."""
    from organisation.models import BudgetUnit, BusinessSection, Department, Division, Institution
    from organisation.roles import Role
    from tests import factories

    province = Division.objects.create(code="37", name="山东省")
    division = Division.objects.create(code="370782", name="诸城市", parent=province, is_bureau=True)
    section = BusinessSection.objects.create(division=division, code="01", name="经济建设科")
    roads = Department.objects.create(division=division, section=section, code="219", name="市交通运输局")
    unit = BudgetUnit.objects.create(
        division=division, department=roads, code="219001", name="市公路事业发展中心"
    )
    institution = Institution.objects.create(division=division, name="诚信会计师事务所")
    people = {
        "clerk": (Role.CLERK, unit),
        "clerk2": (Role.CLERK, unit),
        "department": (Role.DEPARTMENT, roads),
        "section": (Role.SECTION, section),
        "performance": (Role.PERFORMANCE, division),
        "auditor": (Role.AUDITOR, institution),
        "leader": (Role.LEADER, division),
        "sysadmin": (Role.SYSTEM_ADMIN, division),
        "secadmin": (Role.SECURITY_ADMIN, division),
        "former": (Role.CLERK, unit),
    }
    made = {name: factories.make_person(name, role, node) for name, (role, node) in people.items()}
    for person in made.values():
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    from organisation.appointments import deactivate

    deactivate(made["former"], by=None)
    for number in range(TABLES_AT_THE_DESK):
        factories.make_project(
            unit, name=f"农村公路养护第{number + 1:02d}标段", code=f"37078222T{number + 1:012d}"
        )
    factories.make_cycle(division)


def young() -> None:
    """The bureau on the day it begins: departments, units and people known, no project yet."""
    from demo.cast import make_cast
    from demo.generator import generate
    from demo.writer import control_rows, workbook_rows
    from organisation.models import Division
    from projects import batches
    from projects import import_format as form
    from projects.choices import ImportKind
    from projects.import_template import write_workbook

    directory = Path(os.environ["DATA_DIR"]) / TO_IMPORT
    files = generate(directory, seed=SEED, departments=3, projects=10)
    rows = workbook_rows(files.city)
    organisation = {form.DIVISIONS.key, form.SECTIONS.key, form.DEPARTMENTS.key, form.UNITS.key}
    rows = {key: found if key in organisation else [] for key, found in rows.items()}
    rows[form.CONTROLS.key] = control_rows(rows)
    write_workbook(directory / "organisation.xlsx", rows)
    batches.take_file(directory / "organisation.xlsx", ImportKind.BUDGET)
    make_cast(Division.objects.get(is_bureau=True), PASSWORD, seed=SEED)
    _one_clerk_for_the_department()


def _one_clerk_for_the_department() -> None:
    """So few tables are one or two a unit: the clerk looks after all units of the department, and meets every state."""
    from organisation.appointments import appoint
    from organisation.models import User
    from organisation.roles import Role
    from organisation.scope import scope_of

    clerk, reviewer = (User.objects.get(username=name) for name in ("clerk", "department"))
    department = reviewer.appointments.get().department
    assert department
    for unit in department.units.exclude(pk__in=scope_of(clerk).units):
        appoint(clerk, Role.CLERK, unit, by=None)


if __name__ == "__main__":
    import django

    django.setup()
    {"empty": empty, "demo": demo, "desk": desk, "young": young}[sys.argv[1]]()
