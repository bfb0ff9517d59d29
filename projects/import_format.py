"""The import format of the budget system's files, as data: sheets and columns.

`city.xlsx` holds the sheets of `WORKBOOK`, `payments.csv` the columns of `PAYMENTS`. Headings are in Chinese
in both languages of the product, because the files come from Chinese systems. docs/import-format.md tells the
same to people; a test keeps both together.
"""

from projects.choices import (
    Accrual,
    AdjustmentKind,
    FundSource,
    Level1,
    Level2,
    ProjectClass,
    ProjectKind,
    ProjectNature,
    Sign,
)
from projects.import_columns import Column, ColumnType, Sheet, normalise

FORMAT_VERSION = "1"
"""Raised when a file of the earlier format would be read differently."""

DIVISION_PATTERN = r"^\d{2}(\d{2}(\d{2}(\d{3})?)?)?$"
DEPARTMENT_PATTERN = r"^\d{3}$"
UNIT_PATTERN = r"^\d{6}(\d{3})*$"
PROJECT_PATTERN = r"^\d{6}\d{2}[RYT]\d{12}$"
"""Division, two-digit year, class letter, serial: 21 characters (domain: published codes of two provinces)."""

CSV_ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in this order."""


def find_sheet(name: str) -> Sheet | None:
    """The sheet of the workbook that a tab's name means, or None (notes and foreign sheets are not read)."""
    wanted = normalise(name)
    for sheet in WORKBOOK:
        if wanted in {normalise(text) for text in (sheet.name, *sheet.aliases)}:
            return sheet
    return None


SOURCE_LABELS: dict[str, str] = {
    "一般公共预算": FundSource.GENERAL,
    "一般公共预算拨款": FundSource.GENERAL,
    "政府性基金预算": FundSource.GOVFUND,
    "政府性基金": FundSource.GOVFUND,
    "国有资本经营预算": FundSource.SOE,
    "上级转移支付": FundSource.TRANSFER,
    "上级转移支付资金": FundSource.TRANSFER,
    "财政专户管理资金": FundSource.SPECIAL,
    "上年结转资金": FundSource.CARRYOVER,
    "上年结转": FundSource.CARRYOVER,
    "单位资金": FundSource.OWN,
    "其他资金": FundSource.OTHER,
}
KIND_LABELS: dict[str, str] = {
    "常年性": ProjectKind.RECURRENT,
    "延续性": ProjectKind.CONTINUING,
    "一次性": ProjectKind.ONE_OFF,
}
NATURE_LABELS: dict[str, str] = {
    "新增": ProjectNature.NEW,
    "延续": ProjectNature.CONTINUED,
    "新增性": ProjectNature.NEW,
    "持续性": ProjectNature.CONTINUED,
}
CLASS_LABELS: dict[str, str] = {
    "人员类": ProjectClass.PERSONNEL,
    "运转类": ProjectClass.OPERATION,
    "特定目标类": ProjectClass.SPECIFIC,
}
CLASS_LETTERS: dict[str, str] = {
    "R": ProjectClass.PERSONNEL,
    "Y": ProjectClass.OPERATION,
    "T": ProjectClass.SPECIFIC,
}
"""The ninth character of a project code says its class."""

ADJUSTMENT_LABELS: dict[str, str] = {
    "追加": AdjustmentKind.ADDED,
    "追减": AdjustmentKind.REDUCED,
    "调剂": AdjustmentKind.MOVED,
    "收回": AdjustmentKind.RECOVERED,
    "结转使用": AdjustmentKind.CARRYOVER_USED,
}
SIGN_LABELS: dict[str, str] = {
    "≥": Sign.GE,
    ">=": Sign.GE,
    "＞": Sign.GT,
    "＝": Sign.EQ,
    "＜": Sign.LT,
    "≤": Sign.LE,
    "<=": Sign.LE,
    "区间": Sign.BETWEEN,
    "定性": Sign.LEVEL,
}
ACCRUAL_LABELS: dict[str, str] = {"累计型": Accrual.CUMULATIVE, "时点型": Accrual.POINT}

