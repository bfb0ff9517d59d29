"""The demo city: deterministic, the same seed gives the same files.

No database: it writes what a bureau's own systems would export, and the import takes it from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

from demo import amounts, indicators, payments, writer
from demo.actuals import Filled, fill
from demo.catalogue.reading import Work, works_of
from demo.city import FEN_PER_WAN, City, Payment, Plan, Project
from demo.names import DIVISION_CODE, SECRET_DEPARTMENT, Department, Unit, all_departments, person, phone
from demo.published import PROJECTS as PUBLISHED
from demo.published import PublishedProject
from demo.published_projects import fill_published
from projects.choices import ProjectKind, ProjectNature
from projects.import_format import CLASS_LETTERS

DEFAULT_SEED = 20220630
DEPARTMENTS, PROJECTS, YEAR = 68, 1060, 2022
PUBLISHED_FROM = 400
"""A city of fewer projects goes without the published tables: they would be most of it."""

KEY_PROJECTS = 0.03
OFFICE_SHARE = 0.34
_LETTER_OF_SHAPE = {"wage": "R", "ops": "Y"}
_AGAIN = (
    "（二期）",
    "（续建）",
    "（第二批）",
    "（提升工程）",
    "（第三批）",
    "（专项）",
    "（配套项目）",
    "（三期）",
)

Progress = Callable[[str], None]


@dataclass(slots=True)
class CityFiles:
    """What `generate` wrote. `counts` tells how much of each; `city` is what the files say."""

    workbook: Path
    payments: Path
    actuals: Path
    fills: Path
    city: City
    filled: list[Filled] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def generate(
    directory: Path | str,
    *,
    seed: int = DEFAULT_SEED,
    departments: int = DEPARTMENTS,
    projects: int = PROJECTS,
    year: int = YEAR,
    progress: Progress = lambda text: None,
) -> CityFiles:
    """Write city.xlsx, payments.csv, actuals.csv and fills.csv into the directory, which is made when missing.

    departments: 1 to 68, the largest ones; projects: at least one for each. Two secret projects and one secret
    department come on top. Raises ValueError for numbers that make no city.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    city = build_city(seed=seed, departments=departments, projects=projects, year=year, progress=progress)
    filled = [fill(_rng(seed, "actuals", project.code), project) for project in city.projects]
    files = CityFiles(
        directory / "city.xlsx",
        directory / "payments.csv",
        directory / "actuals.csv",
        directory / "fills.csv",
        city,
        filled,
    )
    progress("city.xlsx")
    writer.write_city(files.workbook, city)
    progress("payments.csv")
    writer.write_payments(files.payments, city)
    progress("actuals.csv")
    writer.write_actuals(files.actuals, (row for each in filled for row in each.actuals))
    progress("fills.csv")
    writer.write_fills(files.fills, (row for each in filled for row in each.fills))
    files.counts = _count(city)
    return files


def build_city(
    *,
    seed: int = DEFAULT_SEED,
    departments: int = DEPARTMENTS,
    projects: int = PROJECTS,
    year: int = YEAR,
    progress: Progress = lambda text: None,
) -> City:
    """The city in memory, without files."""
    chosen = _choose_departments(departments)
    if not len(chosen) <= projects:
        raise ValueError("projects")
    builder = _Builder(seed, year)
    progress("projects")
    published = PUBLISHED if projects >= PUBLISHED_FROM and departments == DEPARTMENTS else ()
    many = _share_projects(chosen, projects - len(published))
    for department, number in zip(chosen, many, strict=True):
        builder.add_department(department, number)
    for line in published:
        builder.add_published(line, next(each for each in chosen if each.name == line.department))
    _mark_key_projects(builder.projects, builder.rng("key"))
    secret_unit = Unit(f"{SECRET_DEPARTMENT[0]}001", f"{SECRET_DEPARTMENT[1]}本级", ("office",))
    secret = [builder.add_secret_of_department(secret_unit), builder.add_marked_secret(chosen)]
    progress("payments")
    return City(year, chosen, secret_unit, builder.projects, secret, number_vouchers(builder.projects, year))


def _rng(seed: int, *parts: str) -> Random:
    """An own stream for each part, so that a change in one leaves the others as they were."""
    return Random(":".join((str(seed), *parts)))


def _choose_departments(many: int) -> list[Department]:
    found = all_departments()
    if not 1 <= many <= len(found):
        raise ValueError("departments")
    largest = sorted(found, key=lambda department: (-department.weight, department.code))[:many]
    return sorted(largest, key=lambda department: department.code)


