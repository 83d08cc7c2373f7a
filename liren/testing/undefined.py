"""An undefined template variable fails a test: with the template's name, the line and the variable.

Django writes nothing where a variable does not resolve, so a misspelt name looks like an empty field. Here it is an error wherever
its value is used: written out, looped over, handed on (``with``, ``include``, a tag's or a filter's argument), translated in a
``blocktranslate``, or passed through a filter; so is a call that cannot be made. Two ways of asking say themselves that there may be
nothing, and are let through: a name in ``{% if %}`` and ``|default`` (``|default_if_none``) right behind the name. What a filter there
is given has to be there. Only the house's own
engine is watched: Django's forms and error pages bring theirs.
"""

from typing import Any, NoReturn

from django.template.base import FilterExpression, Node, VariableDoesNotExist
from django.template.defaultfilters import default, default_if_none
from django.template.defaulttags import IfNode, TemplateLiteral

ALLOWING = frozenset({default, default_if_none})


class UndefinedVariable(Exception):  # noqa: N818  what it is, not that it is one
    """A variable of a template that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.place = ""

    def __str__(self) -> str:
        """Return where it stands and what it is."""
        return f"{self.place or 'a template'}: {self.name} is undefined"


class _Missing(BaseException):
    """An argument that is not there, on its way out of a condition: those swallow every exception (``smartif.infix``)."""


class Invalid(str):
    """What the engine puts in the place of what does not resolve: it cannot be used."""

    __slots__ = ()

    def __mod__(self, name: Any) -> NoReturn:
        """Refuse to stand for a variable, whose name Django tells here."""
        raise UndefinedVariable(str(name))

    def __html__(self) -> NoReturn:
        """Refuse to be written, for what Django does not name: a call that cannot be made, a row that is not there."""
        raise UndefinedVariable("what is called here")


INVALID = Invalid("undefined: %s")


def watch() -> None:
    """Let engines with ``INVALID`` raise; others behave as before."""
    resolve, render, choose = FilterExpression.resolve, Node.render_annotated, IfNode.render

    def strictly(self: Any, context: Any, ignore_failures: bool = False) -> Any:
        if not self.is_var or context.template is None or context.template.engine.string_if_invalid is not INVALID:
            return resolve(self, context, ignore_failures)
        allowed = bool(self.filters) and self.filters[0][0] in ALLOWING
        try:
            found = self.var.resolve(context)
        except VariableDoesNotExist:
            found = INVALID
        if found is INVALID and not allowed:
            raise UndefinedVariable(self.token)
        try:
            return resolve(self, context, ignore_failures=allowed)
        except VariableDoesNotExist as missing:  # of a filter's argument
            raise UndefinedVariable(self.token) from missing

    def leniently(self: Any, context: Any) -> Any:
        template = context.template
        if template is not None and template.engine.string_if_invalid is INVALID:
            for _function, arguments in self.value.filters:
                for is_variable, argument in arguments:
                    if is_variable:
                        try:
                            argument.resolve(context)
                        except VariableDoesNotExist:
                            raise _Missing(self.value.token) from None
        return resolve(self.value, context, ignore_failures=True)

    def choosing(self: Any, context: Any) -> Any:
        try:
            return choose(self, context)
        except _Missing as missing:
            raise UndefinedVariable(str(missing)) from None

    def placing(self: Any, context: Any) -> Any:
        try:
            return render(self, context)
        except UndefinedVariable as error:
            if not error.place and self.token is not None:
                error.place = f"{self.origin.template_name}, line {self.token.lineno}"
            raise

    FilterExpression.resolve, TemplateLiteral.eval, Node.render_annotated = strictly, leniently, placing  # type: ignore[method-assign]
    IfNode.render = choosing  # type: ignore[method-assign]
