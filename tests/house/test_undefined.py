"""Undefined template variables fail a test: the check itself, on planted ones."""

from typing import Any

import pytest
from django.template import engines

from liren.testing.undefined import UndefinedVariable


def render(text: str, **values: Any) -> str:
    return str(engines["django"].from_string(text).render(values))


@pytest.mark.parametrize(
    "planted",
    [
        "{{ nmae }}",
        "{{ person.nmae }}",
        "{{ person.nmae|upper }}",
        "{{ name|add:nmae }}",
        "{% for one in nmaes %}{{ one }}{% endfor %}",
        "{% with name=nmae %}{{ name }}{% endwith %}",
        "{% load i18n %}{% blocktranslate %}您好，{{ nmae }}{% endblocktranslate %}",
        "{% if name %}{{ nmae }}{% endif %}",
        "{% if name == person.name|default:nmae %}x{% endif %}",
        "{% if name and person.name|add:nmae == name %}x{% endif %}",
        "{% if person.none|default:nmae %}x{% endif %}",
        "{{ person.greet }}",
    ],
)
def test_a_planted_variable_is_found(planted: str) -> None:
    class Person:
        name = "王伟"

        def greet(self, whom: str) -> str:
            return whom

    with pytest.raises(UndefinedVariable):
        render(planted, name="王伟", person=Person())


def test_it_says_template_line_and_variable() -> None:
    with pytest.raises(UndefinedVariable, match=r"line 2: person.nmae\|upper is undefined"):
        render("{{ person.name }}\n{% if person %}{{ person.nmae|upper }}{% endif %}", person={"name": "王伟"})


def test_what_says_itself_that_there_may_be_nothing_is_let_through() -> None:
    text = (
        "{% if nmae %}x{% elif not person.nmae %}y{% endif %}{{ nmae|default:'z' }}{{ person.none }}{{ person.empty }}"
    )

    assert render("{% if nmae == name|default:person.none %}y{% endif %}", name="王伟", person={"none": None}) == ""
    assert render(text, person={"none": None, "empty": ""}) == "yzNone"
