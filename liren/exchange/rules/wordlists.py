"""What words of lists mean in codes, where no national code list says it."""

from collections.abc import Mapping

from liren.exchange.enums import Target

SEX = {
    "男": "1",
    "女": "2",
    "男性": "1",
    "女性": "2",
    "1": "1",
    "2": "2",
    "m": "1",
    "f": "2",
    "male": "1",
    "female": "2",
    "0": "0",
    "9": "9",
    "未知": "0",
}
RELATIONS = {
    "户主": "02", "本人": "02", "丈夫": "11", "夫": "11", "妻子": "12", "妻": "12", "配偶": "10", "老伴": "10", "爱人": "10", "子": "20", "儿子": "20",
    "长子": "22", "次子": "23", "三子": "24", "四子": "25", "女": "30", "女儿": "30", "长女": "32", "次女": "33", "三女": "34", "儿媳": "38", "媳妇": "38",
    "女婿": "28", "孙子": "41", "孙女": "42", "外孙": "43", "外孙子": "43", "外孙女": "44", "孙": "40", "父亲": "51", "父": "51", "母亲": "52", "母": "52",
    "公公": "53", "婆婆": "54", "岳父": "55", "岳母": "56", "祖父": "61", "爷爷": "61", "祖母": "62", "奶奶": "62", "外祖父": "63", "外公": "63", "外祖母": "64",
    "外婆": "64", "兄": "71", "哥哥": "71", "弟": "73", "弟弟": "73", "姐": "75", "姐姐": "75", "妹": "77", "妹妹": "77", "其他": "99", "非亲属": "98",
}  # fmt: skip
RESIDENCES = {
    "户籍": "registered", "户籍人口": "registered", "常住": "registered", "本地户籍": "registered", "人户一致": "registered", "人在户在": "registered",
    "人户分离": "absent", "空挂户": "absent", "户在人不在": "absent", "人不在户在": "absent", "流动人口": "incomer", "流入": "incomer", "流入人口": "incomer",
    "外来人口": "incomer", "外来": "incomer", "暂住": "incomer", "租住": "incomer", "租户": "incomer", "人在户不在": "incomer", "境外": "overseas",
    "境外人员": "overseas", "港澳台": "overseas", "迁出": "gone", "已迁出": "gone",
}  # fmt: skip
AWAY_REASONS = {
    "务工": "work", "打工": "work", "外出务工": "work", "上班": "work", "经商": "business", "外出经商": "business", "做生意": "business", "求学": "study",
    "上学": "study", "读书": "study", "学习": "study", "参军": "army", "当兵": "army", "服役": "army", "投靠": "care", "随迁": "care", "照顾": "care",
    "带孙": "care", "其他": "other",
}  # fmt: skip
DISABILITIES = {
    "视力": "1", "听力": "2", "言语": "3", "肢体": "4", "智力": "5", "精神": "6", "多重": "7", **{str(n): str(n) for n in range(1, 8)},
}  # fmt: skip
DEGREES = {
    "一级": "1",
    "二级": "2",
    "三级": "3",
    "四级": "4",
    "一": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    **{str(n): str(n) for n in range(1, 5)},
    "壹级": "1",
    "贰级": "2",
    "叁级": "3",
    "肆级": "4",
}
MARRIAGES = {
    "未婚": "10",
    "已婚": "20",
    "初婚": "21",
    "再婚": "22",
    "复婚": "23",
    "丧偶": "30",
    "离婚": "40",
    "离异": "40",
    "未说明": "90",
}
WARDSHIPS = {
    "父母": "parent", "父亲": "parent", "母亲": "parent", "父": "parent", "母": "parent", "祖父母": "grandparent", "祖父": "grandparent", "祖母": "grandparent",
    "爷爷": "grandparent", "奶奶": "grandparent", "外公": "grandparent", "外婆": "grandparent", "外祖父": "grandparent", "外祖母": "grandparent",
    "兄": "sibling", "姐": "sibling", "哥哥": "sibling", "姐姐": "sibling", "配偶": "spouse", "丈夫": "spouse", "妻子": "spouse", "子女": "child",
    "儿子": "child", "女儿": "child", "亲属": "kin", "亲戚": "kin", "其他": "kin", "村委会": "office", "居委会": "office", "民政部门": "office",
}  # fmt: skip
DESIGNATIONS = {
    "低保": "dibao", "低保户": "dibao", "最低生活保障": "dibao", "城乡低保": "dibao", "城市低保": "dibao", "农村低保": "dibao", "低保对象": "dibao",
    "支出型困难": "other", "支出型困难家庭": "other", "低保边缘家庭": "low_income", "特困供养人员": "tekun", "分散特困": "tekun", "集中特困": "tekun", "特困": "tekun", "特困供养": "tekun", "五保": "tekun", "五保户": "tekun",
    "特困人员": "tekun", "低收入": "low_income", "低收入家庭": "low_income", "低保边缘": "low_income",
    "优抚": "preferential", "优抚对象": "preferential", "退役军人": "veteran", "退伍军人": "veteran",
}  # fmt: skip
BENEFITS = {
    "低保": "dibao", "低保金": "dibao", "城市低保": "dibao", "农村低保": "dibao", "特困人员": "tekun", "最低生活保障金": "dibao", "特困": "tekun", "特困供养": "tekun", "困难残疾人生活补贴": "disabled-life", "生活补贴": "disabled-life",
    "重度残疾人护理补贴": "disabled-care", "护理补贴": "disabled-care", "高龄津贴": "old-age", "高龄补贴": "old-age", "尊老金": "old-age", "养老金": "pension",
    "城乡居民养老金": "pension", "城乡居民养老保险": "pension", "城乡居保": "pension", "基础养老金": "pension", "孤儿基本生活费": "orphan", "临时救助": "temporary",
    "医疗救助": "medical", "优抚金": "preferential", "抚恤金": "preferential",
}  # fmt: skip
ENDINGS = {
    Target.DISABILITY: ("残疾", "残"),
    Target.ETHNICITY: ("族",),
    Target.AWAY_REASON: (),
    Target.DEGREE: ("级残疾", "级", "残"),
}

WORDS: dict[str, Mapping[str, str]] = {
    Target.SEX: SEX,
    Target.RELATION: RELATIONS,
    Target.RESIDENCE: RESIDENCES,
    Target.AWAY_REASON: AWAY_REASONS,
    Target.DISABILITY: DISABILITIES,
    Target.DEGREE: DEGREES,
    Target.MARRIAGE: MARRIAGES,
    Target.WARDSHIP: WARDSHIPS,
    Target.DESIGNATION: DESIGNATIONS,
    Target.BENEFIT: BENEFITS,
}
CODED = frozenset({*WORDS, Target.ETHNICITY, Target.EDUCATION})
"""Targets whose words become codes; a word that is in no list can be given a code by hand, once for all rows."""
