"""What a column is called and what it holds: synonyms of the targets, a proposal for each column, and a fingerprint of the head."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from liren.exchange.enums import Target
from liren.exchange.rules import values

SYNONYMS: dict[Target, tuple[str, ...]] = {
    target: tuple(words.split())
    for target, words in {
        Target.NAME: "姓名 名字 居民姓名 人员姓名 成员姓名 家庭成员 家庭成员姓名 残疾人姓名 老人姓名 儿童姓名 领取人 参保人 参保人姓名 流动人口姓名 申请人 对象姓名 本人姓名 真实姓名 name xm fullname realname",
        Target.ID_NUMBER: "证件号码 身份证号 身份证号码 身份证 公民身份号码 公民身份证号码 证件号 居民身份证号 身份证件号码 身份号码 本人身份证号 sfzh sfzhm gmsfhm gmsfzhm zjhm idcard idcardno id_number idno certno identityno",
        Target.SEX: "性别 sex xb xbdm gender",
        Target.BIRTH: "出生日期 出生年月 出生年月日 生日 出生时间 birthday csrq birth_on birth",
        Target.ETHNICITY: "民族 mz mzdm ethnicity nation",
        Target.PHONE: "联系电话 电话 手机 手机号 手机号码 联系方式 电话号码 本人电话 联系手机 lxdh sjh sjhm phone phonenumber mobile tel telephone",
        Target.COMMUNITY: "村 社区 村社区 村(社区) 所属村 所属社区 村(居) 村居 行政村 村委会 居委会 村名 所在村(社区) 所在社区 现居住社区 社区名称 community",
        Target.UNIT: "村民小组 组别 组 村组 小组 自然村 自然屯 楼栋 网格 所属小组",
        Target.ADDRESS: "现住址 住址 家庭住址 居住地址 家庭地址 现居住地 现居住地址 详细地址 地址 居住地 常住地址 现住地址 暂住地址 居住地详址 address addr zz jzdz xzz xzdz",
        Target.REGISTERED: "户籍地址 户籍地 户口所在地 户籍所在地 户籍 户籍详址 户口地址 原籍 户籍地详址 hjdz hkszd",
        Target.HOUSEHOLD: "户号 户编号 家庭编号 户口簿号 户口本号 户口号 户序号 household hh householdid",
        Target.HEAD: "户主 户主姓名",
        Target.RELATION: "与户主关系 与户主的关系 家庭关系 与户主 户主关系 成员关系 yhzgx yhzgxdm relation",
        Target.RESIDENCE: "居住情况 人户状态 人户情况 人户一致 居住状态 居住类型 人口类型 人员类别",
        Target.SINCE: "来本地日期 居住日期 入住日期 迁入日期 来本地时间 居住开始日期 流入日期 流入时间 登记日期 到达日期 since",
        Target.AWAY: "是否外出 外出务工 是否外出务工 外出情况 是否在外",
        Target.AWAY_SINCE: "外出日期 外出时间 务工开始时间 外出年月",
        Target.AWAY_TO: "外出地点 务工地点 外出地 外出去向 流向 务工地 外出务工地",
        Target.AWAY_REASON: "外出原因 流动原因 外出事由",
        Target.DISABILITY: "残疾类别 残疾类型 残疾种类",
        Target.DEGREE: "残疾等级 残疾级别 残疾程度 等级",
        Target.CERTIFICATE: "残疾证号 残疾证号码 残疾证 残疾人证号",
        Target.GUARDIAN: "监护人 监护人姓名 委托照护人 被委托人",
        Target.WARDSHIP: "监护人关系 与监护人关系 监护关系",
        Target.MARRIAGE: "婚姻状况 婚姻 婚否 hyzk",
        Target.EDUCATION: "学历 文化程度 受教育程度 whcd",
        Target.SCHOOL: "学校 就读学校 所在学校",
        Target.EMPLOYER: "工作单位 单位 服务处所 就业单位 gzdw fwcs",
        Target.BENEFIT: "待遇种类 补贴种类 补助种类 保障类别 享受待遇 补贴类型 待遇类别 险种",
        Target.AMOUNT: "金额 补助金额 补贴金额 待遇金额 月保障金额 保障金额 补差金额 月补助金额 月领取金额 养老金 发放金额 保障金 月待遇 月养老金",
        Target.BENEFIT_SINCE: "享受待遇时间 待遇开始时间 享受日期 审批时间 开始享受时间 待遇享受日期 纳入时间",
        Target.DESIGNATION: "认定类别 身份类别 困难类别 救助类别 对象类别 人群类别 低保类别",
        Target.DIED: "死亡日期 去世日期 死亡时间 去世时间 swrq",
        Target.NOTE: "备注 说明 注 remark",
    }.items()
}  # fmt: skip
NUMBERING = frozenset({"序号", "编号", "no", "no.", "行号", "id", "#"})
_SIGNS = re.compile(r"[\s:：*＊_\-·/、]+")
_IN_BRACKETS = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]")
_COMING_IN = re.compile(r"流入|暂住|来本地|居住证|流动人口")
EXACT, PART = 100, 60


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column probably says, how sure that is (0–100), and whether the head or the contents told."""

    target: str
    score: int
    by: str = "head"


