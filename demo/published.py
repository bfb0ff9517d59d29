"""Published tables as projects of the demo city, and what the product must compute from them.

Every amount here was published by others, in 万元; the keys are those of the table of published figures in
docs/published-figures.md. Where a publication gives a sum only, its division over projects is ours and
is marked so. All payments asked for lie in January–June, so that the first cycle reproduces the figures.
"""

from dataclasses import dataclass
from decimal import Decimal

from projects.choices import AdjustmentKind, FundSource, Level1, Level2, Sign


@dataclass(frozen=True, slots=True)
class PublishedChange:
    """An adjustment, 万元. T5 has no reason on purpose: the publication gives none, and check L14 asks for one."""

    month: int
    day: int
    amount: str
    kind: str = AdjustmentKind.ADDED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """One source, 万元. `later`: paid from July on, not published and without effect on the figures."""

    initial: str
    paid: str
    source: str = FundSource.GENERAL
    changes: tuple[PublishedChange, ...] = ()
    later: str = "0"


@dataclass(frozen=True, slots=True)
class PublishedIndicator:
    name: str
    level1: str
    level2: str
    sign: str
    target: str
    unit: str
    weight: str
    actual: str = ""
    """What the publication states, as it would be typed; "" where it leaves the cell blank."""


@dataclass(frozen=True, slots=True)
class PublishedProject:
    """A project of a published table. Without `indicators` it gets ours, and without `work_like` invented ones."""

    table: str
    name: str
    department: str
    work_like: tuple[str, str]
    """Field and name of the work in the catalogue that it resembles."""
    klass: str
    lines: tuple[PublishedLine, ...]
    indicators: tuple[PublishedIndicator, ...] = ()
    objective: str = ""
    vouchers: int = 12


def _budget_only(table: str, name: str, amount: str, work_like: tuple[str, str]) -> PublishedProject:
    """A project of which only the year's budget is published: it runs like any other."""
    department = "市综合行政执法局"
    return PublishedProject(table, name, department, work_like, "T", (PublishedLine(amount, ""),))


_EIGHT = ("120", "96.5", "88", "75.5", "72", "66", "60", "54")
_EIGHTEEN = (
    *("186000", "21500", "12800", "9600", "6800", "4900", "3600", "2900", "2300"),
    *("1700", "1280", "960", "720", "480", "320", "210", "120", "64.92"),
)
"""T11 publishes the sums of its groups; the division inside a group is ours."""

_CITY_WORKS = (
    "城区道路清扫保洁服务",
    "生活垃圾收集转运",
    "生活垃圾分类推广",
    "城市绿化养护",
    "口袋公园建设",
    "城市照明设施维护",
    "违法建设治理",
    "户外广告与门头牌匾整治",
    "公厕建设与管护",
    "数字城管平台运行",
)


def _groups_of_t11() -> tuple[PublishedProject, ...]:
    groups = (("一", ("224.48",)), ("二", _EIGHT), ("三", _EIGHTEEN))
    found = []
    for group, amounts in groups:
        for number, amount in enumerate(amounts, start=1):
            work = _CITY_WORKS[(number + len(amounts)) % len(_CITY_WORKS)]
            name = f"城市管理第{group}组之{number}：{work}（长沙市公布数，T11）"
            found.append(_budget_only("T11", name, amount, ("urban", work)))
    return tuple(found)


_EXACT = {"sign": Sign.EQ, "target": "100", "unit": "%"}

