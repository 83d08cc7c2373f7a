"""The catalogue of screen texts: collects every Chinese sentence inside gettext and keeps its English beside it.

``python -m liren.testing.words`` rewrites ``django.po`` and ``django.mo``; it needs no gettext programs. The house test reads the same functions.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "liren" / "conf" / "locale" / "en" / "LC_MESSAGES"
PO, MO = FOLDER / "django.po", FOLDER / "django.mo"
LEFT_OUT = {"tests", "testing", "samples.py", "guide.html"}  # no user sees their words
FIXED = datetime(2026, 1, 1, tzinfo=UTC)  # a date that changed at every run would only make noise in the history
FUNCTIONS = {"gettext": 0, "ngettext": 0, "pgettext": 1, "npgettext": 1}  # name: how many leading arguments are context
STRING = r"""u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
CALL = re.compile(rf"\b(_|n?gettext|n?pgettext)\(\s*({STRING}(?:\s*,\s*{STRING})*)")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text as the source says it: in the singular, the plural if it has one, the context if it has one."""

    text: str
    plural: str
    context: str
    path: str

    @property
    def ids(self) -> Any:
        """Return what the catalogue calls it."""
        return (self.text, self.plural) if self.plural else self.text


def sources() -> Iterator[Path]:
    """Return the files whose words a user may see."""
    for pattern in ("*.py", "*.html", "*.txt", "*.typ"):
        for path in sorted((ROOT / "liren").rglob(pattern)):
            if not LEFT_OUT & set(path.relative_to(ROOT).parts):
                yield path


def sentences() -> Iterator[Sentence]:
    """Return every text inside gettext."""
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py":
            yield from in_python(path.read_bytes(), place)
        else:
            yield from in_template(path.read_text(), place)


def in_python(source: bytes, place: str) -> Iterator[Sentence]:
    """Return the texts inside gettext in a Python module."""
    keywords: dict[str, None] = dict.fromkeys(
        ["_", *(name + form for name in FUNCTIONS for form in ("", "_lazy", "_noop"))]
    )
    for _line, name, given, _comments in extract_python(io.BytesIO(source), keywords, (), {}):
        parts = [given] if isinstance(given, str) else [part for part in given or () if part]
        yield from _sentence(str(name), [str(part) for part in parts], place)


def in_template(source: str, place: str) -> Iterator[Sentence]:
    """Return the texts inside gettext in a Django template, as Django itself reads it."""
    for name, written in CALL.findall(templatize(source, origin=place)):
        yield from _sentence(name, list(ast.literal_eval(f"({written},)")), place)


def _sentence(name: str, parts: list[str], place: str) -> Iterator[Sentence]:
    name = name.removesuffix("_lazy").removesuffix("_noop")
    contexts = FUNCTIONS.get(name, 0)
    context, texts = "".join(parts[:contexts]), parts[contexts:]
    if texts:
        yield Sentence(texts[0], texts[1] if name.startswith("n") and len(texts) > 1 else "", context, place)


def catalogue() -> Catalog:
    """Return the English catalogue as it is."""
    if not PO.exists():
        return empty()
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def empty() -> Catalog:
    """Return a catalogue with nothing but its head."""
    return Catalog(
        locale="en",
        header_comment="# English for Liren: the Chinese is the msgid. `make words` keeps this file; translate the empty ones by hand.",
        project="Liren",
        version="0",
        copyright_holder="Liren",
        msgid_bugs_address="the issues of this repository",
        creation_date=FIXED,
        revision_date=FIXED,
        last_translator="Liren",
        language_team="Liren",
        fuzzy=False,
    )


def collect() -> Catalog:
    """Return a catalogue of what the sources say now, with the English known already."""
    old, new = catalogue(), empty()
    for sentence in sentences():
        known = old.get(sentence.ids, sentence.context or None)
        new.add(
            sentence.ids,
            string=known.string if known else "",
            locations=[(sentence.path, 0)],
            context=sentence.context or None,
        )
    return new


def compiled(catalog: Catalog) -> bytes:
    """Return the binary catalogue that Django reads."""
    written = io.BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def faults(message: Message) -> list[str]:
    """Say what is wrong with one translation; nothing when it is in order."""
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    given = message.string if isinstance(message.string, tuple | list) else (message.string,)
    strings = [string or "" for string in given]
    if not all(strings):
        return [f"no English for {ids[0]!r}"]
    wanted = set(PLACEHOLDER.findall(ids[-1]))
    found = [
        f"placeholders differ in {ids[0]!r}" for string in strings[-1:] if set(PLACEHOLDER.findall(string)) != wanted
    ]
    return found + [
        f"Chinese left in the English of {ids[0]!r}"
        for string in strings
        if re.search(r"[一-鿿]", string.replace("里仁", ""))
    ]


def main() -> int:
    """Rewrite the catalogue and its binary; return 1 when English is missing."""
    django.setup()
    new = collect()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, new, width=120, sort_output=True, no_location=True)
    MO.write_bytes(compiled(catalogue()))
    found = [fault for message in new if message.id for fault in faults(message)]
    sys.stdout.write("".join(f"{fault}\n" for fault in found) or f"{len(new)} sentences, all in English.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