def plain_head(head: object) -> str:
    """Return a head without signs, spaces and case; what stands in brackets stays."""
    if type(head) is str and values.stands_as_it_is(head):
        return head.lower()
    return _SIGNS.sub("", values.text(head)).lower()


def _bare(head: str) -> str:
    return _IN_BRACKETS.sub("", plain_head(head))


_EXACT = {plain_head(word): target for target, words in SYNONYMS.items() for word in words}
_LONG = sorted(((word, target) for word, target in _EXACT.items() if len(word) > 1), key=lambda pair: -len(pair[0]))


def named(head: str) -> Proposal | None:
    """Return what a head alone says; the last part of a two-line head counts before the whole."""
    whole = plain_head(head)
    if not whole or whole in NUMBERING:
        return None
    last = plain_head(head.rpartition("·")[2])
    for words in (whole, _bare(head), last, _bare(last)):
        if words in _EXACT and not (words == last != whole and words in {"姓名", "电话"} and "监护" in whole):
            return Proposal(_EXACT[words], EXACT)
    for word, target in _LONG:
        if word in whole and len(word) * 2 >= len(_bare(head)):
            return Proposal(target, PART)
    return None


def held(cells: Sequence[Any]) -> Proposal | None:  # noqa: PLR0911  a line for each kind  # noqa: PLR0911
    """Return what the contents alone say: numbers of people and phones, days, sexes and relations look like nothing else."""
    found = [value for value in cells if value is not None and not values.is_nothing(values.text(value))]
    if len(found) < 2:
        return None
    texts = [values.text(value) for value in found]

    def share(test: Any) -> float:
        return sum(1 for value in texts if test(value)) / len(texts)

    if share(lambda x: re.fullmatch(r"[0-9]{17}[0-9Xx]|[0-9]{15}", x) is not None or values.is_spoiled(x)) > 0.7:
        return Proposal(Target.ID_NUMBER, 80, "contents")
    if share(lambda x: re.match(r"1[3-9][0-9]{9}", x) is not None) > 0.7:
        return Proposal(Target.PHONE, 70, "contents")
    if share(lambda x: x in {"男", "女", "男性", "女性"}) > 0.8:
        return Proposal(Target.SEX, 90, "contents")
    if (
        share(
            lambda x: (
                x in {"户主", "配偶", "妻", "夫", "子", "女", "儿子", "女儿", "母亲", "父亲", "孙子", "孙女", "儿媳"}
            )
        )
        > 0.7
    ):
        return Proposal(Target.RELATION, 80, "contents")
    if share(lambda x: x in {"汉族", "汉", "回族", "满族", "苗族", "壮族", "土家族"}) > 0.7:
        return Proposal(Target.ETHNICITY, 80, "contents")
    if share(lambda x: re.search(r"村|组|号|路|街|室|栋|幢", x) is not None and len(x) > 5) > 0.7:
        return Proposal(Target.ADDRESS, 50, "contents")
    return None


def propose(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Proposal]:
    """Return a proposal for each column; no target is proposed twice, the surest column has it."""
    found: list[Proposal] = []
    for index, head in enumerate(heads):
        cells = [row[index] if index < len(row) else None for row in rows]
        said, shown = named(head), held(cells)
        if said and shown and said.target != shown.target and said.score < EXACT and shown.score > said.score:
            said = shown
        found.append(said or (shown if shown and plain_head(head) not in NUMBERING else None) or Proposal("", 0))
    best: dict[str, int] = {}
    for index, one in enumerate(found):
        if one.target and (one.target not in best or one.score > found[best[one.target]].score):
            best[one.target] = index
    return [one if best.get(one.target) == index else Proposal("", 0) for index, one in enumerate(found)]


def residence_of(heads: Sequence[str]) -> str:
    """Return how everybody of a list lives whose head speaks of coming in from elsewhere; empty where it does not."""
    return "incomer" if any(_COMING_IN.match(plain_head(head)) for head in heads) else ""


def fingerprint(heads: Sequence[str]) -> str:
    """Return by what a head is known again: its words in their order, whatever the spaces and signs."""
    return sha256("\n".join(plain_head(head) for head in heads).encode()).hexdigest()[:32]
