"""The router of the registry's API, and what its operations share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from liren.base.api import Router
from liren.base.errors import Refusal
from liren.foundation.policies.queries import codelist

router = Router()


def lists(on: date) -> dict[str, Mapping[str, str]]:
    """Return the code lists that the forms of corrections choose from."""
    return {"relations": codelist("family-relation", on=on), "ethnicities": codelist("ethnicity", on=on)}


def checked(form: forms.Form) -> dict[str, Any]:
    """Return what a form found good; refuse the rest, field by field."""
    if not form.is_valid():
        errors = {name: " ".join(map(str, found)) for name, found in form.errors.items()}
        raise Refusal(next(iter(errors.values())), errors=errors)
    return dict(form.cleaned_data)
