"""What goes wrong when people are written down by hand: names, numbers, days and phones, each at a set rate.

The lists of signs here are others than those of ``liren.base.likeness``: who is measured must not hold the answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from pypinyin import lazy_pinyin

from liren.base.codes import citizen_check

OLD_SIGNS = dict(
    zip(
        "张陈刘杨赵黄吴孙马罗郑谢韩冯于萧许邓苏卢蒋贾叶阎余钟范谭邹陆顾龙万钱汤贺赖龚国军强伟丽红艳静兴荣贵宝凤云玉莲爱义礼书长远进辉鹏飞杰伦传华刚剑动励启坚寿岚峰师庆开彦惠悦晓权栋树梦楼欢泽洁涛润满灵烨环现瑶电画礼祯"
        "秀纯经维绿罗联聪胜艺节苍兰蓝诗诚语诺谦贝贞贤质轩轻辅迟选钧钰银锋锐锦镇长门闻阳雾静韵顺颖风馨骏鹤鸿麦龄宁萍荣梁",
        "張陳劉楊趙黃吳孫馬羅鄭謝韓馮於蕭許鄧蘇盧蔣賈葉閻餘鐘範譚鄒陸顧龍萬錢湯賀賴龔國軍強偉麗紅艷靜興榮貴寶鳳雲玊蓮愛義禮書長遠進輝鵬飛傑倫傳華剛劍動勵啟堅壽嵐峯師慶開彥恵悅曉權棟樹夢樓歡澤潔濤潤滿靈燁環現瑤電畫禮禎"
        "琇純經維綠羅聯聰勝藝節蒼蘭藍詩誠語諾謙貝貞賢質軒輕輔遲選鈞鈺銀鋒銳錦鎮長門聞陽霧靜韻順穎風馨駿鶴鴻麥齡寧蘋榮樑",
        strict=True,
    )
)
_ALIKE = """
未末 日曰 己已 丹舟 侯候 晋普 蓉容 雯斐 洁沽 晴睛 莹萤 思恩 微徽 佳住 芳芬 伟违 英莹 凤风 桂佳 莲连 翠萃 荣茔 淑椒 贞贝 素索 根银 德得 富宫 志忘 良艮 春舂 顺须 喜善 宝定 长氏 玲铃 琴岑 梅海 波披 辉挥 博搏 文丈 毅殷 浩洗 宇字 晨震 娟捐 燕蒸 婷停 倩情 欣欢 怡治 雨两 涵函 梓样 轩轻 俊峻 熙照 然燃 明朋 哲折
"""
LOOKALIKES = {pair[turn]: pair[1 - turn] for pair in _ALIKE.split() for turn in (0, 1)}
APART = {
    "喆": "吉吉", "堃": "方方土", "玥": "王月", "珺": "王君", "珏": "王玉", "翀": "羽中", "犇": "牛牛牛", "鑫": "金金金", "淼": "水水水", "焱": "火火火", "垚": "土土土",
    "赟": "文武贝", "玮": "王韦", "晖": "日军", "琦": "王奇", "岚": "山风", "炜": "火韦", "昕": "日斤", "琳": "王林", "煊": "火宣", "瑄": "王宣", "頔": "由页", "骞": "寒马",
}  # fmt: skip
SIGNS_OF_NAMES = (
    "国建德永福贵金玉明长根宝生林荣华志富良山春来顺才喜秀英兰桂芳珍凤美翠莲梅巧素淑贞香菊云霞红琴娥花珠伟强军勇磊涛斌超鹏杰辉刚峰俊波飞健浩宇翔凯亮龙旭东晨阳博文毅丽敏静艳娟燕玲萍娜雪慧婷莉洁颖琳倩蓉薇晶佳欣悦思雨梦怡岚"
    "维玮苇炜威薇卫巍强蔷军钧君均骏峻勇咏泳永用磊蕾垒雷涛韬滔斌彬宾滨超朝鹏朋彭杰洁捷婕辉晖慧惠会汇刚钢纲峰锋丰枫风俊隽波博勃飞菲妃霏健建剑浩皓昊豪宇羽雨玉禹翔祥详凯恺楷亮良谅龙隆旭序绪东冬晨辰臣陈阳洋扬杨文雯闻毅艺逸义益易"
    "丽莉利立力历敏民珉静靖婧敬境净艳燕雁彦妍研言岩娟涓捐玲灵铃凌菱萍平苹坪红宏洪鸿虹弘娜纳雪学慧婷亭庭停莉洁节颖影莹英琳林霖临倩茜芊荣容融蓉晶京精靖佳嘉家加欣新馨心辛鑫悦月岳跃思司丝斯梦孟怡仪宜贻岚兰澜蓝子紫梓姿轩宣萱暄涵"
    "含晗寒然冉染熙希西曦溪诺懿若弱奕桐童彤沐木牧安景知智志治夏霞辖"
)
FULL_WIDTH_SPACE = "　"
SAID = (
    "零",
    "一",
    "二",
    "三",
    "四",
    "五",
    "六",
    "七",
    "八",
    "九",
    "十",
    "十一",
    "十二",
    "十三",
    "十四",
    "十五",
    "十六",
    "十七",
    "十八",
    "十九",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """How much is wrong: shares between 0 and 1 of rows, people or families."""

    number_missing: float
    number_wrong: float
    name_wrong: float
    phone_changed: float
    phone_missing: float
    birth_wrong: float
    birth_missing: float
    sex_wrong: float
    moved: float
    nowhere: float
    unknown_families: float
    unknown_people: float
    not_in_file: float
    repeated: float
    registry_without_number: float
    blocks: float


NORMAL = Setting(
    number_missing=0.01, number_wrong=0.003, name_wrong=0.03, phone_changed=0.08, phone_missing=0.03, birth_wrong=0.01, birth_missing=0.01,
    sex_wrong=0.002, moved=0.02, nowhere=0.02, unknown_families=0.03, unknown_people=0.01, not_in_file=0.05, repeated=0.005,
    registry_without_number=0.002, blocks=0.5,
)  # fmt: skip
HARDER = Setting(
    number_missing=0.03, number_wrong=0.01, name_wrong=0.10, phone_changed=0.20, phone_missing=0.05, birth_wrong=0.03, birth_missing=0.02,
    sex_wrong=0.005, moved=0.04, nowhere=0.04, unknown_families=0.06, unknown_people=0.02, not_in_file=0.07, repeated=0.015,
    registry_without_number=0.005, blocks=0.5,
)  # fmt: skip


class Dirt:
    """Spoils what is written down, and notes what was done."""

    def __init__(self, setting: Setting, dice: Random) -> None:
        self.setting, self.dice = setting, dice
        self.new_phones = 0
        self._notes: list[str] = []

    def begin(self) -> None:
        """Begin a new row."""
        self._notes = []

    def note(self, what: str) -> None:
        """Note what was spoiled."""
        self._notes.append(what)

    def noted(self) -> tuple[str, ...]:
        """Return what was spoiled in this row."""
        return tuple(self._notes)

    # names

    def name(self, name: str) -> str:
        """Return a name as it may have been written."""
        if self.dice.random() >= self.setting.name_wrong:
            return name
        ways = (
            self.old_sign,
            self.sound,
            self.spaced,
            self.lookalike,
            self.unreadable,
            self.dropped,
            self.turned,
            self.called,
        )
        way = self.dice.choices(ways, (26, 26, 16, 9, 9, 5, 5, 4))[0]
        spoiled = way(name)
        if spoiled == name:
            way, spoiled = self.sound, self.sound(name)
        if spoiled == name:
            way, spoiled = self.spaced, self.spaced(name)
        self.note(f"name:{way.__name__}")
        return spoiled

    def old_sign(self, name: str) -> str:
        """Write old or variant signs, all of them or one."""
        if self.dice.random() < 0.6:
            return "".join(OLD_SIGNS.get(sign, sign) for sign in name)
        place = self.dice.randrange(len(name))
        return name[:place] + OLD_SIGNS.get(name[place], name[place]) + name[place + 1 :]

    def sound(self, name: str) -> str:
        """Write a sign of the given name by another that sounds alike."""
        place = self.dice.randrange(1, len(name))
        others = [sign for sign in _homophones().get(_sound(name[place]), ()) if sign != name[place]]
        return name[:place] + self.dice.choice(others) + name[place + 1 :] if others else name

    def spaced(self, name: str) -> str:
        """Put spaces, narrow or wide, into a name, as tables do with two signs."""
        space = self.dice.choice((" ", "  ", FULL_WIDTH_SPACE))
        return space.join(name) if len(name) == 2 else name[0] + space + name[1:]

    def lookalike(self, name: str) -> str:
        """Write a sign by one that looks alike."""
        places = [place for place in range(1, len(name)) if name[place] in LOOKALIKES]
        if not places:
            return name
        place = self.dice.choice(places)
        return name[:place] + LOOKALIKES[name[place]] + name[place + 1 :]

    def unreadable(self, name: str) -> str:
        """Write a rare sign apart, or a sign that the font did not have as a question mark."""
        for sign, apart in APART.items():
            if sign in name[1:]:
                return name.replace(sign, self.dice.choice((apart, "?", f"({apart})")))
        place = self.dice.randrange(1, len(name))
        return name[:place] + self.dice.choice("?？*□") + name[place + 1 :]

    def dropped(self, name: str) -> str:
        """Leave a sign of a long name out."""
        if len(name) < 3:
            return name
        place = self.dice.randrange(1, len(name))
        return name[:place] + name[place + 1 :]

    def turned(self, name: str) -> str:
        """Exchange the two signs of the given name."""
        return name[:-2] + name[-1] + name[-2] if len(name) > 2 else name

    def called(self, name: str) -> str:
        """Write what somebody is called at home."""
        return name[0] + self.dice.choice(("小妹", "阿毛", "二", "大妹", "三子", "根宝", "小明", "来娣"))

    # numbers

    def number(self, number: str, birth_on: date, relatives: Sequence[str]) -> str:
        """Return an identity number as it may have been written; empty when it is missing."""
        roll = self.dice.random()
        if roll < self.setting.number_missing:
            self.note("number:missing")
            return ""
        if roll >= self.setting.number_missing + self.setting.number_wrong:
            return number
        ways = ("digit", "turned", "legacy", "old", "relative")
        way = self.dice.choices(ways, (35, 30, 15, 12, 8 if relatives else 0))[0]
        self.note(f"number:{way}")
        place = self.dice.randrange(6, 17)
        if way == "relative":
            return self.dice.choice(relatives)
        if way == "legacy" and birth_on.year < 2000:
            return number[:6] + number[8:17]
        if way == "old":
            body = number[:14] + f"{self.dice.randrange(400, 480) * 2 + int(number[16]) % 2:03d}"
            return body + citizen_check(body)
        digit = self.dice.choice([digit for digit in "0123456789" if digit != number[place]])
        turned = number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :]
        return turned if way == "turned" and turned != number else number[:place] + digit + number[place + 1 :]

    # days

    def birth(self, birth_on: date) -> date | None:
        """Return a birthday as it may have been written."""
        roll = self.dice.random()
        if roll < self.setting.birth_missing:
            self.note("birth:missing")
            return None
        if roll >= self.setting.birth_missing + self.setting.birth_wrong:
            return birth_on
        way = self.dice.choices(("lunar", "turned", "digit", "year"), (40, 25, 20, 15))[0]
        spoiled = birth_on
        if way == "lunar":
            spoiled = birth_on - timedelta(days=self.dice.randint(19, 50))
        elif way == "turned" and birth_on.day <= 12:
            spoiled = birth_on.replace(month=birth_on.day, day=birth_on.month)
        elif way == "year":
            spoiled = _in_year(birth_on, birth_on.year - self.dice.choice((-1, 1, 1)))
        if spoiled == birth_on:
            way, spoiled = "digit", birth_on + timedelta(days=self.dice.choice((-10, 10, 1, -1, 2, 20)))
        self.note(f"birth:{way}")
        return spoiled

    # addresses

    def address(self, address: str, community: str, town: str) -> str:
        """Return the address of a home as it may have been written: more or less of what stands above it, its numbers in other ways."""
        dice = self.dice
        door = address.removeprefix(community)
        before = dice.choices(
            (
                community,
                f"{town}{community}",
                f"{community}{'社区' if '幢' in door else '村'}",
                f"江苏省南京市江宁区{town}{community}",
                "",
            ),
            (58, 14, 14, 7, 7),
        )[0]
        way = dice.choices(("plain", "word", "short", "wide", "said", "spaced", "slip"), (66, 12, 6, 5, 5, 4, 2))[0]
        written = f"{before}{getattr(self, f'door_{way}')(door)}"
        if written != address:
            self.note(f"address:{way if way != 'plain' else 'before'}")
        return written

    def door_plain(self, door: str) -> str:
        """Leave a door as it is."""
        return door

    def door_word(self, door: str) -> str:
        """Use the other words for buildings and groups."""
        return door.replace("幢", self.dice.choice(("栋", "号楼", "座"))).replace(
            "组", self.dice.choice(("队", "村民小组"))
        )

    def door_short(self, door: str) -> str:
        """Leave out what people leave out: the entrance, the words between the numbers."""
        flat = re.fullmatch(r"(\d+)幢(\d+)单元(\d+)室", door)
        if flat is None:
            return door
        return self.dice.choice(
            (f"{flat[1]}-{flat[2]}-{flat[3]}", f"{flat[1]}幢{flat[3]}", f"{flat[1]}幢{flat[2]}单元{flat[3]}")
        )

    def door_wide(self, door: str) -> str:
        """Write wide digits."""
        return door.translate(str.maketrans("0123456789", "０１２３４５６７８９"))

    def door_said(self, door: str) -> str:
        """Write the number of a group in words."""
        return re.sub(r"^(\d+)(?=组)", lambda found: SAID[int(found[1])], door)

    def door_spaced(self, door: str) -> str:
        """Put spaces between the parts."""
        return re.sub(r"(?<=[组幢元])", " ", door)

    def door_slip(self, door: str) -> str:
        """Miscopy the last number: another door, which nobody can tell from the right one."""
        return re.sub(r"(\d)(?=\D*$)", lambda found: str((int(found[1]) + 1) % 10), door)

    # phones

    def phones(self, phone: str) -> tuple[str, ...]:
        """Return phones as they may have been written: none, another, or two."""
        dice, setting = self.dice, self.setting
        if dice.random() < setting.phone_missing:
            self.note("phone:missing")
            return ()
        if not phone or dice.random() < setting.phone_changed:
            if not phone and dice.random() < 0.7:
                return ()
            self.note("phone:changed")
            phone = self.new_phone()
        return (phone, self.new_phone()) if dice.random() < 0.06 else (phone,)

    def new_phone(self) -> str:
        """Return a phone that nobody else here has: the made-up people's begin at the other end."""
        self.new_phones += 1
        return f"154{99_999_999 - self.new_phones * 7907 % 100_000_000:08d}"


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=min(day.day, 28))


@cache
def _sound(sign: str) -> str:
    return str(lazy_pinyin(sign)[0])


@cache
def _homophones() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for sign in dict.fromkeys(SIGNS_OF_NAMES):
        groups.setdefault(_sound(sign), []).append(sign)
    return {sound: tuple(signs) for sound, signs in groups.items()}
