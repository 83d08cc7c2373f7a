"""Closed word lists of the registry; open national lists (ethnicity, relation to head …) are pack data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    """The paper that proves who somebody is."""

    RESIDENT = "resident", _("居民身份证")
    PERMIT = "permit", _("港澳台居民居住证")
    FOREIGNER = "foreigner", _("外国人永久居留身份证")
    TRAVEL = "travel", _("来往内地（大陆）通行证")
    PASSPORT = "passport", _("护照")
    REGISTER = "register", _("户口簿")
    NONE = "none", _("没有证件")


class Sex(models.TextChoices):
    """GB/T 2261.1."""

    UNKNOWN = "0", _("未知")
    MALE = "1", _("男")
    FEMALE = "2", _("女")
    UNSTATED = "9", _("未说明")


class FactKind(models.TextChoices):
    """What a dated line of a person's file says."""

    RESIDENCE = "residence", _("居住")
    AWAY = "away", _("外出务工")
    DISABILITY = "disability", _("残疾")
    GUARDIAN = "guardian", _("监护")
    MEMBER = "member", _("居住户成员")
    REGISTER = "register", _("户籍户成员")
    RELATION = "relation", _("亲属和照护")
    MARRIAGE = "marriage", _("婚姻")
    EDUCATION = "education", _("学历")
    SCHOOL = "school", _("就读")
    EMPLOYER = "employer", _("工作单位")
    BELONGS = "belongs", _("所属组织")
    CERTIFICATE = "certificate", _("证件证书")
    BENEFIT = "benefit", _("待遇")
    DESIGNATION = "designation", _("认定")
    CONFIDENTIAL = "confidential", _("保密认定")
    BIRTH = "birth", _("出生")
    DEATH = "death", _("去世")
    MOVED = "moved", _("迁移")
    CONTACT = "contact", _("联系方式")


class ResidenceKind(models.TextChoices):
    """How registered and actual residence go together (人户一致标识)."""

    REGISTERED = "registered", _("户籍在本地，住在本地")
    ABSENT = "absent", _("户籍在本地，住在外地")
    INCOMER = "incomer", _("户籍在外地，住在本地")
    OVERSEAS = "overseas", _("港澳台或外国人，住在本地")
    GONE = "gone", _("已迁出")


class AwayReason(models.TextChoices):
    """Why somebody is away."""

    WORK = "work", _("外出务工")
    BUSINESS = "business", _("外出经商")
    STUDY = "study", _("外出求学")
    ARMY = "army", _("参军")
    CARE = "care", _("外出照料或投靠亲属")
    OTHER = "other", _("其他")


class DisabilityKind(models.TextChoices):
    """GB/T 26341, the seven kinds."""

    SIGHT = "1", _("视力残疾")
    HEARING = "2", _("听力残疾")
    SPEECH = "3", _("言语残疾")
    LIMBS = "4", _("肢体残疾")
    INTELLECT = "5", _("智力残疾")
    MIND = "6", _("精神残疾")
    MULTIPLE = "7", _("多重残疾")


class DisabilityDegree(models.TextChoices):
    """GB/T 26341, the four degrees; 1 is the gravest."""

    FIRST = "1", _("一级")
    SECOND = "2", _("二级")
    THIRD = "3", _("三级")
    FOURTH = "4", _("四级")


class GuardianKind(models.TextChoices):
    """What a guardian is to the ward (民法典 §27, §28 and §31; §33 by agreement)."""

    PARENT = "parent", _("父母")
    GRANDPARENT = "grandparent", _("祖父母、外祖父母")
    SIBLING = "sibling", _("兄、姐")
    SPOUSE = "spouse", _("配偶")
    CHILD = "child", _("子女")
    KIN = "kin", _("其他近亲属")
    APPOINTED = "appointed", _("指定监护人")
    AGREED = "agreed", _("意定监护人")
    ENTRUSTED = "entrusted", _("受委托照护人")
    OFFICE = "office", _("村（居）委会或民政部门")


