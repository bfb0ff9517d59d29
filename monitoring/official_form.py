"""The official form as data: its headings, its notes, its sheets. In Chinese whatever the page's language.

A bureau that words its form differently changes this page and nothing else; an import finds columns by heading.
Source: domain.md 2.3; docs/rules/form-a.md
"""

from __future__ import annotations

from typing import NamedTuple

from projects.choices import FundSource

TEMPLATE_VERSION = "A-2"
META_SHEET = "_meta"
NOTES_SHEET = "填报说明"
TITLE = "项目支出绩效运行监控信息表（{year}年1—{month}月）"
UNIT_LINE = "填报单位（盖章）：{unit}"
MONEY_LINE = "单位：万元"
SIGNATURES = (
    "填报人：{manager}        联系电话：{phone}        财务负责人：            "
    "单位负责人：            填报日期：    年  月  日"
)

FUND_HEADINGS = (
    "资金来源",
    "年初预算数",
    "调整预算数",
    "调整后预算数",
    "实际到位数",
    "1—{month}月执行数",
    "执行率",
    "全年预计执行数",
    "全年预计执行率",
    "预计结转结余",
    "预警",
    "偏差说明",
)
TOTAL_ROW = "年度资金总额"
SOURCE_ROWS: dict[str, str] = {
    FundSource.GENERAL: "其中：一般公共预算",
    FundSource.GOVFUND: "政府性基金预算",
    FundSource.SOE: "国有资本经营预算",
    FundSource.TRANSFER: "上级转移支付",
    FundSource.SPECIAL: "财政专户管理资金",
    FundSource.CARRYOVER: "上年结转资金",
    FundSource.OWN: "单位资金",
    FundSource.OTHER: "其他资金",
}
OBJECTIVE = "年度总体目标"
PROGRESS = "1—{month}月完成情况"
INDICATOR_HEADINGS = (
    "一级指标",
    "二级指标",
    "三级指标",
    "符号",
    "年度指标值",
    "计量单位",
    "权重",
    "1—{month}月完成值",
    "全年预计完成情况",
    "偏差原因分析（多选，顿号分隔）",
    "原因说明及拟采取措施",
    "完成目标可能性",
)
PROBLEMS, MEASURES, SUGGESTIONS = "存在问题", "整改措施", "有关建议"
TARGET_CHANGED, TARGET_CHANGE_NOTE = "是否调整目标", "调整说明"
ATTAINABLE = "是否能完成年度目标"
YES, NO = "是", "否"
MEASURE_MARK = "拟采取措施："
DROPPED = "（已调减）"


class HeadRow(NamedTuple):
    """A row of the head: (heading, name of the value) pairs from left to right."""

    pairs: tuple[tuple[str, str], ...]


HEAD_ROWS = (
    HeadRow((("项目名称", "name"), ("项目编码", "code"))),
    HeadRow((("主管部门及代码", "department"), ("实施单位及代码", "unit"))),
    HeadRow(
        (("项目类型", "kind"), ("项目起止时间", "duration"), ("项目负责人", "manager"), ("联系电话", "phone"))
    ),
)

NOTES = (
    "一、填报范围：白色单元格由预算单位填写；灰色单元格由系统从预算管理一体化系统、支付数据或按规则计算生成，已锁定，不得修改。",
    "二、金额单位为万元，最多保留六位小数（精确到分）；没有金额的资金来源行保留为 0。",
    "三、“执行数”为截止日前的支付数扣除退款；“执行率”以调整后预算数为分母；调整后预算数为 0 的不计算执行率。",
    "四、“完成值”：定量指标填写数字，0 也是有效值，不带单位和百分号；定性指标从下拉列表中选择完成等次。",
    "五、“完成目标可能性”分确定能、有可能、完全不可能三级；选择“确定能”以外的，须填写全年预计完成情况、偏差原因、原因说明和拟采取措施。",
    "六、偏差原因可以多选，用顿号分隔；从计划与目标制定、投入保障、制度保障、项目管理等方面分析，“无”“正常”“按计划进行”不作为说明。",
    "七、请勿增删行列、修改表头、隐藏列或工作表名称；上报时以项目编码和隐藏的指标编号核对。",
    "八、涉密项目和涉密内容不得填入本表。",
)
