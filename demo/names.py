"""The demo city's organisation and people: believable names, none of a real person or firm.

The division and the names of its towns are those of the county-level city whose published practice the
product follows; every figure that the demo hangs on them is invented or quoted from a named publication.
"""

from dataclasses import dataclass
from random import Random

DIVISIONS = (
    ("37", "山东省", "province", ""),
    ("3707", "潍坊市", "city", "37"),
    ("370782", "诸城市", "county", "3707"),
)
DIVISION_CODE = "370782"

SECTIONS = (
    ("01", "行政政法科"),
    ("02", "教科文科"),
    ("03", "社会保障科"),
    ("04", "农业农村科"),
    ("05", "经济建设科"),
    ("06", "资源环境科"),
    ("07", "企业科"),
    ("08", "综合科"),
    ("09", "镇街财政管理科"),
)

TOWNS = (
    "密州街道",
    "龙都街道",
    "舜王街道",
    "枳沟镇",
    "贾悦镇",
    "石桥子镇",
    "相州镇",
    "昌城镇",
    "百尺河镇",
    "辛兴镇",
    "林家村镇",
    "皇华镇",
    "桃林镇",
)

_TOWN_SCHOOLS = (
    ",".join(f"{town}初级中学" for town in TOWNS) + "," + ",".join(f"{town}中心小学" for town in TOWNS)
)
_TOWN_CLINICS = ",".join(
    f"{town}社区卫生服务中心" if town.endswith("街道") else f"{town}卫生院" for town in TOWNS
)

