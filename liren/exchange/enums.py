"""Closed word lists of the imports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BatchState(models.TextChoices):
    """How far an import has come."""

    UPLOADED = "uploaded", _("待对应")
    STAGING = "staging", _("正在核对")
    STAGED = "staged", _("待导入")
    APPLYING = "applying", _("正在导入")
    APPLIED = "applied", _("已导入")
    UNDOING = "undoing", _("正在撤销")
    UNDONE = "undone", _("已撤销")
    CANCELLED = "cancelled", _("已取消")
    FAILED = "failed", _("没有完成")


class Verdict(models.TextChoices):
    """What a row turned out to be, held against the registry."""

    NEW = "new", _("新人")
    SAME = "same", _("没有变化")
    CHANGED = "changed", _("有变化")
    UNSURE = "unsure", _("拿不准")
    REFUSED = "refused", _("退回")


class Answer(models.TextChoices):
    """What a person decided about a row that the rules could not decide."""

    OPEN = "", _("待定")
    TAKE = "take", _("以表格为准")
    KEEP = "keep", _("以档案为准")
    NEW = "new", _("登记为新人")
    BACK = "back", _("退回")


class FeedKind(models.TextChoices):
    """Where rows come from."""

    FILE = "file", _("表格文件")
    DATABASE = "database", _("数据库")
    API = "api", _("网络接口")


class RunState(models.TextChoices):
    """How a reading of a source ended."""

    RUNNING = "running", _("正在读取")
    TAKEN = "taken", _("取到变化")
    NOTHING = "nothing", _("没有变化")
    FAILED = "failed", _("没有读成")


class Every(models.TextChoices):
    """How often a source is read."""

    NEVER = "", _("不定时，要时再读")
    DAY = "day", _("每天")
    WEEK = "week", _("每周")
    MONTH = "month", _("每月")


class Target(models.TextChoices):
    """What a column can say about a person."""

    NAME = "name", _("姓名")
    ID_NUMBER = "id_number", _("证件号码")
    SEX = "sex", _("性别")
    BIRTH = "birth_on", _("出生日期")
    ETHNICITY = "ethnicity", _("民族")
    PHONE = "phone", _("联系电话")
    COMMUNITY = "community", _("村（社区）")
    UNIT = "unit", _("村民小组、楼栋")
    ADDRESS = "address", _("现住址")
    REGISTERED = "registered", _("户籍地址")
    HOUSEHOLD = "household", _("户号")
    HEAD = "head", _("户主姓名")
    RELATION = "relation", _("与户主关系")
    RESIDENCE = "residence", _("居住情况")
    SINCE = "since", _("居住开始日期")
    AWAY = "away", _("是否外出")
    AWAY_SINCE = "away_since", _("外出日期")
    AWAY_TO = "away_to", _("外出地点")
    AWAY_REASON = "away_reason", _("外出原因")
    DISABILITY = "disability", _("残疾类别")
    DEGREE = "degree", _("残疾等级")
    CERTIFICATE = "certificate", _("残疾证号")
    GUARDIAN = "guardian", _("监护人姓名")
    WARDSHIP = "wardship", _("监护人关系")
    MARRIAGE = "marriage", _("婚姻状况")
    EDUCATION = "education", _("学历")
    SCHOOL = "school", _("就读学校")
    EMPLOYER = "employer", _("工作单位")
    BENEFIT = "benefit", _("待遇种类")
    AMOUNT = "amount", _("待遇金额（元）")
    BENEFIT_SINCE = "benefit_since", _("享受待遇日期")
    DESIGNATION = "designation", _("认定类别")
    DIED = "deceased_on", _("去世日期")
    NOTE = "note", _("备注（只留在原表里）")


class Fault(models.TextChoices):
    """What is wrong in a cell, in words that say what to do."""

    NO_NAME = "no_name", _("没有姓名")
    ODD_NAME = "odd_name", _("不像姓名")
    NO_IDENTITY = "no_identity", _("没有证件号码，也没有出生日期，认不出是谁")
    SPOILED = "spoiled", _("证件号码被 Excel 改成了数字，后几位已丢失，请从原件补录（这一列先设成“文本”格式）")
    ID_LENGTH = "id_length", _("证件号码位数不对")
    ID_CHECK = "id_check", _("证件号码最后一位校验不符，可能抄错一位")
    ID_DATE = "id_date", _("证件号码里的出生日期不存在")
    ID_REGION = "id_region", _("证件号码开头的地区码不在国家代码表里")
    BIRTH_DIFFERS = "birth_differs", _("出生日期与证件号码不一致")
    SEX_DIFFERS = "sex_differs", _("性别与证件号码不一致")
    BAD_DAY = "bad_day", _("看不懂这个日期")
    FUTURE_DAY = "future_day", _("这一天还没有到")
    BAD_PHONE = "bad_phone", _("不像电话号码")
    BAD_AMOUNT = "bad_amount", _("不像金额")
    UNKNOWN_WORD = "unknown_word", _("这个写法没有对应的代码")
    ELSEWHERE = "elsewhere", _("这一行属于别的村（社区），您的岗位管不到，请交给那里或镇（街道）导入")
    UNKNOWN_PLACE = "unknown_place", _("看不出属于哪个村（社区）")
    TWICE = "twice", _("同一个人在表里不止一次，内容不一样")
    REPEATED = "repeated", _("与前面的一行完全一样")
    KEPT_ELSEWHERE = "kept_elsewhere", _("此人的档案在本县别的村（社区），请由镇（街道）便民服务中心转档后再导入")
    OTHER_COMMUNITY = "other_community", _("此人的档案在您管辖的另一个村（社区）")
    NAME_DIFFERS = "name_differs", _("证件号码相同，姓名不同")
    ID_DIFFERS = "id_differs", _("姓名、出生日期和电话相同，证件号码不同")
    LIKELY = "likely", _("很可能是同一个人，但没有号码可以证明")
    SEVERAL = "several", _("档案里有几个人都对得上")
    CONFLICT = "conflict", _("规则定不了以哪边为准")
    KIN_DIFFERS = "kin_differs", _("按与户主的关系推出的亲属，和档案里记的不一样")
    SEVERAL_DWELLINGS = "several_dwellings", _("这个地址对得上几处住房，请选一处")
    OTHER_DWELLING = "other_dwelling", _("档案里这一户住在别处，规则定不了以哪边为准")
    NEW_DWELLING = "new_dwelling", _("这处住房还没有登记，导入时一并登记")
    DECEASED = "deceased", _("档案里此人已去世")
    MOVED_ON = "moved_on", _("核对以后档案又有变化，请再看一遍")
    TWO_HEADS = (
        "two_heads",
        _("档案里这一户已有另一位户主，可能是同一个人，也可能换了户主；写入时不改户主，确需更换请在“家庭”里办理"),
    )
    FOUND = "found", _("没有号码可以对，凭其他情况认出")
    GIVEN_BACK = "given_back", _("核对时决定退回")


REFUSING = frozenset(
    {
        Fault.NO_NAME,
        Fault.NO_IDENTITY,
        Fault.SPOILED,
        Fault.ID_LENGTH,
        Fault.ELSEWHERE,
        Fault.KEPT_ELSEWHERE,
        Fault.GIVEN_BACK,
    }
)
"""With one of these a row goes back; every other fault but the NOTED leaves it to a person."""


NOTED = frozenset({Fault.ID_REGION, Fault.REPEATED, Fault.FOUND, Fault.NEW_DWELLING})
"""Told beside a row, and no reason to stop at it."""


class Aside(models.TextChoices):
    """Why a line of a sheet is no row."""

    BLANK = "blank", _("空行")
    TITLE = "title", _("标题")
    HEAD = "head", _("表头")
    TOTAL = "total", _("合计")
    REMARK = "remark", _("说明或签名")
