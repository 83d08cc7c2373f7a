"""The colours keep their contrast in both schemes, and nothing else brings colours of its own."""

import re
from itertools import product
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[1] / "static" / "look"
TOKENS = (STATIC / "tokens.css").read_text()
TEXT_ON = [
    *product(("ink", "muted", "jade", "jade-hover", "seal", "blue"), ("paper", "ground", "grey-tint")),
    *product(("ink", "muted"), ("jade-tint", "seal-tint", "amber-tint", "blue-tint")),
    *((tone, f"{tone}-tint") for tone in ("jade", "seal", "amber", "blue")),
    ("amber", "paper"),
    ("amber", "ground"),
    ("on-jade", "jade"),
    ("on-jade", "jade-hover"),
    ("on-seal", "seal"),
    ("on-seal", "seal-hover"),
]


def palette(block: str) -> dict[str, str]:
    """Return the colours that a block of the style sheet names."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def schemes() -> dict[str, dict[str, str]]:
    """Return the colours of each scheme: light and dark, each in its usual and its elder form."""
    light = palette(TOKENS.split("@media")[0])
    dark = light | palette(re.findall(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", TOKENS, re.S)[0])
    elder = palette(re.findall(r"\nhtml\[data-elder\] \{(.*?)\}", TOKENS, re.S)[0])
    elder_dark = palette(re.findall(r"dark\) \{\s*html\[data-elder\] \{(.*?)\}", TOKENS, re.S)[0])
    return {"light": light, "dark": dark, "elder": light | elder, "elder dark": dark | elder_dark}


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", schemes())
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = schemes()[scheme]

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", schemes())
@pytest.mark.parametrize("ground", ["paper", "ground"])
def test_edges_of_fields_can_be_seen(scheme: str, ground: str) -> None:
    colours = schemes()[scheme]

    assert contrast(colours["field-line"], colours[ground]) >= 3


@pytest.mark.parametrize("sheet", ["look.css", "frames.css"])
def test_colours_and_fonts_come_from_the_tokens_only(sheet: str) -> None:
    rules = (STATIC / sheet).read_text()

    assert not re.findall(r":[^;{}]*(#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\()", rules)
    assert "font-family" not in rules