LEVEL1_LABELS: dict[str, str] = {
    "产出指标": Level1.OUTPUT,
    "产出": Level1.OUTPUT,
    "成本指标": Level1.COST,
    "成本": Level1.COST,
    "效益指标": Level1.EFFECT,
    "效益": Level1.EFFECT,
    "效果指标": Level1.EFFECT,
    "满意度指标": Level1.SATISFACTION,
    "满意度": Level1.SATISFACTION,
}
LEVEL2_LABELS: dict[str, str] = {
    "数量指标": Level2.QUANTITY,
    "产出数量": Level2.QUANTITY,
    "质量指标": Level2.QUALITY,
    "产出质量": Level2.QUALITY,
    "时效指标": Level2.TIMELINESS,
    "产出时效": Level2.TIMELINESS,
    "成本指标": Level2.COST,
    "产出成本": Level2.COST,
    "经济成本指标": Level2.ECONOMIC_COST,
    "社会成本指标": Level2.SOCIAL_COST,
    "生态环境成本指标": Level2.ECOLOGICAL_COST,
    "经济效益指标": Level2.ECONOMIC,
    "经济效益": Level2.ECONOMIC,
    "社会效益指标": Level2.SOCIAL,
    "社会效益": Level2.SOCIAL,
    "生态效益指标": Level2.ECOLOGICAL,
    "生态效益": Level2.ECOLOGICAL,
    "可持续影响指标": Level2.SUSTAINABLE,
    "可持续影响": Level2.SUSTAINABLE,
    "服务对象满意度指标": Level2.BENEFICIARY,
    "服务对象满意度": Level2.BENEFICIARY,
}

NOT_SECRET = "none"
SECRET = "secret"
SECRECY_LABELS: dict[str, str] = {
    "非涉密": NOT_SECRET,
    "无": NOT_SECRET,
    "公开": NOT_SECRET,
    "秘密": SECRET,
    "机密": SECRET,
    "绝密": SECRET,
}
"""A blank is not secret. Any other word is an error, and the cell is not quoted in the message."""

_PROJECT = Column("project_code", "项目编码", ColumnType.CODE, True, ("项目代码",), 21, PROJECT_PATTERN)
_SOURCE = Column("source", "资金来源", ColumnType.CHOICE, True, ("资金性质",), choices=SOURCE_LABELS)
_DOCUMENT = Column("document_no", "文号", ColumnType.TEXT, True, ("指标文号", "文件号"), 60)
_DATE = Column("on", "日期", ColumnType.DATE, True)

