"""What clerks write: causes, measures, progress, problems. Put together from parts, so that no two read alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from monitoring.choices import CauseCategory

_SINCE = (
    "受上半年疫情防控影响",
    "年初前期手续办理时间较长",
    "今年预算批复和指标下达较往年偏晚",
    "项目于二季度才正式启动",
    "因任务调整重新编制了实施方案",
    "受连续降雨和农忙时节影响",
    "一季度主要开展方案论证和招标准备",
    "因供应商更换重新组织了采购",
    "上级实施细则{month}月份才印发",
    "与相关部门的数据比对耗时较长",
    "前三个月集中开展摸底调查",
    "因服务对象名单需逐级核实公示",
)
_WHY = {
    CauseCategory.FUNDING: (
        "{what}配套资金尚未全部到位，部分合同款未达到支付条件",
        "上级资金{month}月才下达，{what}所需经费支付相应推迟",
        "{what}按合同约定验收后付款，目前仅支付了首付款",
        "资金拨付审核环节较多，{what}相关款项仍在办理中",
        "{what}涉及的自筹部分落实缓慢，影响了整体安排",
        "年初安排资金与{what}实际用款节奏不匹配",
    ),
    CauseCategory.SYSTEM: (
        "{what}的实施细则仍在修订，审批流程尚未理顺",
        "{what}牵头与配合单位职责划分不够清晰，协调时间偏长",
        "{what}立项、评审、采购等程序衔接不紧",
        "新的管理办法出台后，{what}需按新标准重新审核",
        "{what}考核办法尚未印发，进度调度不够及时",
        "{what}采购文件两次修改后才完成备案",
    ),
    CauseCategory.STAFF: (
        "{what}经办人员轮岗交接，专业力量不足",
        "基层人员同时承担多项任务，{what}推进力量偏弱",
        "{what}所需专业技术人员未按计划到岗",
        "承担单位项目负责人变更，{what}的计划重新排定",
        "{what}外聘专家时间难以集中安排",
    ),
    CauseCategory.HARDWARE: (
        "{what}所需设备到货延迟，场地尚不具备条件",
        "{what}施工场地移交较晚，土建与安装交叉作业困难",
        "{what}依托的系统接口尚未开通，数据无法导入",
        "主要材料供货周期延长，{what}进度受到影响",
        "{what}现场条件与设计不符，需调整施工方案",
    ),
    CauseCategory.OTHER: (
        "{what}集中安排在下半年实施，上半年工作量较小",
        "{what}的服务对象申报人数少于预期",
        "{what}具有明显的季节性，目前未到集中实施期",
        "群众对{what}的接受程度不一，动员需要时间",
        "{what}上年任务结转较少，新增部分尚在审核",
    ),
}
_SO_COUNTED = (
    "“{name}”目前完成{actual}，为年度目标的{share}%",
    "截至{month}月底“{name}”完成{actual}，占年度目标的{share}%",
    "“{name}”已完成{actual}，与序时进度相比仍有差距",
    "“{name}”累计完成{actual}，仅占全年任务的{share}%",
    "“{name}”完成{actual}，低于同期计划",
)
_SO_MISSED = (
    "“{name}”为{actual}，未达到年度指标值",
    "“{name}”目前为{actual}，与年度指标值存在差距",
    "经统计“{name}”为{actual}，暂未达标",
)
_SO_PARTLY = (
    "“{name}”尚未完全达到预期",
    "“{name}”仅取得阶段性成效",
    "对照年度目标，“{name}”还有一定差距",
)
_SO_LATER = (
    "年底前完成“{name}”存在一定压力",
    "“{name}”能否如期达到目标存在不确定因素",
    "预计“{name}”的完成时间将有所推迟",
)
_MEASURES = (
    "倒排工期、挂图作战，每周调度{what}进展，确保{by}月底前完成年度任务",
    "由分管负责人牵头成立工作专班，逐项销号推进{what}",
    "加快{what}招标和合同签订，{by}月底前形成实物工作量",
    "对接财政部门加快资金审核拨付，保障{what}用款需要",
    "增派人员力量、延长作业时间，集中力量推进{what}",
    "与承担单位签订补充协议，明确{what}的时间节点和违约责任",
    "将{what}纳入月度督查事项，对滞后环节点对点督办",
    "优化{what}审核流程，采取线上线下并行办理，缩短办理时限",
    "{by}月底前完成{what}阶段验收，达到付款条件后及时支付",
    "分解{what}剩余任务到月到人，每半月通报一次进度",
    "加大政策宣传力度，扩大{what}覆盖范围，提高参与率",
    "协调供应商优先排产供货，保证{what}按调整后的计划实施",
    "组织技术人员驻点服务，及时解决{what}中的问题",
)
_EXECUTION = (
    "项目合同约定按进度分期付款，目前支付{rate}%，剩余款项将在完工验收后集中支付",
    "{since}，实际支出低于序时进度，执行率为{rate}%",
    "{work}的招标采购于{month}月完成，大额支出安排在后续月份，目前执行率为{rate}%",
    "相关票据和验收资料仍在收集整理，未达到支付条件，预算执行率{rate}%",
    "{since}，{work}的主要支出相应后移，已支付资金占预算的{rate}%",
    "{since}，{work}的款项结算有所推迟，总体支出进度为{rate}%",
    "{work}的费用按季结算，二季度款项正在审核，目前执行率{rate}%",
)
_EXECUTION_OF_SUBSIDY = (
    "补助对象名单需经公示确认，{work}的首批资金已发放，执行率{rate}%，后续批次按季兑付",
    "资金分配方案经两轮征求意见后才确定，{month}月起陆续拨付，执行率{rate}%",
    "上级资金到位较晚，{work}先行使用本级资金，总体支出进度为{rate}%",
    "{since}，补助对象审核认定进度推后，已发放资金占预算的{rate}%",
)
_NOTHING_PAID = (
    "{work}尚处于前期准备阶段，招标文件已编制完成，未发生支出",
    "{since}，{work}尚未达到支付条件，暂未支出",
    "{work}实施方案正在报批，计划{by}月签订合同后支付首付款",
    "{work}按合同约定验收合格后一次性付款，目前尚未验收",
    "{work}的对象名单和资金分配方案正在审核公示，计划{by}月拨付",
)
_PREPAID = (
    "按照合同约定预付了材料款和工程款，{work}的实物工作量将在后期逐步形成",
    "年初集中兑付上年欠款，支出进度快于{work}的任务进度",
    "设备款已按合同支付，{work}安装调试尚未完成，产出暂未体现",
    "按照规定提前拨付了{work}的部分资金，对应的工作量正在逐步完成",
)
_UNPAID = (
    "{work}的任务提前完成，但结算审计未结束，款项尚未支付",
    "{work}先由承担单位垫付实施，验收后统一结算，支出滞后于任务进度",
    "{work}招标价格低于预算，完成同样任务所需资金减少",
    "{work}的任务集中在上半年完成，资金按季结算，支出相对滞后",
)
_ON_TRACK = (
    "{work}按计划推进，支出进度与任务进度基本一致，执行率{rate}%",
    "预算执行总体正常，已支付资金占调整后预算的{rate}%，符合年度安排",
)
_PROGRESS_OPENINGS = (
    "截至{month}月底，",
    "1—{month}月，",
    "上阶段按照年初计划，",
    "今年以来，",
    "年初至{month}月底，",
)
_PROGRESS_CLOSINGS = {
    "good": (
        "各项任务按序时进度推进，总体目标预计可以如期实现。",
        "总体进展顺利，阶段性目标基本完成。",
        "资金使用规范，产出和效益初步显现。",
        "完成情况符合预期，下一步将按计划组织实施。",
    ),
    "slow": (
        "总体进度略慢于计划，正在加快推进。",
        "部分任务进度偏慢，已采取措施追赶进度。",
        "与年度目标相比仍有差距，后续任务较为集中。",
    ),
    "poor": (
        "总体进度明显滞后，需要加大推进力度。",
        "项目启动较晚，主要任务安排在后续月份完成。",
        "任务完成量较少，存在不能按期完成的风险。",
    ),
}
_PROBLEMS = (
    "一是{work}前期论证不够充分，实施计划与资金安排衔接不紧；二是支出进度偏慢，部分资金沉淀。",
    "{work}实施进度慢于计划，合同履约管理有待加强。",
    "项目绩效目标设置偏高，{work}的个别指标按目前进度难以完成。",
    "{work}涉及单位较多，信息共享不及时，进度调度不够精准。",
    "采购和验收环节耗时较长，影响{work}的资金支付进度。",
    "资金到位与{work}的任务安排不同步，预算执行均衡性不够。",
    "部分佐证资料收集不及时，{work}的绩效数据质量有待提高。",
)
_TAKEN = (
    "加强{work}的全过程管理，按月分析预算执行和目标完成情况，对滞后事项限期整改。",
    "修订{work}的实施计划，将剩余任务分解到月，落实专人负责，确保年底前完成。",
    "主动与财政、采购等部门沟通，加快{work}的采购验收和资金支付。",
    "对{work}预计难以支出的资金及时提出调剂意见，提高资金使用效益。",
    "建立{work}工作台账，每旬调度一次，重点盯紧滞后指标和大额支出。",
)
_SUGGESTIONS = (
    "建议根据{work}的实际进度适当优化分月用款计划。",
    "建议在下年度预算编制时统筹考虑{work}的实施周期，合理安排当年预算。",
    "建议加强对{work}的业务指导，统一指标口径和取数来源。",
    "建议对{work}的绩效目标按程序予以适当调整，使其更加符合实际。",
)
_EXPLANATIONS = (
    "经核实，{work}的数据与台账、凭证一致，差异系项目实施节奏与支付节点不同步所致。",
    "已与业务科室核对，{work}的情况属实，将在后续月份逐步消化。",
    "{work}属阶段性情况，预计{by}月底前趋于一致，相关资料备查。",
    "{work}按合同和实施方案执行，未发现违规问题，后续将加强调度。",
)


_WITH_HARDWARE = ("build", "buy", "digital")


def categories(rng: Random, shape: str) -> list[str]:
    """One or two kinds of cause that fit a work of this shape."""
    fitting = [
        each for each in CauseCategory.values if each != CauseCategory.HARDWARE or shape in _WITH_HARDWARE
    ]
    return rng.sample(fitting, rng.choices((1, 2), (80, 20))[0])


_OF_CONTRACTS = ("合同", "采购", "招标", "验收", "供应商", "供货")
_WITHOUT_CONTRACTS = ("subsidy", "wage")


def _fitting(texts: Sequence[str], shape: str) -> list[str]:
    """Texts without contracts where money goes to people."""
    if shape not in _WITHOUT_CONTRACTS:
        return list(texts)
    return [text for text in texts if not any(word in text for word in _OF_CONTRACTS)]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an indicator stands.

    kind: "counted", "missed", "partly" or "later" (not judged yet). actual: with its unit. share: per cent of the
    year's target.
    """

    kind: str
    name: str
    actual: str
    share: int