class RelationKind(models.TextChoices):
    """What the other one is to the person of the line: ``parent`` says that the other is a parent of this person."""

    PARENT = "parent", _("父母")
    CHILD = "child", _("子女")
    SPOUSE = "spouse", _("配偶")
    SIBLING = "sibling", _("兄弟姐妹")
    GRANDPARENT = "grandparent", _("祖父母、外祖父母")
    GRANDCHILD = "grandchild", _("孙子女、外孙子女")
    CARER = "carer", _("照护人")
    OTHER = "other", _("其他亲属")


class CertificateKind(models.TextChoices):
    """Papers that somebody holds besides the one that proves who they are."""

    REGISTER = "register", _("户口簿")
    MARRIAGE = "marriage", _("结婚证")
    DIVORCE = "divorce", _("离婚证")
    BIRTH = "birth", _("出生医学证明")
    DISABLED = "disabled", _("残疾人证")
    VETERAN = "veteran", _("退役军人优待证")
    ELDER = "elder", _("老年人优待证")
    RESIDENCE = "residence", _("居住证")
    PROPERTY = "property", _("不动产权证书")
    DRIVING = "driving", _("机动车驾驶证")
    SKILL = "skill", _("职业资格、技能证书")
    MEDICAL = "medical", _("医保凭证")
    OTHER = "other", _("其他证件")


class BenefitKind(models.TextChoices):
    """What somebody draws, regularly or once."""

    DIBAO = "dibao", _("低保金")
    TEKUN = "tekun", _("特困供养金")
    DISABLED_LIVING = "disabled-life", _("困难残疾人生活补贴")
    DISABLED_CARE = "disabled-care", _("重度残疾人护理补贴")
    OLD_AGE = "old-age", _("高龄津贴")
    PENSION = "pension", _("城乡居民养老金")
    ORPHAN = "orphan", _("孤儿和困境儿童基本生活费")
    TEMPORARY = "temporary", _("临时救助")
    MEDICAL = "medical", _("医疗救助")
    PREFERENTIAL = "preferential", _("优抚金")
    OTHER = "other", _("其他待遇")


class DesignationKind(models.TextChoices):
    """What an authority has found somebody to be, for a time."""

    DIBAO = "dibao", _("低保对象")
    TEKUN = "tekun", _("特困人员")
    LOW_INCOME = "low_income", _("低收入家庭成员")
    VETERAN = "veteran", _("退役军人")
    PREFERENTIAL = "preferential", _("优抚对象")
    ORPHAN = "orphan", _("孤儿")
    DIFFICULTY = "difficulty", _("困境儿童")
    UNABLE = "unable", _("无监护能力")
    BEREAVED = "bereaved", _("失独家庭成员")
    PARTY = "party", _("党员")
    OTHER = "other", _("其他认定")


class ConfidentialKind(models.TextChoices):
    """Designations that only named posts see; the word itself is sealed at rest."""

    CORRECTION = "correction", _("社区矫正对象")
    REHABILITATION = "rehabilitation", _("戒毒康复人员")
    MENTAL = "mental", _("严重精神障碍患者")


class Way(models.TextChoices):
    """Which way somebody moved over the community's border."""

    IN = "in", _("迁入")
    OUT = "out", _("迁出")


class HouseholdKind(models.TextChoices):
    """A household as it lives together, or as it stands in one register."""

    LIVING = "living", _("居住户")
    REGISTER = "register", _("户籍户")


class Tenure(models.TextChoices):
    """By which right a household lives in its dwelling."""

    UNKNOWN = "", _("未登记")
    OWNED = "owned", _("自有")
    RENTED = "rented", _("租住")
    COLLECTIVE = "collective", _("集体宿舍")
    PUBLIC = "public", _("公租房、廉租房")
    LENT = "lent", _("借住")


class DwellingKind(models.TextChoices):
    """How a dwelling came to be."""

    UNKNOWN = "", _("未登记")
    SELF_BUILT = "self-built", _("自建房")
    FLAT = "flat", _("商品房")
    RESETTLED = "resettled", _("安置房")
    PUBLIC = "public", _("公租房、廉租房")
    COLLECTIVE = "collective", _("集体宿舍")
    OTHER = "other", _("其他")


