"""The demo city in memory: what the generator builds and the writer writes.

Amounts are whole fen, so that sums are exact and fast; the writer turns them into yuan.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from demo.catalogue.reading import Work
from demo.names import Department, Unit

FEN_PER_WAN = 1_000_000


def fen(amount_wan: str | Decimal) -> int:
    """An amount in 万元 as fen. Raises ValueError when it has parts of a fen."""
    exact = Decimal(amount_wan) * FEN_PER_WAN
    if exact != int(exact):
        raise ValueError(amount_wan)
    return int(exact)


@dataclass(slots=True)
class Line:
    """One source of a project's money."""

    source: str
    initial: int
    opening_reason: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    source: str
    document_no: str
    on: date
    amount: int
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    source: str
    document_no: str
    on: date
    amount: int


@dataclass(slots=True)
class Payment:
    """`voucher_no` is given when all payments of the city stand in order of their dates."""

    project_code: str
    source: str
    on: date
    amount: int
    payee: str
    summary: str
    quota_no: str
    voucher_no: str = ""

    @property
    def is_refund(self) -> bool:
        return self.amount < 0


@dataclass(slots=True)
class Indicator:
    """`phrase` says a quantity in a sentence, with {n} for the number; only quantities have one."""

    level1: str
    level2: str
    name: str
    sign: str
    low: Decimal | None
    high: Decimal | None
    text: str
    unit: str
    accrual: str
    due_on: date | None = None
    weight: Decimal = Decimal(0)
    dropped: bool = False
    phrase: str = ""
    code: str = ""

    def is_due(self, cut_off: date) -> bool:
        """Whether it is asked for in a cycle that ends on this day."""
        return not self.dropped and (self.due_on is None or self.due_on <= cut_off)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a project is meant to run: `june`, `september`, `december` are shares of its adjusted budget paid by then."""

    profile: str
    june: Decimal
    september: Decimal
    december: Decimal


@dataclass(slots=True)
class Project:
    code: str
    year: int
    name: str
    department: Department
    unit: Unit
    work: Work
    kind: str
    nature: str
    klass: str
    starts_on: date
    ends_on: date
    manager: str
    phone: str
    plan: Plan
    key_monitored: bool = False
    secrecy: str = ""
    objective: str = ""
    published: str = ""
    """Key of the published table whose figures it carries, such as "T1"."""
    lines: list[Line] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)

    @property
    def initial(self) -> int:
        return sum(line.initial for line in self.lines)

    def adjusted(self, on: date) -> int:
        """Adjusted budget at the end of that day."""
        return self.initial + sum(change.amount for change in self.adjustments if change.on <= on)

    def paid(self, on: date) -> int:
        """Paid less refunded by the end of that day."""
        return sum(payment.amount for payment in self.payments if payment.on <= on)

    def execution_rate(self, on: date) -> Decimal | None:
        """Paid out of the adjusted budget; None when there is no budget."""
        budget = self.adjusted(on)
        return Decimal(self.paid(on)) / Decimal(budget) if budget else None


@dataclass(slots=True)
class City:
    """`projects` are those the import takes; `secret` the two it must refuse and count."""

    year: int
    departments: list[Department]
    secret_unit: Unit
    projects: list[Project]
    secret: list[Project]
    payments: list[Payment]
    """Of `projects`, in order of their vouchers; a secret project's payments never leave its own system."""
