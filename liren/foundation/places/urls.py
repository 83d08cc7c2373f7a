"""Addresses of the room."""

from django.urls import path

from liren.foundation.places import pages

urlpatterns = [path("places/pick", pages.pick, name="places-pick")]