# name | section | fields of work | weight (about the number of projects) | subordinate units
_DEPARTMENTS = f"""
市委办公室|01|office,cabinet|8|
市人大常委会机关|01|office,congress|7|市人大常委会代表服务中心
市政府办公室|01|office,cabinet|10|市政府督查服务中心
市政协机关|01|office,cppcc|6|市政协委员服务中心
市纪委监委机关|01|office,discipline|9|市纪检监察综合服务中心
市委组织部|01|office,organise|11|市干部档案管理中心
市委宣传部|01|office,publicity|12|市新时代文明实践服务中心
市委统战部|01|office,front|6|
市委政法委|01|office,governance|9|市网格化服务管理中心
市委机构编制委员会办公室|01|office|4|
市委巡察工作领导小组办公室|01|office,discipline|4|
市委党校|01|office,academy|7|
市信访局|01|office,petition|5|市人民来访接待中心
市人民法院|01|office,court|14|
市人民检察院|01|office,court|11|
市公安局|01|office,police|34|市公安局交通警察大队,市公安局特巡警大队,市看守所,市公安局森林派出所
市司法局|01|office,judicial|14|市法律援助中心,市公证处
市总工会|01|office,groups|7|市工人文化宫
共青团诸城市委员会|01|office,groups|5|市青少年活动中心
市妇女联合会|03|office,groups|6|
市工商业联合会|01|office,groups|4|
市残疾人联合会|03|office,disabled|10|市残疾人康复服务中心
市红十字会|03|office,redcross|4|
市档案馆|01|office,archive|6|
市机关事务服务中心|08|office,logistics|16|市公务用车服务中心
市行政审批服务局|01|office,hall|14|市政务服务中心
市大数据中心|01|office,bigdata|15|
市教育和体育局|02|office,school,sport|92|市第一中学,市第二中学,市实验中学,市职业教育中心,市特殊教育学校,市实验小学,市第一实验幼儿园,市教育科学研究院,市学生资助服务中心,市全民健身服务中心,市招生考试中心,市教师进修学校,市青少年体育学校,市龙源学校,市第三中学,市第二职业中等专业学校,市第二实验小学,市第三实验小学,市第二实验幼儿园,市第三实验幼儿园,{_TOWN_SCHOOLS}
市科学技术局|02|office,science|14|市科技创新服务中心
市文化和旅游局|02|office,culture|34|市文化馆,市图书馆,市博物馆,市恐龙文化研究中心,市文化市场综合执法大队,市非物质文化遗产保护中心,市旅游服务中心
市融媒体中心|02|office,culture|10|
市科学技术协会|02|office,science|5|市科技馆
市文学艺术界联合会|02|office,letters|4|
市委党史研究中心|02|office,archive|4|
市卫生健康局|03|office,health|76|市人民医院,市中医医院,市妇幼保健院,市疾病预防控制中心,市精神卫生中心,市急救指挥中心,市中心血站,市卫生健康监督执法大队,市计划生育协会,市第二人民医院,市康复医院,市健康教育服务中心,{_TOWN_CLINICS}
市民政局|03|office,civil|32|市社会福利中心,市救助管理站,市婚姻登记服务中心,市殡仪馆,市慈善服务中心
市人力资源和社会保障局|03|office,social|30|市社会保险事业中心,市公共就业和人才服务中心,市劳动人事争议仲裁院,市技工学校
市医疗保障局|03|office,insurance|12|市医疗保险事业中心
市退役军人事务局|03|office,veterans|16|市军队离退休干部休养所,市革命烈士陵园
市农业农村局|04|office,farm|62|市农业技术推广中心,市植物保护站,市土壤肥料工作站,市农业机械服务中心,市农产品质量检测中心,市农村经营管理服务中心,市种子工作站,市蔬菜技术服务中心,市农业广播电视学校
市水利局|04|office,water|38|市三里庄水库运行中心,市墙夼水库运行中心,市河道维护中心,市水土保持服务中心,市青墩水库运行中心,市城乡供水服务中心
市畜牧业发展中心|04|office,livestock|16|市动物疫病预防控制中心
市乡村振兴服务中心|04|office,farm|14|
市气象局|04|office,weather|6|
市供销合作社联合社|04|office,coop|5|
市发展和改革局|05|office,reform|16|市粮食和物资储备中心,市价格认证中心
市住房和城乡建设局|05|office,city|48|市住房保障服务中心,市建筑工程服务中心,市市政公用事业服务中心,市城区供热管理服务中心
市交通运输局|05|office,road|36|市公路事业发展中心,市交通运输综合执法大队,市农村公路养护中心,市公共交通服务中心
市综合行政执法局|05|office,urban|26|市环境卫生服务中心,市园林绿化服务中心,市数字化城市管理中心,市城市照明管理所
市公共资源交易中心|05|office,bidding|7|
市重点项目服务中心|05|office,keyworks|6|
市自然资源和规划局|06|office,land|34|市不动产登记中心,市林业发展中心,市国土空间规划服务中心,市国有常山林场
潍坊市生态环境局诸城分局|06|office,ecology|28|市生态环境监控中心,市环境监测站
市应急管理局|06|office,emergency|20|市应急救援指挥中心,市防震减灾服务中心
市消防救援大队|06|office,fire|14|
市工业和信息化局|07|office,industry|20|市中小企业服务中心
市商务局|07|office,commerce|16|市电子商务服务中心
市市场监督管理局|07|office,market|28|市检验检测中心,市消费者权益保护中心
市国有资产服务中心|07|office,assets|6|
市投资促进服务中心|07|office,invest|8|
诸城经济开发区管理委员会|07|office,zone,city|20|经济开发区企业服务中心
市地方金融监督管理局|07|office,banking|6|
市财政局|08|office,finance|24|市国库集中支付中心,市财政投资评审中心,市政府采购服务中心
市审计局|08|office,audit|9|
市统计局|08|office,statistics|9|市社会经济调查中心
市住房公积金管理服务中心|08|office,fund|5|
密州街道办事处|09|office,town|17|密州街道社会事务服务中心,密州街道便民服务中心
贾悦镇人民政府|09|office,town|17|贾悦镇农业综合服务中心,贾悦镇便民服务中心
"""
SECRET_DEPARTMENT = ("901", "市人民武装部", "01")
"""Stands in the workbook with its mark; the import counts its project and keeps nothing else of it."""

BID_CENTRE = "市公共资源交易中心"
"""Departments that published tables are hung on; see published.py."""


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """One of the 68: `weight` is about how many projects it has in the full city."""

    code: str
    name: str
    section: str
    fields: tuple[str, ...]
    weight: int
    units: tuple[Unit, ...]


