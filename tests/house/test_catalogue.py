"""Everything that a user may read is said in English too, and the compiled catalogue is the written one."""

import ast
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Message

from liren.testing import words


def known(messages: Iterable[Message]) -> set[tuple[object, object]]:
    return {(message.id, message.context) for message in messages if message.id}


def test_every_sentence_in_the_source_is_said_in_english() -> None:
    missing = [fault for message in words.collect() if message.id for fault in words.faults(message)]

    assert missing == [], "run make words and translate the empty entries of django.po"


def test_the_catalogue_has_every_sentence_of_the_source() -> None:
    assert known(words.collect()) <= known(words.catalogue()), "run make words"


def test_the_compiled_catalogue_says_what_the_written_one_says() -> None:
    assert words.compiled(words.catalogue()) == words.MO.read_bytes(), "run make words"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{% load i18n %}{% translate '好' %}", ["好"]),
        ("{% load i18n %}{% blocktranslate with n=x %}第 {{ n }} 步{% endblocktranslate %}", ["第 %(n)s 步"]),
        ('{% load look %}{% empty _("没有") %}', ["没有"]),
        ("{% load i18n %}{% blocktranslate count n=x %}一个{% plural %}{{ n }} 个{% endblocktranslate %}", ["一个"]),
    ],
)
def test_sentences_in_templates_are_seen(source: str, found: list[str]) -> None:
    assert [sentence.text for sentence in words.in_template(source, "a.html")] == found


def test_sentences_in_python_are_seen() -> None:
    source = '_("一" "二")\nngettext("个", "些", n)\ngettext_lazy("懒")\npgettext("格", "字")\nother("不")\n'

    found = [(s.text, s.plural, s.context) for s in words.in_python(source.encode(), "a.py")]

    assert found == [("一二", "", ""), ("个", "些", ""), ("懒", "", ""), ("字", "", "格")]


def test_words_are_translated_under_names_that_the_collector_knows() -> None:
    """A sentence that is called by another name is said in Chinese whatever the language of the page."""
    known_as = {"_", *(name + form for name in words.FUNCTIONS for form in ("", "_lazy", "_noop"))}
    others = [
        f"{path.relative_to(words.ROOT)}: {one.name} as {one.asname}"
        for path in words.sources()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for one in node.names
        if one.asname and one.name in known_as - {"_"} and one.asname not in known_as
    ]

    assert others == []