def _share_projects(departments: Sequence[Department], projects: int) -> list[int]:
    """Projects of each department, by its weight, one at least; they add up exactly."""
    total = sum(department.weight for department in departments)
    exact = [projects * department.weight / total for department in departments]
    many = [max(1, int(share)) for share in exact]
    by_rest = sorted(range(len(many)), key=lambda index: (int(exact[index]) - exact[index], index))
    step = 0
    while sum(many) != projects:
        index = by_rest[step % len(by_rest)]
        if sum(many) < projects:
            many[index] += 1
        elif many[index] > 1:
            many[index] -= 1
        step += 1
    return many


class _Builder:
    """Adds projects one after the other and keeps what must be unique among them."""

    def __init__(self, seed: int, year: int) -> None:
        self.seed, self.year = seed, year
        self.documents = amounts.Documents(year)
        self.projects: list[Project] = []
        self.names: set[tuple[str, str]] = set()
        self.serial = 10_000_000
        self.paces: list[str] = []

    def rng(self, *parts: str) -> Random:
        return _rng(self.seed, *parts)

    def add_department(self, department: Department, many: int) -> None:
        """`many` projects over the department's units: each unit has one when there are enough."""
        rng = self.rng("department", department.code)
        units = list(department.units)
        rest = rng.choices(units, [len(units) * 0.8, *(1.0 for _ in units[1:])], k=max(many - len(units), 0))
        for unit in sorted([*units[:many], *rest], key=lambda unit: unit.code):
            self._add(department, unit)

    def _add(self, department: Department, unit: Unit) -> None:
        rng = self.rng("project", unit.code, str(self.serial))
        work, name = self._choose_work(rng, department, unit)
        plan = payments.draw_plan(rng, self._next_pace(work.shape), work.shape)
        project = self._new(rng, department, unit, work, name, plan, _LETTER_OF_SHAPE.get(work.shape, "T"))
        scale = 1.0 if unit is department.units[0] else 0.6
        project.lines = amounts.split_lines(rng, amounts.draw_budget(rng, work, scale), work, unit.name)
        self._run(rng, project)

    def _next_pace(self, shape: str) -> str:
        """The next of fifty paces, shuffled anew for every fifty projects: each department gets its share of each.

        Wages are paid in time; their place among the slow is taken by the next project of another kind.
        """
        if not self.paces:
            self.paces = list(payments.PACES)
            self.rng("paces", str(len(self.projects))).shuffle(self.paces)
        if shape == "wage" and "good" in self.paces:
            self.paces.remove("good")
            return "good"
        return self.paces.pop()

    def _choose_work(self, rng: Random, department: Department, unit: Unit) -> tuple[Work, str]:
        """A work that fits the unit and whose name is new in the department."""
        prefix = "" if unit is department.units[0] else unit.name
        office = rng.random() < OFFICE_SHARE
        pools = [works_of(each) for each in unit.fields if (each == "office") == office]
        pool = [work for works in pools for work in works] or list(works_of("office"))
        if prefix and not office and "campus" not in unit.fields and "clinic" not in unit.fields:
            pool = [work for work in pool if _related(unit.name, work)] or list(works_of("office"))
        rng.shuffle(pool)
        for again in ("", *_AGAIN):
            for work in pool:
                name = f"{prefix}{work.name}{again}"
                if (department.code, name) not in self.names:
                    self.names.add((department.code, name))
                    return work, name
        raise ValueError(f"{unit.name}: no work is left to invent")

    def _new(
        self, rng: Random, department: Department, unit: Unit, work: Work, name: str, plan: Plan, letter: str
    ) -> Project:
        self.serial += rng.randint(1, 37)
        recurrent = letter != "T" or work.shape in ("subsidy", "service", "ops")
        kind = (
            ProjectKind.RECURRENT if recurrent else rng.choice((ProjectKind.ONE_OFF, ProjectKind.CONTINUING))
        )
        nature = (
            ProjectNature.NEW
            if kind == ProjectKind.ONE_OFF or rng.random() < 0.06
            else ProjectNature.CONTINUED
        )
        started = self.year if nature == ProjectNature.NEW else self.year - rng.choice((0, 0, 1, 2))
        starts_on = date(started, 1, 1) if recurrent else date(started, rng.randint(1, 5), 1)
        ends_on = date(self.year, 12, 31)
        if kind == ProjectKind.CONTINUING and rng.random() < 0.4:
            ends_on = date(self.year + rng.choice((1, 2)), 12, 31)
        elif kind == ProjectKind.ONE_OFF and rng.random() < 0.2:
            ends_on = amounts.month_end(self.year, rng.choice((6, 9, 10, 11)))
        return Project(
            code=f"{DIVISION_CODE}{started % 100:02d}{letter}{self.serial:012d}",
            year=self.year,
            name=name,
            department=department,
            unit=unit,
            work=work,
            kind=str(kind),
            nature=str(nature),
            klass=str(CLASS_LETTERS[letter]),
            starts_on=starts_on,
            ends_on=ends_on,
            manager=person(rng),
            phone=phone(rng),
            plan=plan,
        )

    def _run(self, rng: Random, project: Project, *, accepted: bool = True) -> None:
        """Let the project's year happen: adjustments, payments, receipts, indicators, objective."""
        amounts.adjust(rng, project, self.documents)
        payments.pay(rng, project)
        self._finish(rng, project, accepted=accepted)

    def _finish(self, rng: Random, project: Project, *, accepted: bool = True) -> None:
        amounts.receive(rng, project, self.documents)
        payments.name_quotas(project)
        if not project.indicators:
            project.indicators = indicators.build(rng, project, self.serial % 1_000_000)
        project.objective = project.objective or indicators.objective(rng, project)
        if accepted:
            self.projects.append(project)

    def add_published(self, line: PublishedProject, department: Department) -> None:
        rng = self.rng("published", line.name)
        field_name, work_name = line.work_like
        work = next(work for work in works_of(field_name) if work.name == work_name)
        plan = payments.draw_plan(rng, "good" if rng.random() < 0.7 else "slow", work.shape)
        project = self._new(rng, department, department.units[0], work, line.name, plan, line.klass)
        fill_published(rng, project, line, self.documents)
        self._finish(rng, project)

    def add_secret_of_department(self, unit: Unit) -> Project:
        """A project of the secret department; it carries no mark of its own."""
        code, name, section = SECRET_DEPARTMENT
        department = Department(code, name, section, ("office",), 1, (unit,))
        return self._secret(department, unit, "专项业务经费", "")

    def add_marked_secret(self, departments: Sequence[Department]) -> Project:
        """A project with a secrecy mark in a department that is not secret."""
        department = next((each for each in departments if "police" in each.fields), departments[0])
        return self._secret(department, department.units[0], "专项工作经费（二）", "秘密")

    def _secret(self, department: Department, unit: Unit, name: str, secrecy: str) -> Project:
        rng = self.rng("secret", department.code)
        work = works_of("office")[2]
        plan = Plan("steady", Decimal("0.5"), Decimal("0.75"), Decimal(1))
        project = self._new(rng, department, unit, work, name, plan, "T")
        project.secrecy = secrecy
        project.lines = amounts.split_lines(rng, 30 * FEN_PER_WAN, work, unit.name)
        self._run(rng, project, accepted=False)
        project.payments = []
        return project