# What a subordinate unit does when it is not everything its department does: part of its name → field.
_FIELD_OF_UNIT = (
    ("全民健身|体育学校", "sport"),
    ("学校|中学|小学|幼儿园|职业教育中心|专业学校", "campus"),
    ("医院|卫生院|社区卫生|保健院|血站|精神卫生", "clinic"),
)


def _unit_fields(name: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    for parts, field in _FIELD_OF_UNIT:
        if any(part in name for part in parts.split("|")):
            return ("office", field)
    return fields


def all_departments() -> list[Department]:
    """The 68 departments with their units, in the order of their codes."""
    found = []
    for index, line in enumerate(_DEPARTMENTS.strip().splitlines()):
        name, section, field_text, weight, subordinates = line.split("|")
        code = f"{101 + index}"
        fields = tuple(field_text.split(","))
        own = name if name.endswith(("机关", "办事处", "人民政府", "大队")) else f"{name}本级"
        units = [Unit(f"{code}001", own, fields)]
        for number, unit in enumerate(filter(None, subordinates.split(",")), start=2):
            units.append(Unit(f"{code}{number:03d}", unit, _unit_fields(unit, fields)))
        found.append(Department(code, name, section, fields, int(weight), tuple(units)))
    return found


_SURNAMES = "王李张刘陈杨赵孙周徐马朱胡郭何高林罗郑梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤臧隋管"
_GIVEN_ONE = "伟强磊洋勇军杰涛超明辉刚健峰亮鹏飞斌波宁凯旭东海建志国立文德兴永学玉桂春秀红丽娟敏静燕霞芳莉萍玲琳洁慧颖倩蕾岩松柏青云"
_GIVEN_TWO = "华平林生民成清昌义信和安祥瑞泽航宇轩晨阳铭浩然博远达君亭娜婷妍雯珊梅兰菊莲英芝凤香珍"


def person(rng: Random) -> str:
    """An invented name."""
    given = rng.choice(_GIVEN_ONE) + (rng.choice(_GIVEN_TWO) if rng.random() < 0.7 else "")
    return rng.choice(_SURNAMES) + given


def phone(rng: Random) -> str:
    """A number of the city's area code, from a block kept for the demo."""
    return f"0536-60{rng.randrange(100000):05d}"


_FIRM_FIRST = "恒远鼎盛泰和润泽景宏博创嘉诚瑞丰卓越启明汇通信达广源东升隆基安邦绿源清泉正阳同兴金桥中辰华硕"
_FIRM_KIND = {
    "build": (
        "建筑工程有限公司",
        "市政工程有限公司",
        "建设集团有限公司",
        "园林工程有限公司",
        "工程监理有限公司",
    ),
    "buy": ("商贸有限公司", "设备有限公司", "科技有限公司", "仪器有限公司", "办公用品有限公司"),
    "digital": ("信息技术有限公司", "软件有限公司", "数据服务有限公司", "通信技术有限公司"),
    "service": (
        "物业服务有限公司",
        "技术服务有限公司",
        "咨询服务有限公司",
        "环境服务有限公司",
        "检测有限公司",
    ),
    "train": ("培训服务有限公司", "会议服务有限公司", "文化传媒有限公司", "印务有限公司"),
    "event": ("文化传媒有限公司", "广告有限公司", "会展服务有限公司", "印务有限公司"),
    "check": ("检测有限公司", "会计师事务所", "技术服务有限公司", "评估咨询有限公司"),
    "subsidy": ("农商银行惠民惠农财政补贴代发户", "农商银行代发专户", "社会保障卡代发专户"),
    "wage": ("工资代发专户", "社会保险事业中心", "住房公积金管理服务中心"),
    "ops": ("供电公司", "自来水有限公司", "汽车维修服务有限公司", "办公用品有限公司", "物业服务有限公司"),
}


def payee(rng: Random, shape: str) -> str:
    """Who is paid: an invented firm of a fitting trade, or the account that pays people out."""
    kind = rng.choice(_FIRM_KIND[shape])
    if "代发" in kind or shape == "wage":
        return f"诸城市{kind}"
    start = rng.randrange(0, len(_FIRM_FIRST), 2)
    return f"诸城市{_FIRM_FIRST[start : start + 2]}{kind}"
