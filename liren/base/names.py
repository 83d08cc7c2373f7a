"""Search keys of personal names: pinyin with the readings surnames really have, initials, and what a clerk may type of a name."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

# 姓 read otherwise than in everyday words; the first reading is the usual one and sorts the lists
SURNAMES: dict[str, tuple[str, ...]] = {
    sign: tuple(readings.split())
    for sign, readings in {
        "单": "shan dan", "仇": "qiu chou", "曾": "zeng", "解": "xie jie", "任": "ren", "华": "hua", "区": "ou qu", "朴": "piao pu", "查": "zha cha",
        "盖": "ge gai", "纪": "ji", "缪": "miao", "翟": "zhai", "宁": "ning", "乐": "yue le", "召": "shao zhao", "冼": "xian", "员": "yun yuan",
        "繁": "po fan", "秘": "bi mi", "折": "she zhe", "黑": "he hei", "重": "chong zhong", "种": "chong zhong", "卜": "bu", "薄": "bo bao", "柏": "bai bo",
        "晁": "chao", "谌": "chen shen", "褚": "chu", "逯": "lu", "隗": "wei kui", "么": "yao me", "乜": "nie", "牟": "mou mu", "能": "nai neng",
        "佴": "nai", "覃": "qin tan", "瞿": "qu", "佘": "she", "莘": "shen xin", "石": "shi", "洗": "xian xi", "燕": "yan", "应": "ying", "於": "yu",
        "恽": "yun", "祭": "zhai ji", "訾": "zi", "笪": "da", "句": "gou ju", "过": "guo", "哈": "ha", "妫": "gui", "尉": "wei yu", "贾": "jia gu",
        "车": "che ju", "俞": "yu", "阚": "kan", "沈": "shen", "盛": "sheng cheng", "殷": "yin", "都": "du", "藏": "zang", "郗": "xi chi", "万": "wan",
    }.items()
}  # fmt: skip
COMPOUND_SURNAMES: dict[str, tuple[str, str]] = {
    surname: (sounds.split()[0], sounds.split()[1])
    for surname, sounds in {
        "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "令狐": "ling hu", "澹台": "tan tai", "宇文": "yu wen", "欧阳": "ou yang", "司马": "si ma",
        "上官": "shang guan", "诸葛": "zhu ge", "东方": "dong fang", "皇甫": "huang fu", "慕容": "mu rong", "司徒": "si tu", "夏侯": "xia hou",
        "公孙": "gong sun", "轩辕": "xuan yuan", "独孤": "du gu", "南宫": "nan gong", "呼延": "hu yan", "端木": "duan mu", "赫连": "he lian", "闻人": "wen ren",
    }.items()
}  # fmt: skip
# signs of given names whose everyday reading is often not the one the family uses
GIVEN: dict[str, tuple[str, ...]] = {
    "乐": ("le", "yue"), "朝": ("chao", "zhao"), "茜": ("qian", "xi"), "晟": ("sheng", "cheng"), "行": ("xing", "hang"), "重": ("chong", "zhong"),
    "长": ("chang", "zhang"), "柏": ("bai", "bo"), "莘": ("xin", "shen"), "珏": ("jue", "yu"), "传": ("chuan", "zhuan"), "曾": ("zeng", "ceng"),
    "调": ("tiao", "diao"), "仔": ("zai", "zi"), "煜": ("yu",), "祎": ("yi",), "彧": ("yu",),
}  # fmt: skip
MOST_READINGS = 4
_HAN = re.compile(r"[㐀-鿿豈-﫿𠀀-𳎯]")
_USUAL = re.compile(r"[一-鿿]+")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_SEPARATORS = re.compile(r"[\s·•‧・.\-'’]+")


@dataclass(frozen=True, slots=True)
class NameKeys:
    """What a name is sorted and found by: ``sort`` for lists, ``pinyin`` and ``initials`` in every usual reading."""

    sort: str
    pinyin: tuple[str, ...]
    initials: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Return every key once; what a clerk types is a prefix of one of them."""
        return tuple(dict.fromkeys(key for key in (*self.pinyin, *self.initials, *self.parts) if key))


def is_han(text: str) -> bool:
    """Say whether the text contains a Chinese character."""
    return _HAN.search(text) is not None


