"""Money in integer fen: figures for screens and the capitals that papers carry beside them."""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
LARGEST_FEN = 10**18 - 1


def figures(fen: int) -> str:
    """Return an amount in yuan with separators and two decimals: 123456 fen is ``1,234.56``."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}"


def capitals(fen: int) -> str:
    """Return an amount in the capitals of bank papers (正确填写票据和结算凭证的基本规定): 120050 fen is 人民币壹仟贰佰元零伍角整.

    Amounts below zero begin with 负. Raise ``ValueError`` beyond 10^16 yuan.
    """
    if abs(fen) > LARGEST_FEN:
        raise ValueError("no such amount is written in words")
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    words = whole(yuan) + "元" if yuan else ""
    if jiao:
        # a zero stands before the jiao where the yuan end in one, so that nothing can be slipped in
        words += ("零" if yuan and yuan % 10 == 0 else "") + DIGITS[jiao] + "角"
    if cents:
        words += ("零" if yuan and not jiao else "") + DIGITS[cents] + "分"
    else:
        words = (words or "零元") + "整"
    return ("人民币负" if fen < 0 else "人民币") + words


def whole(number: int) -> str:
    """Return a whole number in capitals, with one 零 for every gap: 10020 is 壹万零贰拾."""
    if number == 0:
        return DIGITS[0]
    words, gap = "", False
    groups = [number // 10 ** (4 * place) % 10_000 for place in range(len(GROUPS))]
    for place in reversed(range(len(groups))):
        group = groups[place]
        if not group:
            gap = gap or bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _group(group) + (GROUPS[place] if place < 3 or not groups[2] else "万")
        gap = False
    return words


def _group(group: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + DIGITS[digit] + UNITS[place]
        gap = False
    return words