def cause(rng: Random, category: str, standing: Standing, *, shape: str, work: str, month: int) -> str:
    """Why an indicator is behind: since when, what happened, where it stands."""
    endings = {"counted": _SO_COUNTED, "missed": _SO_MISSED, "partly": _SO_PARTLY, "later": _SO_LATER}[
        standing.kind
    ]
    so = rng.choice(endings).format(
        name=standing.name, actual=standing.actual, share=standing.share, month=month
    )
    why = rng.choice(_fitting(_WHY[CauseCategory(category)], shape)).format(
        what=work, month=rng.randint(3, month)
    )
    parts = [rng.choice(_fitting(_SINCE, shape)).format(month=rng.randint(3, 5)), why, so]
    return f"{'，'.join(parts[rng.choice((0, 0, 1)) :])}。"


def over_target(rng: Random, *, name: str, share: int) -> str:
    """Why an indicator is far above its target."""
    why = rng.choice(
        (
            "上级追加了任务量",
            "年初按上年基数测算，实际需求明显增加",
            "部分跨年任务在年初集中完成",
            "开展专项行动后工作量增加",
        )
    )
    return f"{why}，“{name}”完成年度目标的{share}%，拟在下年度合理提高目标值。"


def measure(rng: Random, *, shape: str, what: str, month: int) -> str:
    """What will be done about it, and by when."""
    by = rng.randint(month + 2, 12) if month < 10 else 12
    first = rng.choice(_fitting(_MEASURES, shape)).format(what=what, by=by)
    return f"{first}。"


