"""How like two names, two birthdays or two identity numbers are: pure comparison for finding one person in two lists.

Levels are ordered, the likest first. They say what differs, so that a screen can tell the reason; how much a difference weighs
is for those who compare to decide.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from operator import mul

from liren.base.codes import CITIZEN_CHECKS, CITIZEN_WEIGHTS, citizen_check, normal_number, read_id
from liren.base.names import COMPOUND_SURNAMES, is_han, sound_of

# Signs of names that are written in two ways: the usual one, then the old and the variant ones.
_VARIANTS = """
张張 陈陳 刘劉 杨楊 赵趙 黄黃 吴吳 孙孫 马馬 罗羅 郑鄭 谢謝 韩韓 冯馮 于於 萧蕭肖 许許 邓鄧 苏蘇 卢盧 蒋蔣 贾賈 魏魏 叶葉 阎閻闫 余餘 钟鐘鍾锺 范範 谭譚 邹鄒
陆陸 顾顧 龙龍 万萬 钱錢 汤湯 贺賀 赖賴 龚龔 单單 庄莊 严嚴 温溫 颜顏 兰蘭 卫衛 齐齊 聂聶 乔喬 卞卞 梁樑 岳嶽 毕畢 尧堯 纪紀 项項 童僮 傅傳 闵閔 穆穆 宁寧甯 祝祝 华華 鲁魯
庞龐 关關 邬鄔 鲍鮑 费費 应應 鉴鑒鑑 阳陽 诸諸 葛葛 欧歐 国國囯圀 建建 军軍 强強彊 伟偉 丽麗 红紅 艳豔艷 娟娟 静靜 敏敏 霞霞 兴興 荣榮 贵貴 财財 宝寶寳 凤鳳 云雲 玉玉 珍珎 龄齡 莲蓮 爱愛 义義 礼禮 智智
书書 学學斈 文文 东東 来來 长長 远遠 进進 达達 连連 运運 辉輝煇 辽遼 鹏鵬 飞飛 鸿鴻 鹤鶴 马馬 骏駿 骄驕 俊儁 杰傑 伦倫 会會 传傳 优優 亿億 仪儀 侠俠 侨僑 亚亞 业業 严嚴 丰豐 临臨 为為爲 举舉 乐樂 习習 乡鄉
买買 争爭 亲親 亮亮 从從 众眾 伞傘 冰氷 净淨 凯凱 刚剛 创創 别別 剑劍剣 劲勁 务務 动動 励勵 劳勞 勋勳 区區 华華 协協 单單 卖賣 厉厲 历歷 县縣 叶葉 号號 启啟啓 员員 咏詠 响響 哑啞 园園 图圖 团團 圣聖 场場 坚堅
坛壇 垒壘 处處 备備 复復 头頭 夹夾 奋奮 奖獎 妆妝 妇婦 妈媽 娇嬌 孙孫 实實寔 审審 宪憲 宾賓 对對 寻尋 导導 寿壽 将將 尔爾 尘塵 层層 属屬 岁歲 岗崗 岚嵐 岛島 岭嶺 峡峽 峰峯 巧巧 师師 帅帥 带帶 庆慶 应應 库庫 廉亷 开開 异異 张張
弥彌 彦彥 归歸 当當 录錄 彻徹 怀懷 态態 总總 恒恆 恋戀 恳懇 惠恵 悦悅 惊驚 愿願 戏戲 户戶 扬揚 执執 扩擴 护護 报報 担擔 择擇 挥揮 损損 换換 据據 揽攬 敌敵 斋齋 断斷 无無 旧舊 时時 旷曠 昙曇 昼晝 显顯 晋晉 晓曉 晖暉 晕暈 暂暫 术術
机機 杂雜 权權 条條 杨楊 极極 构構 枫楓 柜櫃 栋棟 树樹 样樣 桥橋 桦樺 梦夢 检檢 楼樓 横橫 欢歡 气氣 汇匯 汉漢 沟溝 沣灃 沧滄 沪滬 泪淚 泽澤 洁潔 浅淺 济濟 浓濃 涛濤 润潤 涌湧 渊淵 温溫 满滿 滨濱 潇瀟 灵靈 灿燦 炜煒 炼煉 烨燁 热熱 焕煥 煊暄
牵牽 状狀 独獨 狮獅 玛瑪 环環 现現 琏璉 琐瑣 琼瓊 瑶瑤 电電 画畫 畅暢 疗療 皑皚 盖蓋 盘盤 真眞 硕碩 确確 礼禮 祎禕 祯禎 禄祿 离離 种種 积積 称稱 秋秌 稳穩 穷窮 窦竇 竞競 笔筆 笃篤 简簡 粮糧 系係 纤纖 约約 纯純 纲綱 纳納 纵縱 纷紛 纪紀 纬緯
练練 组組 细細 绅紳 终終 绍紹 经經 结結 绘繪 给給 络絡 绝絕 统統 绢絹 绣繡綉 继繼 绩績 绪緒 续續 绮綺 维維 绵綿 综綜 绿綠 缘緣 缤繽 罗羅 罡罡 羡羨 群羣 翘翹 耀燿曜 耿耿 联聯 聪聰聡 肃肅 胜勝 脉脈 腾騰 舰艦 艺藝 节節 芦蘆 苍蒼 苏蘇 茂茂 荣榮
荔茘 荫蔭 药藥 莉莉 莹瑩 萤螢 营營 萍蘋 蒋蔣 蓝藍 蔷薔 蕴蘊 虑慮 虚虛 虽雖 蚕蠶 补補 袭襲 裕裕 观觀 规規 觉覺 览覽 计計 认認 讯訊 记記 讲講 论論 设設 诗詩 诚誠 诞誕 诠詮 询詢 详詳 语語 说說 诺諾 课課 谅諒 谊誼 谋謀 谦謙 谨謹 谱譜 赛賽 贝貝 贞貞 负負
贡貢 贤賢 贯貫 质質 贴貼 贻貽 贺賀 资資 赋賦 赏賞 赐賜 赞贊讚 赢贏 赵趙 跃躍 践踐 车車 轩軒 转轉 轮輪 轻輕 载載 辅輔 辰辰 辞辭 边邊 迁遷 过過 还還 这這 迟遲 适適 选選 逊遜 递遞 遗遺 邻鄰 郁鬱 郏郟 采採 释釋 里裏裡 鉴鑒 针針 钢鋼 钧鈞 钦欽 钰鈺 铁鐵 铃鈴 铜銅
铭銘 银銀 锋鋒 锐銳 锁鎖 锦錦 键鍵 镇鎮 镜鏡 长長 门門 闪閃 问問 闯闖 闲閒 间間 闻聞 阁閣 阅閱 队隊 阳陽 阴陰 阵陣 阶階 际際 陆陸 陈陳 随隨 隐隱 难難 雾霧 霁霽 静靜 韦韋 韬韜 韵韻 页頁 顶頂 顺順 须須 颂頌 领領 颖穎颕 频頻 题題 颜顏 风風 飘飄 飞飛 饶饒 馨馨 驰馳
驱驅 骁驍 骅驊 骆駱 验驗 鱼魚 鲜鮮 鸟鳥 鸣鳴 鸽鴿 鹃鵑 麦麥 黄黃 齐齊 龄齡 龙龍 龟龜 淑婌 琴琹 泰㤗 朵朶 桂桂 哲喆嚞 升昇陞 坤堃 群羣 森淼 村邨 和龢 杯盃 侄姪 苇葦 沈瀋 余馀 俊隽雋
"""
# Rare signs as a clerk without the right font writes them.
_APART = {
    "吉吉": "喆", "方方土": "堃", "王月": "玥", "王君": "珺", "王玉": "珏", "羽中": "翀", "日升": "昇", "生生": "甡", "牛牛牛": "犇", "金金金": "鑫", "水水水": "淼",
    "火火火": "焱", "土土土": "垚", "马马马": "骉", "木木木": "森", "石石石": "磊", "女吉": "姞", "火华": "烨", "王成": "珹", "日文": "旻", "日天": "昊", "火玉": "𤆼",
    "文武贝": "赟", "王韦": "玮", "日军": "晖", "雨文": "雯", "王奇": "琦", "山风": "岚", "日云": "昙", "火韦": "炜", "日华": "晔", "女冉": "姌", "女亭": "婷", "王民": "珉",
    "水内": "汭", "火高": "熇", "王行": "珩", "女英": "媖", "草宛": "菀", "立羽": "翊", "日斤": "昕", "竹均": "筠", "王林": "琳", "火昆": "焜", "火宣": "煊", "王宣": "瑄",
}  # fmt: skip
_PLUS = re.compile(r"[+＋/／()（）]")
_PLAIN = re.compile(r"[一-鿿]{1,3}")
_UNKNOWN = re.compile(r"[?？*＊%％□■〇●○_�\ue000-\uf8ff]")
_FOLD = {ord(other): group[0] for group in _VARIANTS.split() for other in group[1:] if other != group[0]}
LEAST_LUNAR_DAYS, MOST_LUNAR_DAYS = 17, 53  # how far a day of the old calendar, read as a day of ours, lies before it


class NameLevel(IntEnum):
    """How like two names are."""

    SAME = 0
    VARIANT = 1  # the same in usual signs: 張偉 and 张伟, 王 芳 and 王芳
    GAP = 2  # the same where both can be read: 王?芳 and 王巧芳
    SOUND = 3  # said alike: 张伟 and 章伟 and 张玮
    TURNED = 4  # the same signs in another order
    SIGN = 5  # one sign is another, is missing or too many
    SURNAME = 6
    OTHER = 7


class DayLevel(IntEnum):
    """How like two birthdays are."""

    SAME = 0
    TURNED = 1  # month and day exchanged
    DIGIT = 2  # one digit is another, or two neighbours exchanged
    LUNAR = 3  # one is the day of the old calendar
    YEAR = 4  # the same day of another near year, or the same month
    OTHER = 5
    UNKNOWN = 6


class NumberLevel(IntEnum):
    """How like two identity numbers are."""

    SAME = 0
    SLIP = 1  # one digit, or two neighbours, and the one that slipped fails its check
    OTHER = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class NameShape:
    """A name as it is compared: in usual signs, its sound, its signs in order, its surname, how many signs are unreadable."""

    folded: str
    sound: str
    signs: str
    surname: str
    gaps: int

    @property
    def one_other(self) -> tuple[str, ...]:
        """Return the name with each of its signs blotted out in turn: two names that differ in one sign have one of these in common."""
        name = self.folded
        return tuple(name[:place] + "_" + name[place + 1 :] for place in range(len(name))) if len(name) > 1 else ()

    @property
    def one_less(self) -> tuple[str, ...]:
        """Return the name without each of its signs in turn, down to two signs."""
        name = self.folded
        return tuple(name[:place] + name[place + 1 :] for place in range(len(name))) if len(name) > 2 else ()


@lru_cache(maxsize=65536)
def name_shape(name: str) -> NameShape:
    """Return what a name is compared by."""
    plain = folded(name)
    gaps = plain.count("?")
    surname = plain[:2] if plain[:2] in COMPOUND_SURNAMES else plain[:1] if is_han(plain) else plain
    return NameShape(plain, "" if gaps else sound_of(plain), "".join(sorted(plain)), surname, gaps)


def folded(name: str) -> str:
    """Return a name in usual signs without spaces and marks; rare signs written apart are joined, unreadable ones are ``?``."""
    if _PLAIN.fullmatch(name):
        return name.translate(_FOLD)
    text = _UNKNOWN.sub("?", name)
    text = unicodedata.normalize("NFKC", text)
    marked = _PLUS.sub("", re.sub(r"\s+", "", text) if is_han(text) else " ".join(text.split()).lower())
    if len(marked) > 3:
        for apart, sign in _APART.items():
            marked = marked[0] + marked[1:].replace(apart, sign)
    return re.sub(r"[·•‧・.]", "", marked).translate(_FOLD)


def name_level(one: str, other: str) -> NameLevel:
    """Return how like two names are, as they were written."""
    if one == other:
        return NameLevel.SAME
    return shape_level(name_shape(one), name_shape(other))


def shape_level(one: NameShape, other: NameShape) -> NameLevel:
    """Return how like two shapes are; ``SAME`` and ``VARIANT`` cannot be told apart here."""
    a, b = one.folded, other.folded
    if a == b:
        return NameLevel.VARIANT
    hidden = one.gaps + other.gaps
    if hidden and len(a) == len(b) > hidden and (_fits(a, b) or _fits(b, a)):
        return NameLevel.GAP
    if one.sound and one.sound == other.sound:
        return NameLevel.SOUND
    if one.signs == other.signs:
        return NameLevel.TURNED
    if set(one.one_other) & set(other.one_other) or a in other.one_less or b in one.one_less:
        return NameLevel.SIGN
    return NameLevel.SURNAME if one.surname == other.surname else NameLevel.OTHER


def _fits(name: str, gapped: str) -> bool:
    return all(seen in {sign, "?"} for sign, seen in zip(name, gapped, strict=True))


def day_level(one: date | None, other: date | None) -> DayLevel:
    """Return how like two birthdays are."""
    if one is None or other is None:
        return DayLevel.UNKNOWN
    if one == other:
        return DayLevel.SAME
    near_years, same_turn = abs(one.year - other.year) <= 2, (one.month, one.day) == (other.month, other.day)
    found = {
        DayLevel.TURNED: (one.year, one.month, one.day) == (other.year, other.day, other.month),
        DayLevel.DIGIT: _slipped(f"{one:%Y%m%d}", f"{other:%Y%m%d}"),
        DayLevel.LUNAR: LEAST_LUNAR_DAYS <= abs((one - other).days) <= MOST_LUNAR_DAYS,
        DayLevel.YEAR: (near_years and same_turn) or (one.year, one.month) == (other.year, other.month),
    }
    return next((level for level, holds in found.items() if holds), DayLevel.OTHER)


def _slipped(a: str, b: str) -> bool:
    places = [place for place in range(len(a)) if a[place] != b[place]]
    if len(places) == 2:
        first, second = places
        return second == first + 1 and (a[first], a[second]) == (b[second], b[first])
    return len(places) == 1


def number_level(one: str, other: str) -> NumberLevel:
    """Return how like two identity numbers are; 15 digits count as the 18 they became."""
    if not one or not other:
        return NumberLevel.UNKNOWN
    a, b = read_id(one).number, read_id(other).number
    if a == b:
        return NumberLevel.SAME
    return NumberLevel.SLIP if b in set(slips(a)) or a in set(slips(b)) else NumberLevel.OTHER


def slips(number: str) -> Iterator[str]:
    """Yield the sound numbers that a number may have been meant for, when it fails its check: about thirty (GB 11643).

    One digit wrong, or two neighbours exchanged: for each place at most one number passes the check, so that the right one
    can be looked for by its hash, without opening anybody's number.
    """
    text = normal_number(number)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text) or citizen_check(text[:17]) == text[17]:
        return
    body, check = text[:17], text[17]
    digits = [int(digit) for digit in body]
    lacks = CITIZEN_CHECKS.index(check) - sum(map(mul, CITIZEN_WEIGHTS, digits))
    yield body + citizen_check(body)
    for place, digit in enumerate(digits):
        meant = (digit + lacks * pow(CITIZEN_WEIGHTS[place], -1, 11)) % 11
        if meant < 10:
            yield f"{body[:place]}{meant}{body[place + 1 :]}{check}"
    for place in range(16):
        turn = digits[place + 1] - digits[place]
        if turn and ((CITIZEN_WEIGHTS[place] - CITIZEN_WEIGHTS[place + 1]) * turn - lacks) % 11 == 0:
            yield body[:place] + body[place + 1] + body[place] + body[place + 2 :] + check
    if check != "X" and body[16] != check and citizen_check(body[:16] + check) == body[16]:
        yield body[:16] + check + body[16]
