"""Money of a project before anything is paid: budget, sources, adjustments, receipts. All in fen."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from math import exp
from random import Random

from demo.catalogue.reading import Work
from demo.city import FEN_PER_WAN, Adjustment, Line, Payment, Project, Receipt
from projects.choices import AdjustmentKind, FundSource

FEN_PER_YUAN = 100
SPREAD = 0.62
"""Standard deviation of the logarithm of a budget around what is usual for its work."""

ADJUSTED_SHARE = 0.24
STARTS_AT_ZERO_SHARE = 0.012
LATE_RECEIPT_SHARE = 0.015
MOST_LINES = 4

# Sources beside the general public budget: shape → (source, how often), more where the shape makes it likely.
_ALWAYS = ((FundSource.TRANSFER, 0.30), (FundSource.CARRYOVER, 0.22), (FundSource.OTHER, 0.05))
_BY_SHAPE = {
    "build": ((FundSource.GOVFUND, 0.34), (FundSource.OTHER, 0.12), (FundSource.SOE, 0.03)),
    "service": ((FundSource.GOVFUND, 0.14),),
    "buy": ((FundSource.OWN, 0.12),),
    "subsidy": ((FundSource.TRANSFER, 0.35), (FundSource.SOE, 0.03)),
    "ops": ((FundSource.SPECIAL, 0.10), (FundSource.OWN, 0.14)),
    "train": ((FundSource.SPECIAL, 0.12),),
}
_BY_UNIT_WORD = (("学校", FundSource.SPECIAL), ("中学", FundSource.SPECIAL), ("院", FundSource.OWN))

_ADDED = (
    "上级下达专项转移支付资金，相应追加预算",
    "落实市政府常务会议议定事项，追加工作经费",
    "年度任务量增加，经批准追加预算",
    "中央和省级直达资金下达，按规定分解至项目",
    "应对突发情况新增支出，动用预备费安排",
    "配套资金政策调整，补足本级应承担部分",
    "上级提前下达任务，补充安排建设资金",
)
_REDUCED = (
    "落实过紧日子要求，压减一般性支出",
    "招标节约资金，核减项目预算",
    "实施内容调整，部分任务取消，相应追减预算",
    "补助对象经核查减少，据实核减",
    "项目分年实施，核减当年预算",
)
_MOVED = (
    "部门内部项目间调剂，优先保障重点支出",
    "按实际支出需要在资金来源间调剂",
    "统筹整合同类资金，调剂用于急需支出",
)
_RECOVERED = (
    "根据上半年绩效运行监控结果，收回预计难以支出的资金",
    "绩效监控发现项目进展缓慢，收回部分资金统筹使用",
    "项目暂不具备实施条件，按监控整改意见收回预算",
)
_CARRIED = (
    "上年结转资金经批准继续使用",
    "上年未完成支付的合同尾款结转使用",
    "上级资金结转，按原用途继续使用",
)
_OPENING = (
    "按上年实际任务量测算安排",
    "按合同约定当年应付部分安排",
    "按零基预算原则据实核定",
    "按项目库评审金额安排",
)


def draw_budget(rng: Random, work: Work, scale: float) -> int:
    """A year's budget, fen, around the usual size of the work; round the way budgets are."""
    wan = float(work.size_wan) * scale * exp(rng.gauss(0, SPREAD))
    return _rounded(rng, max(wan, 1.2), exact=work.shape == "wage")


def _rounded(rng: Random, wan: float, *, exact: bool) -> int:
    """Wages come to the fen, other budgets to a round figure."""
    if exact or rng.random() < 0.06:
        return round(wan * FEN_PER_WAN)
    steps = (
        (0.01, 0.1, 0.5)
        if wan < 30
        else (0.1, 1, 5)
        if wan < 300
        else (1, 5, 10)
        if wan < 3000
        else (10, 50, 100)
    )
    step = rng.choice(steps)
    return max(round(wan / step), 1) * round(step * FEN_PER_WAN)