def execution_reason(rng: Random, kind: str, *, shape: str, work: str, rate: str, month: int) -> str:
    """Why money runs as it does. kind: slow, nothing, money_ahead, target_ahead or fine."""
    pools: dict[str, Sequence[str]] = {
        "slow": _EXECUTION_OF_SUBSIDY if shape == "subsidy" else _EXECUTION,
        "nothing": _NOTHING_PAID,
        "money_ahead": _PREPAID,
        "target_ahead": _UNPAID,
        "fine": _ON_TRACK,
    }
    pool = _fitting(pools[kind], shape)
    since = rng.choice(_fitting(_SINCE, shape)).format(month=rng.randint(3, 5))
    return f"{rng.choice(pool).format(work=work, rate=rate, month=rng.randint(4, month), since=since, by=month + 2)}。"


def progress(rng: Random, pace: str, did: Sequence[str], month: int) -> str:
    """How far the objective is, with the figures of the quantities."""
    opening = rng.choice(_PROGRESS_OPENINGS).format(month=month)
    done = f"已{'，'.join(did)}，" if did else ""
    return f"{opening}{done}{rng.choice(_PROGRESS_CLOSINGS[pace])}"


def problems(rng: Random, work: str) -> str:
    return rng.choice(_PROBLEMS).format(work=work)


def measures_taken(rng: Random, work: str) -> str:
    return rng.choice(_TAKEN).format(work=work)


def suggestion(rng: Random, work: str) -> str:
    return rng.choice(_SUGGESTIONS).format(work=work)


def explanation(rng: Random, work: str, month: int) -> str:
    """What a clerk answers to a check that asks for an explanation."""
    return rng.choice(_EXPLANATIONS).format(work=work, by=month + 2)