def plain_name(name: str) -> str:
    """Return a name as it is stored: no spaces inside Chinese names, one between the words of others, the middle dot as ``·``."""
    if _USUAL.fullmatch(name):
        return name
    normal = unicodedata.normalize("NFKC", name).strip()
    normal = re.sub(r"\s*[·•‧・.]\s*", "·", normal) if is_han(normal) else normal
    return re.sub(r"\s+", "" if is_han(normal) else " ", normal)


def search_key(text: str) -> str:
    """Return typed text in the form of the keys: Chinese without separators, or letters in lower case with ü as v."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    if is_han(folded):
        return _SEPARATORS.sub("", folded)
    return re.sub(r"^lyu", "lv", _letters(folded))  # passports write 吕 as LYU


@lru_cache(maxsize=65536)
def name_keys(name: str) -> NameKeys:
    """Return the keys of a name.

    A Chinese name is found by any run of its characters, its pinyin, its initials (zwm, zhangwm) and the pinyin of the given
    name; a longer name (买买提·艾力, Maria Silva) by each of its words.
    """
    plain = plain_name(name)
    words = [word for word in _SEPARATORS.split(plain) if word]
    if not words:
        return NameKeys("", (), (), ())
    if not is_han(plain):
        letters = [key for word in words if (key := _letters(word.lower()))]
        tails = tuple("".join(letters[place:]) for place in range(len(letters)))
        return NameKeys("".join(letters), tails, ("".join(word[0] for word in letters),) if letters else (), ())
    joined = "".join(words)
    if len(words) > 1 or len(joined) > 4:
        sounds = [[_letters(sound) for sound in _sounds(word)] for word in words]
        tails = tuple("".join(sound for word in sounds[place:] for sound in word) for place in range(len(sounds)))
        initials = tuple(
            "".join(sound[:1] for word in sounds[place:] for sound in word) for place in range(len(sounds))
        )
        return NameKeys(tails[0], tails, initials, tuple("".join(words[place:]) for place in range(len(words))))
    return _chinese(joined)


def sound_of(name: str) -> str:
    """Return a name's pinyin in its first reading, as lists sort it, without making all its other keys."""
    if not 1 < len(name) < 5 or not all("一" <= sign <= "鿿" for sign in name):
        return name_keys(name).sort
    compound = COMPOUND_SURNAMES.get(name[:2]) if len(name) > 2 else None
    first = "".join(compound) if compound else SURNAMES[name[0]][0] if name[0] in SURNAMES else _sound(name[0])
    return first + "".join(GIVEN[sign][0] if sign in GIVEN else _sound(sign) for sign in name[2 if compound else 1 :])


def _chinese(name: str) -> NameKeys:
    compound = COMPOUND_SURNAMES.get(name[:2]) if len(name) > 2 else None
    given = name[2:] if compound else name[1:]
    firsts = [compound] if compound else [(sound,) for sound in SURNAMES.get(name[0]) or (_sound(name[0]),)]
    options = [GIVEN.get(sign) or (_sound(sign),) for sign in given]
    readings = [(first, rest) for first, rest in product(firsts, product(*options))][:MOST_READINGS]
    full = dict.fromkeys("".join((*first, *rest)) for first, rest in readings)
    alone = dict.fromkeys("".join(rest) for _, rest in readings if rest)
    initials = dict.fromkeys("".join(sound[:1] for sound in (*first, *rest)) for first, rest in readings)
    mixed = dict.fromkeys(
        "".join((*first, *(sound[:1] for sound in rest))) for first, rest in readings if len(rest) > 1
    )
    return NameKeys(
        next(iter(full)), (*full, *alone), (*initials, *mixed), tuple(name[place:] for place in range(len(name)))
    )


@lru_cache(maxsize=16384)
def _sound(sign: str) -> str:
    """Return the everyday sound of one sign; names are no phrases, so their neighbours say nothing about it."""
    return _letters("".join(_sounds(sign)))


def _sounds(text: str) -> list[str]:
    """Return the sound of each sign of a text."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415  loading its dictionaries takes half a second, and most commands ask for no sound

    return lazy_pinyin(text)


def _letters(text: str) -> str:
    text = text.replace("ü", "v").replace("u:", "v")
    decomposed = unicodedata.normalize("NFD", text)
    return _NOT_LETTERS.sub("", "".join(sign for sign in decomposed if not unicodedata.combining(sign)))
