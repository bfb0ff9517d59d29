"""Payments through the year: a plan of shares by month, cut into vouchers that never outrun the budget."""

from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from math import log
from random import Random

from demo.amounts import month_end, safe_budget
from demo.city import Line, Payment, Plan, Project
from demo.names import payee

MEAN_PAYMENTS = 33.0
"""Median of the payments a project has; the mean is near 40."""
REFUND_SHARE = 0.015
FEN_PER_YUAN = 100

# What a profile spends in each month, as weights inside January–June, July–September, October–December.
PROFILES = {
    "steady": (8, 7, 10, 10, 10, 10, 10, 10, 10, 10, 10, 12),
    "front": (16, 12, 12, 8, 6, 4, 9, 6, 5, 4, 4, 4),
    "back": (1, 2, 4, 7, 10, 14, 8, 10, 14, 10, 14, 20),
    "seasonal": (0, 1, 14, 2, 16, 3, 1, 2, 14, 3, 16, 8),
    "milestone": (0, 0, 12, 0, 0, 12, 0, 0, 12, 0, 6, 12),
}
_PROFILE_OF_SHAPE = {
    "wage": ("steady",),
    "ops": ("steady", "steady", "back"),
    "service": ("steady", "steady", "back", "milestone"),
    "subsidy": ("steady", "front", "seasonal", "milestone"),
    "build": ("milestone", "back", "seasonal", "steady"),
    "buy": ("milestone", "front", "seasonal"),
    "digital": ("milestone", "steady", "back"),
    "train": ("seasonal", "steady"),
    "event": ("seasonal", "steady", "back"),
    "check": ("steady", "seasonal", "back"),
}

# Of fifty projects in June: how many run well, a little behind, far behind (the last two pay nothing at all).
PACES = ("good",) * 31 + ("slow",) * 11 + ("poor",) * 7 + ("none",)


def draw_plan(rng: Random, pace: str, shape: str) -> Plan:
    """How a project of this pace spends; shares keep clear of the limits of the lights."""
    profile = rng.choice(_PROFILE_OF_SHAPE[shape])
    if pace == "good":
        june = 0.5 + rng.gauss(0, 0.05) if shape == "wage" else rng.triangular(0.425, 0.92, 0.5)
        june = min(max(june, 0.425), 0.97)
        september = min(june + rng.uniform(0.2, 0.32), 0.985)
        december = min(september + rng.uniform(0.12, 0.28), 1.0)
    elif pace == "slow":
        june = rng.uniform(0.315, 0.385)
        september = june + rng.uniform(0.14, 0.36)
        december = min(september + rng.uniform(0.15, 0.4), 1.0)
    elif pace == "poor":
        june = rng.triangular(0.02, 0.28, 0.2)
        september = june + rng.choice((rng.uniform(0.02, 0.18), rng.uniform(0.25, 0.5)))
        december = min(september + rng.uniform(0.1, 0.45), 0.97)
    else:
        june = 0.0
        september = rng.choice((0.0, 0.0, rng.uniform(0.05, 0.5)))
        december = september + rng.uniform(0.0, 0.4)
    return Plan(profile, *(Decimal(f"{share:.6f}") for share in (june, september, december)))


def pay(rng: Random, project: Project, end_of_data: date | None = None) -> None:
    """Fill the project's payments for the year; those of published tables are set elsewhere."""
    count = draw_count(rng, project.work.shape)
    months = _months_to_pay(project)
    spread = _share_out(count, months)
    paid = {line.source: 0 for line in project.lines}
    carried = 0
    for month, (wanted, pieces) in enumerate(zip(months, spread, strict=True), start=1):
        first = date(project.year, month, 1)
        limits = [max(safe_budget(project, line, first) - paid[line.source], 0) for line in project.lines]
        amount = min(wanted + carried, sum(limits))
        carried += wanted - amount
        for line, part in zip(project.lines, _by_line(rng, amount, limits), strict=True):
            if part > 0:
                share = max(1, round(pieces * part / amount))
                project.payments += _vouchers(rng, project, line, month, part, share)
                paid[line.source] += part
    project.payments.sort(key=lambda payment: payment.on)
    _refund(rng, project)


def draw_count(rng: Random, shape: str) -> int:
    """How many vouchers a project has in its year."""
    usual = MEAN_PAYMENTS * (1.25 if shape in ("wage", "ops", "subsidy") else 0.95)
    return int(min(max(rng.lognormvariate(log(usual), 0.42), 5), 150))


