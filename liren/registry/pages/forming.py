"""How a form is shown and what follows when it was sent: the same for every verb of the registry."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from liren.base.errors import Refusal
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import communities, place_at
from liren.registry.forms import CorrectingForm


def areas_of(viewer: Viewer) -> list[tuple[str, str]]:
    """Return the communities in which the seat in use may register."""
    seat = viewer.current
    if seat is None or seat.level < 4:
        raise Refusal(_("请换到村（社区）或镇（街道）的岗位再登记。"))
    if seat.level >= 5:
        return [(str(seat.area), seat.place)]
    return [(str(place.area), place.name) for place in communities(place_at(seat.level, seat.area))]


def show_form(
    request: HttpRequest, form: django_forms.Form, *, title: str, button: str, back: str, **more: Any
) -> HttpResponse:
    """Show a form; with mistakes in it the whole form is answered anew."""
    kept = form.kept() if isinstance(form, CorrectingForm) else []
    context = {"form": form, "title": title, "button": button, "back": back, "kept": kept} | more
    wrong = form.is_bound and bool(form.errors)
    is_part = wrong and request.headers.get("HX-Request")
    response = render(request, f"registry/form.html{'#form' if is_part else ''}", context, status=422 if wrong else 200)
    if is_part:
        response["HX-Retarget"], response["HX-Reswap"] = "#form", "outerHTML"
    return response


def done(request: HttpRequest, url: str, words: str) -> HttpResponse:
    """Lead on after an act, with a sentence about it."""
    messages.success(request, words)
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