def split_lines(rng: Random, total: int, work: Work, unit_name: str) -> list[Line]:
    """One to four sources that add up to `total`; the general public budget nearly always leads."""
    chances = dict(_ALWAYS)
    for source, chance in _BY_SHAPE.get(work.shape, ()):
        chances[source] = max(chances.get(source, 0), chance)
    for word, source in _BY_UNIT_WORD:
        if word in unit_name:
            chances[source] = max(chances.get(source, 0), 0.25)
    others = [source for source, chance in chances.items() if rng.random() < chance][:3]
    sources = [FundSource.GENERAL, *others] if rng.random() < 0.93 or not others else others
    shares = [rng.uniform(0.6, 2.2) if index == 0 else rng.uniform(0.1, 0.9) for index in range(len(sources))]
    step = 100 * FEN_PER_YUAN if total > 5 * FEN_PER_WAN else FEN_PER_YUAN
    amounts = [round(total * share / sum(shares)) // step * step for share in shares[1:]]
    lines = [Line(str(sources[0]), total - sum(amounts))]
    lines += [Line(str(source), amount) for source, amount in zip(sources[1:], amounts, strict=True)]
    if rng.random() < 0.08:
        lines[0].opening_reason = rng.choice(_OPENING)
    return sorted(lines, key=lambda line: FundSource.values.index(line.source))


class Documents:
    """Numbers of budget documents, each used once in the city."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.last = 0

    def next(self, kind: str = "预指") -> str:
        self.last += 1
        return f"诸财{kind}〔{self.year}〕{self.last}号"


def adjust(rng: Random, project: Project, documents: Documents) -> None:
    """Change the budget of about a quarter of the projects during the year; a few start at nothing."""
    chance = rng.random()
    if chance < STARTS_AT_ZERO_SHARE:
        _start_at_zero(rng, project, documents)
    elif chance < ADJUSTED_SHARE:
        _change_during_the_year(rng, project, documents)
    if float(project.plan.september) < 0.45 and rng.random() < 0.14:
        _recover(rng, project, documents)


def _start_at_zero(rng: Random, project: Project, documents: Documents) -> None:
    for line in project.lines:
        amount, line.initial = line.initial, 0
        on = date(project.year, rng.choice((2, 3, 3, 4, 7)), rng.randint(5, 25))
        _change(project, documents, line.source, on, amount, AdjustmentKind.ADDED, rng.choice(_ADDED))


def _change_during_the_year(rng: Random, project: Project, documents: Documents) -> None:
    # Not in June and September: what is added on the last days of a cycle cannot be paid in it.
    on = date(project.year, rng.choice((2, 3, 3, 4, 4, 5, 7, 8, 10, 11)), rng.randint(4, 26))
    line = rng.choice(project.lines)
    kind = rng.choices(("new", "more", "less", "moved", "carried"), (30, 28, 18, 14, 10))[0]
    if len(project.lines) == MOST_LINES and kind in ("new", "carried"):
        kind = "more"
    if kind == "new":
        free = [
            source for source in (FundSource.TRANSFER, FundSource.GENERAL) if source not in _sources(project)
        ]
        if free:
            project.lines.append(Line(str(free[0]), 0))
            amount = _part(rng, project.initial, 0.1, 0.5)
            _change(project, documents, str(free[0]), on, amount, AdjustmentKind.ADDED, rng.choice(_ADDED))
            return
    if kind == "less":
        amount = -_part(rng, line.initial, 0.04, 0.25)
        _change(project, documents, line.source, on, amount, AdjustmentKind.REDUCED, rng.choice(_REDUCED))
    elif kind == "moved":
        amount = _part(rng, line.initial, 0.05, 0.2)
        reason = rng.choice(_MOVED)
        _change(project, documents, line.source, on, -amount, AdjustmentKind.MOVED, reason)
        others = [other for other in project.lines if other is not line]
        if others:
            _change(project, documents, rng.choice(others).source, on, amount, AdjustmentKind.MOVED, reason)
    elif kind == "carried":
        if FundSource.CARRYOVER not in _sources(project):
            project.lines.append(Line(str(FundSource.CARRYOVER), 0))
        on = date(project.year, rng.choice((1, 2, 3)), rng.randint(10, 26))
        amount = _part(rng, project.initial, 0.05, 0.3)
        reason = rng.choice(_CARRIED)
        _change(
            project, documents, str(FundSource.CARRYOVER), on, amount, AdjustmentKind.CARRYOVER_USED, reason
        )
    else:
        amount = _part(rng, line.initial, 0.08, 0.4)
        _change(project, documents, line.source, on, amount, AdjustmentKind.ADDED, rng.choice(_ADDED))


def _recover(rng: Random, project: Project, documents: Documents) -> None:
    """Money taken back after the first cycle from a project that will not need it."""
    on = date(project.year, rng.choice((8, 10)), rng.randint(8, 26))
    line = max(project.lines, key=lambda each: each.initial)
    left = 1 - float(project.plan.december)
    amount = -_part(rng, line.initial, left * 0.3, left * 0.7)
    if line.initial:
        _change(project, documents, line.source, on, amount, AdjustmentKind.RECOVERED, rng.choice(_RECOVERED))


def _sources(project: Project) -> set[str]:
    return {line.source for line in project.lines}


def _part(rng: Random, amount: int, low: float, high: float) -> int:
    """A share of an amount, in whole hundreds of yuan where it is large enough."""
    part = round(amount * rng.uniform(low, high))
    step = 100 * FEN_PER_YUAN if part > FEN_PER_WAN else FEN_PER_YUAN
    return max(part // step * step, FEN_PER_YUAN)


def _change(
    project: Project, documents: Documents, source: str, on: date, amount: int, kind: str, reason: str
) -> None:
    project.adjustments.append(Adjustment(source, documents.next(), on, amount, str(kind), reason))
    project.adjustments.sort(key=lambda change: (change.on, change.document_no))


def adjusted_line(project: Project, line: Line, on: date) -> int:
    """The line's budget at the end of that day."""
    return line.initial + sum(
        change.amount for change in project.adjustments if change.source == line.source and change.on <= on
    )


def safe_budget(project: Project, line: Line, on: date) -> int:
    """What may be spent by that day so that no later cut finds more spent than is left."""
    days = [on, *(change.on for change in project.adjustments if change.on > on)]
    return min(adjusted_line(project, line, day) for day in days)


def receive(rng: Random, project: Project, documents: Documents) -> None:
    """Let money arrive before it is paid: never above the adjusted budget, for a few lines too late."""
    late = rng.random() < LATE_RECEIPT_SHARE
    for line in project.lines:
        own = [payment for payment in project.payments if payment.source == line.source]
        _receive_line(rng, project, line, own, documents, late=late)


def _receive_line(
    rng: Random,
    project: Project,
    line: Line,
    payments: Iterable[Payment],
    documents: Documents,
    *,
    late: bool,
) -> None:
    payments = list(payments)
    changes = {
        change.on for change in project.adjustments if change.source == line.source and change.amount > 0
    }
    opening = date(project.year, 1, 4)
    quarters = [opening, *(date(project.year, month, rng.randint(4, 12)) for month in (4, 7, 10))]
    days = sorted({*quarters[: rng.choice((1, 2, 3, 4))], *changes})
    share = 1.0 if len(days) == 1 else rng.uniform(0.4, 0.7)
    arrived = 0
    for index, day in enumerate(days):
        last = index == len(days) - 1
        until = date(project.year, 12, 31) if last else days[index + 1]
        needed = _highest(payments, until)
        limit = safe_budget(project, line, day)
        wanted = limit if last and not late else max(round(limit * share), needed)
        amount = min(wanted, limit) - arrived
        if late and last:
            amount -= round(amount * 0.3)
        share = min(1.0, share + rng.uniform(0.15, 0.35))
        if amount > 0:
            project.receipts.append(Receipt(line.source, documents.next("预下"), day, amount))
            arrived += amount


def _highest(payments: list[Payment], until: date) -> int:
    """The most that is out at any time up to that day: a later refund does not undo the need."""
    out = highest = 0
    for payment in payments:
        if payment.on <= until:
            out += payment.amount
            highest = max(highest, out)
    return highest


def month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
