"""Addresses of the room."""

from django.urls import path

from liren.foundation.places import pages

urlpatterns = [
    path("places/pick", pages.pick, name="places-pick"),
    path("desk/units", pages.units, name="places-units"),
    path("desk/units/add", pages.add, name="places-add-unit"),
    path("desk/units/<int:pk>/end", pages.end, name="places-end-unit"),
]