class PartKind(models.TextChoices):
    """What is put into a grid as a whole."""

    BUILDING = "building", _("楼栋、村组")
    UNIT = "unit", _("小组、院落")
    DWELLING = "dwelling", _("单处住房")
    HOUSEHOLD = "household", _("没有登记住房的户")


class GridChangeKind(models.TextChoices):
    """What a change did to the parts of grids."""

    PUT = "put", _("划入")
    TAKEN = "taken", _("划出")
    CLOSED = "closed", _("停用网格")


class ContactKind(models.TextChoices):
    """Further ways to reach somebody; phones have a table of their own, because they are searched for."""

    EMERGENCY = "emergency", _("紧急联系人")
    POST = "post", _("通信地址")
    WECHAT = "wechat", _("微信")
    EMAIL = "email", _("电子邮箱")
    OTHER = "other", _("其他联系方式")


class OrganisationKind(models.TextChoices):
    """What an organisation of a community is."""

    COMMITTEE = "committee", _("村（居）委会")
    PARTY = "party", _("党组织")
    COOPERATIVE = "cooperative", _("农村集体经济组织")
    SOCIAL = "social", _("社会组织")
    PROPERTY = "property", _("物业服务企业")
    OWNERS = "owners", _("业主委员会")
    SCHOOL = "school", _("学校、幼儿园")
    HEALTH = "health", _("医疗机构")
    COMPANY = "company", _("企业")
    SHOP = "shop", _("个体工商户")
    PUBLIC = "public", _("机关、事业单位")
    OTHER = "other", _("其他组织")


class Began(models.TextChoices):
    """How somebody came to be counted in a community under a residence kind."""

    BORN = "born", _("出生")
    MOVED_IN = "moved-in", _("迁入")
    HANDED_IN = "handed-in", _("从外村（社区）转入")
    LISTED = "listed", _("补登")
    CHANGED = "changed", _("居住情况变化")


class Ended(models.TextChoices):
    """How somebody ceased to be counted in a community under a residence kind."""

    OPEN = "", _("还在")
    DIED = "died", _("死亡")
    MOVED_OUT = "moved-out", _("迁出")
    HANDED_OUT = "handed-out", _("转出到外村（社区）")
    STRUCK = "struck", _("注销")
    CHANGED = "changed", _("居住情况变化")


class MoveSide(models.TextChoices):
    """On which side of a move between communities a community stands."""

    GIVING = "giving", _("转出")
    RECEIVING = "receiving", _("转入")


class MoveState(models.TextChoices):
    """How far a move between communities has come."""

    PROPOSED = "proposed", _("等对方确认")
    ACCEPTED = "accepted", _("已接收")
    REFUSED = "refused", _("已退回")
    WITHDRAWN = "withdrawn", _("已撤回")


class Source(models.TextChoices):
    """Where a line comes from."""

    DECLARED = "declared", _("本人申报")
    VISIT = "visit", _("入户走访")
    PAPER = "paper", _("查验证件")
    SHARED = "shared", _("部门共享")
    IMPORTED = "imported", _("台账导入")


class CorrectionState(models.TextChoices):
    """Where a resident's wish to have something put right stands."""

    WAITING = "waiting", _("等待处理")
    ACCEPTED = "accepted", _("已更正")
    REFUSED = "refused", _("没有更正")
    WITHDRAWN = "withdrawn", _("已撤回")


class CorrectionVerb(models.TextChoices):
    """What can be done to a request for correction."""

    ACCEPT = "accept", _("同意更正")
    REFUSE = "refuse", _("不能更正")
    WITHDRAW = "withdraw", _("撤回申请")


class PairState(models.TextChoices):
    """What was found out about two files that look alike."""

    OPEN = "open", _("等待判断")
    DIFFERENT = "different", _("不是同一个人")
    MERGED = "merged", _("已合并")


HEAD = "02"  # GB/T 4761: 户主


class TrialState(models.TextChoices):
    """How far a trial is that is worked out in the background."""

    RUNNING = "running", _("正在算")
    DONE = "done", _("算好了")
    CANCELLED = "cancelled", _("已取消")
    FAILED = "failed", _("没有算成")
