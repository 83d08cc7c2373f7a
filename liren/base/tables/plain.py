"""Rows, cells and shared strings of XLSX as nearly every program writes them: read by patterns, anything else goes to the XML parser."""

import re

_WORDS = r"([^<\x00-\x08\x0b-\x1f]*)"
STRING = re.compile(rf'\s*<si><t(?: xml:space="preserve")?>{_WORDS}</t></si>')
ROW = re.compile(r'\s*<row((?: [A-Za-z0-9:]+="[^"<&]*")*)(?:>|(/)>)')
ROW_NUMBER = re.compile(r' r="([0-9]{1,8})"')
CELL = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"(?: s="([0-9]+)")?(?: t="([A-Za-z]+)")?'
    rf'(?:/>|>(?:<v>{_WORDS}</v>|<is><t(?: xml:space="preserve")?>{_WORDS}</t></is>)?</c>)'
)
NAMES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
NAMED = re.compile("|".join(NAMES))
ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;)")


def spoken(text: str) -> str | None:
    """Return text with the signs that XML writes by name; nothing where others are written so."""
    if "&" not in text:
        return text
    return None if ENTITY.search(text) else NAMED.sub(lambda found: NAMES[found[0]], text)