DIVISIONS = Sheet(
    "divisions",
    "区划",
    (
        Column("code", "区划编码", ColumnType.CODE, True, ("区划代码",), 9, DIVISION_PATTERN),
        Column("name", "区划名称", ColumnType.TEXT, True, max_length=100),
        Column(
            "level",
            "级次",
            ColumnType.CHOICE,
            True,
            choices={"省级": "province", "市级": "city", "县级": "county"},
        ),
        Column("parent_code", "上级区划编码", ColumnType.CODE, False, ("上级区划代码",), 9, DIVISION_PATTERN),
    ),
    ("code",),
    note="最末一行（县级）为本级财政，项目、部门、科室均归属本级。",
)
SECTIONS = Sheet(
    "sections",
    "业务科室",
    (
        Column("code", "科室编码", ColumnType.CODE, True, ("科室代码",), 21),
        Column("name", "科室名称", ColumnType.TEXT, True, max_length=200),
        Column("division_code", "区划编码", ColumnType.CODE, True, ("区划代码",), 9, DIVISION_PATTERN),
    ),
    ("code",),
)
DEPARTMENTS = Sheet(
    "departments",
    "主管部门",
    (
        Column("code", "部门编码", ColumnType.CODE, True, ("部门代码",), 3, DEPARTMENT_PATTERN),
        Column("name", "部门名称", ColumnType.TEXT, True, max_length=200),
        Column("section_code", "科室编码", ColumnType.CODE, True, ("科室代码", "归口科室编码"), 21),
        Column("secret", "涉密", ColumnType.FLAG, aliases=("是否涉密", "涉密部门")),
    ),
    ("code",),
    note="涉密部门及其单位、项目一律不导入，只按部门登记项目个数。",
)
UNITS = Sheet(
    "units",
    "预算单位",
    (
        Column("code", "单位编码", ColumnType.CODE, True, ("单位代码", "预算单位编码"), 21, UNIT_PATTERN),
        Column("name", "单位名称", ColumnType.TEXT, True, ("预算单位名称",), 200),
        Column("department_code", "部门编码", ColumnType.CODE, True, ("部门代码",), 3, DEPARTMENT_PATTERN),
    ),
    ("code",),
    note="单位编码前三位为所属部门编码，每级三位。",
)
PROJECTS = Sheet(
    "projects",
    "预算项目",
    (
        _PROJECT,
        Column("year", "预算年度", ColumnType.INTEGER, True, ("年度",)),
        Column("name", "项目名称", ColumnType.TEXT, True, max_length=200),
        Column(
            "unit_code", "单位编码", ColumnType.CODE, True, ("预算单位编码", "单位代码"), 21, UNIT_PATTERN
        ),
        Column("kind", "项目类型", ColumnType.CHOICE, choices=KIND_LABELS),
        Column("nature", "项目属性", ColumnType.CHOICE, True, choices=NATURE_LABELS),
        Column(
            "klass", "项目类别", ColumnType.CHOICE, True, choices=CLASS_LABELS, note="与项目编码第九位一致"
        ),
        Column("starts_on", "开始日期", ColumnType.DATE, aliases=("项目开始日期",)),
        Column("ends_on", "结束日期", ColumnType.DATE, aliases=("项目结束日期",), note="不早于开始日期"),
        Column("manager", "项目负责人", ColumnType.TEXT, max_length=60),
        Column("phone", "联系电话", ColumnType.TEXT, max_length=30),
        Column("key_monitored", "是否重点监控", ColumnType.FLAG, aliases=("重点监控",)),
        Column("secrecy", "密级", ColumnType.CHOICE, choices=SECRECY_LABELS, note="空白为非涉密"),
        Column("objective", "年度总体目标", ColumnType.TEXT, True, ("年度绩效目标",), 2000),
    ),
    ("year", "project_code"),
    note="标有密级的项目及其资金、指标各行一律不导入，只按部门登记项目个数。",
)
FUNDING = Sheet(
    "funding",
    "资金来源",
    (
        _PROJECT,
        _SOURCE,
        Column("initial", "年初预算数（元）", ColumnType.AMOUNT, True, ("年初预算（元）",), note="不小于0"),
        Column("opening_reason", "年初数说明", ColumnType.TEXT, max_length=500, note="可空"),
    ),
    ("project_code", "source"),
    amount="initial",
    note="每个项目每种来源一行；年初无预算、年中追加的来源填0。",
)
ADJUSTMENTS = Sheet(
    "adjustments",
    "预算调整",
    (
        _PROJECT,
        _SOURCE,
        _DOCUMENT,
        _DATE,
        Column(
            "amount", "调整金额（元）", ColumnType.AMOUNT, True, ("金额（元）",), note="调增为正，调减为负"
        ),
        Column("kind", "调整类型", ColumnType.CHOICE, True, choices=ADJUSTMENT_LABELS),
        Column("reason", "调整原因", ColumnType.TEXT, max_length=500),
    ),
    ("project_code", "source", "document_no"),
    required=False,
    amount="amount",
    note="追减、收回的金额为负，追加、结转使用的金额为正，调剂可正可负。",
)
RECEIPTS = Sheet(
    "receipts",
    "到位记录",
    (
        _PROJECT,
        _SOURCE,
        _DOCUMENT,
        _DATE,
        Column("amount", "到位金额（元）", ColumnType.AMOUNT, True, ("金额（元）",), note="退回为负"),
    ),
    ("project_code", "source", "document_no"),
    required=False,
    amount="amount",
)
INDICATORS = Sheet(
    "indicators",
    "绩效指标",
    (
        _PROJECT,
        Column("code", "指标编码", ColumnType.CODE, True, ("kpi_id", "指标代码"), 40, note="同一项目内唯一"),
        Column("level1", "一级指标", ColumnType.CHOICE, True, choices=LEVEL1_LABELS),
        Column("level2", "二级指标", ColumnType.CHOICE, True, choices=LEVEL2_LABELS),
        Column("name", "三级指标", ColumnType.TEXT, True, ("指标名称",), 200),
        Column("sign", "符号", ColumnType.CHOICE, True, ("指标性质", "计算符号"), choices=SIGN_LABELS),
        Column(
            "target_low", "年度指标值", ColumnType.MEASURE, False, ("指标值", "指标值下限"), note="区间填下限"
        ),
        Column("target_high", "指标值上限", ColumnType.MEASURE, note="仅区间填写"),
        Column("target_text", "定性目标", ColumnType.TEXT, False, ("定性指标值",), 200, note="仅定性填写"),
        Column("unit", "计量单位", ColumnType.TEXT, max_length=40, note="定量指标必填"),
        Column("weight", "权重", ColumnType.MEASURE, True, ("分值",), note="同一项目各项之和为90"),
        Column("accrual", "累计时点", ColumnType.CHOICE, False, ("数据类型",), choices=ACCRUAL_LABELS),
        Column("due_on", "应完成日期", ColumnType.DATE, note="早于监控截止日的为已到期"),
        Column("dropped", "是否取消", ColumnType.FLAG, aliases=("已取消",), note="调整后取消的指标保留一行"),
    ),
    ("project_code", "code"),
    note="同一项目的指标按行的先后排列。累计时点空白时：数量、经济、社会、生态效益为累计型，其余为时点型。",
)
CONTROLS = Sheet(
    "controls",
    "控制数",
    (
        Column("sheet", "表名", ColumnType.TEXT, True, max_length=20),
        Column("rows", "行数", ColumnType.INTEGER, True, ("记录数",)),
        Column("total", "金额合计（元）", ColumnType.AMOUNT, note="仅有金额列的表填写"),
    ),
    ("sheet",),
    required=False,
    note="可不附；附则各表行数与金额合计须完全一致（含涉密行），否则整个文件不导入。",
)
WORKBOOK: tuple[Sheet, ...] = (
    DIVISIONS,
    SECTIONS,
    DEPARTMENTS,
    UNITS,
    PROJECTS,
    FUNDING,
    ADJUSTMENTS,
    RECEIPTS,
    INDICATORS,
    CONTROLS,
)
"""In the order they are read: a row refers only to rows of earlier sheets."""

NOTES_SHEET = "填报说明"

PAYMENTS = Sheet(
    "payments",
    "支付记录",
    (
        Column("voucher_no", "凭证号", ColumnType.CODE, True, ("支付凭证号",), 40, note="本级内唯一"),
        _PROJECT,
        _SOURCE,
        Column("paid_on", "支付日期", ColumnType.DATE, True),
        Column("amount", "支付金额（元）", ColumnType.AMOUNT, True, ("金额（元）",), note="退款为负，不为0"),
        Column("is_refund", "退款标志", ColumnType.FLAG, aliases=("是否退款",), note="金额为负时须为是"),
        Column("payee", "收款人", ColumnType.TEXT, max_length=200),
        Column("summary", "用途", ColumnType.TEXT, aliases=("摘要",), max_length=300),
        Column("quota_no", "指标文号", ColumnType.TEXT, max_length=60),
    ),
    ("voucher_no",),
    amount="amount",
    note="UTF-8 或 GB18030 编码，逗号分隔，首行为列名。",
)