def _related(unit_name: str, work: Work) -> bool:
    """Whether a unit's name and a work speak of the same thing: two characters in a row in common."""
    words = unit_name.removeprefix("市").replace("服务", "|").replace("中心", "|").replace("管理", "|")
    pairs = {
        words[index : index + 2] for index in range(len(words) - 1) if "|" not in words[index : index + 2]
    }
    return any(pair in work.name or pair in work.aim for pair in pairs)


def _mark_key_projects(projects: Sequence[Project], rng: Random) -> None:
    """Key monitoring: the largest, and some others that the bureau looks at."""
    many = max(1, round(len(projects) * KEY_PROJECTS))
    largest = sorted(projects, key=lambda project: (-project.initial, project.code))[:many]
    others = rng.sample(list(projects), min(many, len(projects)))
    for project in (*largest, *others):
        project.key_monitored = True


def number_vouchers(projects: Sequence[Project], year: int) -> list[Payment]:
    """All payments in the order of their days, each with its voucher number of the city's treasury."""
    found = [payment for project in projects for payment in project.payments]
    found.sort(key=lambda payment: (payment.on, payment.project_code, payment.source, -payment.amount))
    for number, payment in enumerate(found, start=1):
        payment.voucher_no = f"{year}{payment.on.month:02d}{number:06d}"
    return found


def _count(city: City) -> dict[str, int]:
    return {
        "departments": len(city.departments),
        "units": sum(len(department.units) for department in city.departments),
        "projects": len(city.projects),
        "secret": len(city.secret),
        "lines": sum(len(project.lines) for project in city.projects),
        "adjustments": sum(len(project.adjustments) for project in city.projects),
        "receipts": sum(len(project.receipts) for project in city.projects),
        "indicators": sum(len(project.indicators) for project in city.projects),
        "payments": len(city.payments),
        "refunds": sum(payment.is_refund for payment in city.payments),
    }