def _months_to_pay(project: Project) -> list[int]:
    """Fen to pay in each month, so that the shares of the plan are reached at June, September and December."""
    weights = PROFILES[project.plan.profile]
    months: list[int] = []
    done = 0
    shares = (project.plan.june, project.plan.september, project.plan.december)
    for share, (start, end) in zip(shares, ((0, 6), (6, 9), (9, 12)), strict=True):
        budget = sum(safe_budget(project, line, month_end(project.year, end)) for line in project.lines)
        amount = max(int(share * budget) - done, 0)
        part = weights[start:end]
        amounts = [amount * weight // sum(part) for weight in part]
        amounts[-1] += amount - sum(amounts)
        months += amounts
        done += amount
    return months


def _share_out(count: int, months: list[int]) -> list[int]:
    """How many vouchers each month has: more where more is paid, one at least where anything is."""
    roots = [amount**0.5 for amount in months]
    total = sum(roots) or 1
    return [max(1, round(count * root / total)) if root else 0 for root in roots]


def _by_line(rng: Random, amount: int, limits: list[int]) -> list[int]:
    """Split an amount over lines by what each still has, never above it."""
    total = sum(limits)
    if not total:
        return [0 for _ in limits]
    parts = [min(amount * limit // total, limit) for limit in limits]
    rest = amount - sum(parts)
    for index, limit in enumerate(limits):
        more = min(rest, limit - parts[index])
        parts[index] += more
        rest -= more
    return parts


@cache
def working_days(year: int, month: int) -> tuple[date, ...]:
    """Monday to Friday; holidays are left out where they close the treasury for a week."""
    closed = {(1, day) for day in range(1, 4)} | {(10, day) for day in range(1, 8)} | {(5, 2), (5, 3), (5, 4)}
    days = (date(year, month, day) for day in range(1, month_end(year, month).day + 1))
    return tuple(day for day in days if day.weekday() < 5 and (day.month, day.day) not in closed)


def split(rng: Random, amount: int, pieces: int) -> list[int]:
    """Positive parts of an amount, whole yuan but for the last; fewer when it is small."""
    pieces = max(1, min(pieces, amount // (50 * FEN_PER_YUAN)))
    weights = [rng.uniform(0.35, 1.8) for _ in range(pieces)]
    step = FEN_PER_YUAN if rng.random() < 0.7 else 1
    parts = [max(int(amount * weight / sum(weights)) // step * step, 1) for weight in weights[:-1]]
    return [*parts, amount - sum(parts)]


_WHAT_FOR = {
    "build": ("工程进度款", "工程预付款", "监理费", "勘察设计费", "材料款", "工程结算款"),
    "buy": ("设备购置款", "货款", "安装调试费", "合同首付款", "验收款"),
    "digital": ("软件开发费", "运维服务费", "设备款", "线路租赁费", "测评费"),
    "service": ("服务费", "委托业务费", "劳务费", "季度考核服务费", "物资款"),
    "train": ("培训费", "授课劳务费", "场地租赁费", "教材资料费"),
    "event": ("活动经费", "宣传制作费", "印刷费", "场地布置费", "劳务费"),
    "check": ("检测费", "委托业务费", "差旅费", "专家咨询费", "印刷费"),
    "subsidy": ("补助资金", "补贴资金", "奖补资金"),
    "wage": ("工资", "社会保险缴费", "住房公积金", "绩效奖金"),
    "ops": ("水电费", "办公费", "维修维护费", "物业管理费", "交通费", "邮电费"),
}


def _vouchers(
    rng: Random, project: Project, line: Line, month: int, amount: int, pieces: int
) -> list[Payment]:
    parts = split(rng, amount, pieces)
    days = sorted(rng.choice(working_days(project.year, month)) for _ in parts)
    return [voucher(rng, project, line.source, day, part) for day, part in zip(days, parts, strict=True)]


def voucher(rng: Random, project: Project, source: str, day: date, amount: int) -> Payment:
    """One payment with payee and purpose; its quota document is named when receipts are known."""
    shape = project.work.shape
    reason = rng.choice(_WHAT_FOR[shape])
    text = f"支付{project.work.name}{reason}" if shape != "wage" else f"发放{day.month}月份{reason}"
    return Payment(project.code, source, day, amount, payee(rng, shape), text, "")


def _refund(rng: Random, project: Project) -> None:
    """Give back all or a part of a few payments, some weeks later and in the same year."""
    refunds = []
    for payment in project.payments:
        if rng.random() >= REFUND_SHARE:
            continue
        back = payment.on + timedelta(days=rng.randint(6, 40))
        if back > date(project.year, 12, 30) or payment.amount < 100 * FEN_PER_YUAN:
            continue
        share = rng.choice((1.0, 0.5, rng.uniform(0.03, 0.4)))
        amount = -max(int(payment.amount * share) // FEN_PER_YUAN * FEN_PER_YUAN, FEN_PER_YUAN)
        refunds.append(
            Payment(
                payment.project_code,
                payment.source,
                back,
                amount,
                payment.payee,
                f"退回{payment.summary[2:]}",
                "",
            )
        )
    project.payments = sorted([*project.payments, *refunds], key=lambda each: each.on)


def name_quotas(project: Project) -> None:
    """Say on each payment which receipt of its line it was drawn from: the latest before it."""
    arrived: dict[str, tuple[list[date], list[str]]] = {}
    for receipt in sorted(project.receipts, key=lambda each: each.on):
        days, numbers = arrived.setdefault(receipt.source, ([], []))
        days.append(receipt.on)
        numbers.append(receipt.document_no)
    for payment in project.payments:
        days, numbers = arrived.get(payment.source, ([], []))
        index = bisect_right(days, payment.on)
        payment.quota_no = numbers[max(index - 1, 0)] if numbers else ""
