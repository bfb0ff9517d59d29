"""Reads the lines of the catalogue into works and measures."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from demo.catalogue.shapes import SHAPES, WORKS

# Words that already say what is counted; other names get 数量 behind them.
_COUNTING = re.compile(r"(面积|长度|里程|人数|次数|资金|投资|损失|消费券|线路|里数|研发投入)$")
_BEHIND_UNIT = {
    "人次": "人次",
    "人": "人数",
    "名": "人数",
    "次": "次数",
    "场": "场次",
    "场次": "场次",
    "公里": "长度",
    "亩": "面积",
    "万亩": "面积",
    "平方米": "面积",
    "万平方米": "面积",
    "平方公里": "面积",
    "户": "户数",
    "户次": "户次",
    "个月": "月数",
}
_LEADING = re.compile(r"^(完成|开展|计划)")
_QUANTITY = re.compile(r"(?P<before>[^{]*)\{n\}(?P<unit>[^:]+):(?P<low>[\d.]+)-(?P<high>[\d.]+)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something counted: `phrase` holds {n} and its unit, `name` is the indicator's."""

    phrase: str
    name: str
    unit: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Work:
    """What a project does. `size_wan`: its usual budget in 万元."""

    name: str
    shape: str
    size_wan: Decimal
    quantities: tuple[Quantity, ...]
    aim: str
    people: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of a shape: `group` is one of 质 时 本 经 社 态 续, `targets` are alternatives."""

    group: str
    name: str
    sign: str
    targets: tuple[str, ...]
    unit: str


def read_quantity(text: str) -> Quantity:
    """One quantity, such as "维修改造校舍{n}栋:2-9". Raises ValueError when it is not of that shape."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    before, unit = found["before"], found["unit"]
    name = _LEADING.sub("", before)
    if not _COUNTING.search(name):
        name += _BEHIND_UNIT.get(unit, "数量")
    return Quantity(f"{before}{{n}}{unit}", name, unit, Decimal(found["low"]), Decimal(found["high"]))


def read_work(line: str) -> Work:
    """One line of a field. Raises ValueError when a part is missing."""
    name, shape, size, quantities, aim, people = line.split("|")
    return Work(
        name, shape, Decimal(size), tuple(read_quantity(text) for text in quantities.split(";")), aim, people
    )


@cache
def works_of(field: str) -> tuple[Work, ...]:
    """The works of a field, in the order of the catalogue."""
    return tuple(read_work(line) for line in WORKS[field].strip().splitlines())


@cache
def measures_of(shape: str) -> tuple[Measure, ...]:
    """What can be measured of works of this shape."""
    found = []
    for line in SHAPES[shape].strip().splitlines():
        parts = line.split("|")
        group, name, sign, targets = parts[:4]
        unit = parts[4] if len(parts) > 4 else ""
        found.append(Measure(group, name, sign, tuple(targets.split(",")), unit))
    return tuple(found)