PROJECTS: tuple[PublishedProject, ...] = (
    PublishedProject(
        "T1",
        "申遗经费（黄石市公布数，T1）",
        "市文化和旅游局",
        ("culture", "文物保护单位修缮"),
        "T",
        (PublishedLine("220", "87.57", later="121.4"),),
    ),
    PublishedProject(
        "T2",
        "招标业务专项之一（招标中心公布数，T2）",
        "市公共资源交易中心",
        ("bidding", "公共资源交易电子化平台运维"),
        "T",
        (PublishedLine("15.3", "2.4", later="11.2"),),
        vouchers=7,
    ),
    PublishedProject(
        "T2",
        "招标业务专项之二（招标中心公布数，T2）",
        "市公共资源交易中心",
        ("office", "业务工作培训"),
        "T",
        (PublishedLine("1.1", "0.72", later="0.35"),),
        vouchers=4,
    ),
    PublishedProject(
        "T2",
        "招标业务专项之三（招标中心公布数，T2）",
        "市公共资源交易中心",
        ("office", "办公设备购置"),
        "T",
        (PublishedLine("2.9", "0", later="2.1"),),
        vouchers=3,
    ),
    PublishedProject(
        "T2",
        "公用经费（招标中心公布数，T2）",
        "市公共资源交易中心",
        ("office", "日常公用经费"),
        "Y",
        (PublishedLine("45.76", "27.13", later="17.2"),),
        vouchers=24,
    ),
    PublishedProject(
        "T5",
        "工资性支出（青神县公布数，T5）",
        "市人力资源和社会保障局",
        ("office", "在职人员工资福利支出"),
        "R",
        (PublishedLine("238.93", "251.89", changes=(PublishedChange(3, 15, "12.96"),)),),
        (
            PublishedIndicator("工资福利足额发放率", Level1.OUTPUT, Level2.QUALITY, weight="60", **_EXACT),
            PublishedIndicator("工资福利按时发放率", Level1.OUTPUT, Level2.TIMELINESS, weight="30", **_EXACT),
        ),
        "严格执行工资福利政策，按时足额发放在职人员工资、津贴补贴和社会保险缴费，足额发放率和按时发放率均达到100%，"
        "保障职工合法权益和队伍稳定。",
        vouchers=18,
    ),
    PublishedProject(
        "T6",
        "办公电脑购置（大英县公布数，T6）",
        "市司法局",
        ("office", "办公设备购置"),
        "T",
        (
            PublishedLine(
                "0.00", "3.36", changes=(PublishedChange(4, 12, "3.36", reason="年中追加办公设备购置经费"),)
            ),
        ),
        (
            PublishedIndicator(
                "购置电脑数量", Level1.OUTPUT, Level2.QUANTITY, Sign.EQ, "13", "台", "22.5", actual="13"
            ),
            PublishedIndicator(
                "设备验收合格率", Level1.OUTPUT, Level2.QUALITY, weight="22.5", actual="100", **_EXACT
            ),
            PublishedIndicator(
                "采购完成及时率", Level1.OUTPUT, Level2.TIMELINESS, weight="22.5", actual="100", **_EXACT
            ),
            PublishedIndicator(
                "使用人员满意度",
                Level1.SATISFACTION,
                Level2.BENEFICIARY,
                Sign.GE,
                "90",
                "%",
                "22.5",
                actual="95",
            ),
        ),
        "年中追加安排3.36万元，购置办公电脑13台，设备验收合格率和采购完成及时率均达到100%，改善基层司法所办公条件，"
        "提高法律服务效率，使用人员满意度达到90%以上。",
        vouchers=2,
    ),
    PublishedProject(
        "T6",
        "司法业务经费（大英县公布数，T6）",
        "市司法局",
        ("judicial", "法律援助"),
        "T",
        (PublishedLine("30", "30"),),
        (
            PublishedIndicator(
                "业务经费总额", Level1.COST, Level2.ECONOMIC_COST, Sign.LE, "30", "万元", "90", actual="完成"
            ),
        ),
        "保障法律援助、人民调解和普法宣传等业务正常开展，业务经费总额控制在30万元以内，资金使用合规高效，"
        "为基层群众提供及时便捷的公共法律服务。",
    ),
    *_groups_of_t11(),
    PublishedProject(
        "T13",
        "人员经费（南县公布数，T13）",
        "市政协机关",
        ("office", "在职人员工资福利支出"),
        "R",
        (PublishedLine("434.89", "434.89"),),
        vouchers=48,
    ),
    PublishedProject(
        "T13",
        "公用经费（南县公布数，T13）",
        "市政协机关",
        ("office", "日常公用经费"),
        "Y",
        (PublishedLine("77.4", "77.4"),),
        vouchers=36,
    ),
    PublishedProject(
        "T13",
        "项目支出（南县公布数，T13）",
        "市政协机关",
        ("cppcc", "政协委员履职服务"),
        "T",
        (
            PublishedLine("279.93", "279.93"),
            PublishedLine("6.90", "6.90", FundSource.CARRYOVER),
        ),
        vouchers=40,
    ),
)
"""T2 gives the sum 19.3 / 3.12 and its three parts; T13's 6.90 is what was spent beyond the year's income."""


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One number the product must give for January–June, over the projects whose names start so (all of the table
    when empty).

    what: "initial", "adjusted", "change", "paid", "in_place_of_the_year" in 万元; "execution_rate", "prorated_rate",
    "growth" in per cent; "execution_score" in points; "projects" as a count; "budget_light", "check" as a word.
    base: for "growth", last year's amount in 万元, which follows from the published increase.
    """

    table: str
    what: str
    value: str
    names: tuple[str, ...] = ()
    base: str = ""


_ONE, _TWO, _THREE, _PUBLIC = ("招标业务专项之一", "招标业务专项之二", "招标业务专项之三", "公用经费（招标")
_PARTS = (_ONE, _TWO, _THREE)

FIGURES: tuple[PublishedFigure, ...] = (
    PublishedFigure("T1", "adjusted", "220.00"),
    PublishedFigure("T1", "paid", "87.57"),
    PublishedFigure("T1", "execution_rate", "39.80"),
    PublishedFigure("T1", "prorated_rate", "79.61"),
    PublishedFigure("T1", "budget_light", "yellow"),
    PublishedFigure("T2", "adjusted", "19.30", _PARTS),
    PublishedFigure("T2", "paid", "3.12", _PARTS),
    PublishedFigure("T2", "execution_rate", "16.17", _PARTS),
    PublishedFigure("T2", "prorated_rate", "32.33", _PARTS),
    PublishedFigure("T2", "execution_rate", "15.69", (_ONE,)),
    PublishedFigure("T2", "prorated_rate", "31.37", (_ONE,)),
    PublishedFigure("T2", "budget_light", "red", (_ONE,)),
    PublishedFigure("T2", "execution_rate", "65.45", (_TWO,)),
    PublishedFigure("T2", "prorated_rate", "130.91", (_TWO,)),
    PublishedFigure("T2", "budget_light", "green", (_TWO,)),
    PublishedFigure("T2", "execution_rate", "0.00", (_THREE,)),
    PublishedFigure("T2", "budget_light", "red", (_THREE,)),
    PublishedFigure("T2", "execution_rate", "59.29", (_PUBLIC,)),
    PublishedFigure("T2", "prorated_rate", "118.58", (_PUBLIC,)),
    PublishedFigure("T2", "budget_light", "green", (_PUBLIC,)),
    PublishedFigure("T5", "initial", "238.93"),
    PublishedFigure("T5", "change", "12.96"),
    PublishedFigure("T5", "adjusted", "251.89"),
    PublishedFigure("T5", "paid", "251.89"),
    PublishedFigure("T5", "execution_rate", "100.00"),
    PublishedFigure("T5", "check", "L14"),
    PublishedFigure("T5", "check", "L01"),
    PublishedFigure("T6", "initial", "0.00", ("办公电脑购置",)),
    PublishedFigure("T6", "adjusted", "3.36", ("办公电脑购置",)),
    PublishedFigure("T6", "execution_rate", "100.00", ("办公电脑购置",)),
    PublishedFigure("T6", "execution_score", "10.00", ("办公电脑购置",)),
    PublishedFigure("T6", "check", "L16", ("司法业务经费",)),
    PublishedFigure("T11", "projects", "27"),
    PublishedFigure("T11", "projects", "1", ("城市管理第一组",)),
    PublishedFigure("T11", "projects", "8", ("城市管理第二组",)),
    PublishedFigure("T11", "projects", "18", ("城市管理第三组",)),
    PublishedFigure("T11", "adjusted", "224.48", ("城市管理第一组",)),
    PublishedFigure("T11", "adjusted", "632.00", ("城市管理第二组",)),
    PublishedFigure("T11", "adjusted", "256254.92", ("城市管理第三组",)),
    PublishedFigure("T11", "adjusted", "257111.40"),
    PublishedFigure("T13", "paid", "434.89", ("人员经费",)),
    PublishedFigure("T13", "paid", "77.40", ("公用经费",)),
    PublishedFigure("T13", "paid", "286.83", ("项目支出",)),
    PublishedFigure("T13", "paid", "799.12"),
    PublishedFigure("T13", "in_place_of_the_year", "792.22"),
    PublishedFigure("T13", "growth", "31.39", base="602.97"),
    PublishedFigure("T13", "growth", "35.90", base="582.94"),
)
"""T13 publishes the increases 189.25 and 209.28 beside the income of 792.22: 602.97 and 582.94 the year before."""


def projects_of(figure: PublishedFigure) -> tuple[PublishedProject, ...]:
    """The published projects a figure is computed over."""
    return tuple(
        project
        for project in PROJECTS
        if project.table == figure.table
        and (not figure.names or any(project.name.startswith(name) for name in figure.names))
    )


def amount_wan(text: str) -> Decimal:
    """A published amount, 万元; "" is none."""
    return Decimal(text or "0")
