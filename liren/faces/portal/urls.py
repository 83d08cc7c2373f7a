"""Addresses of the room."""

from django.urls import path

from liren.faces.portal import pages

app_name = "portal"
urlpatterns = [path("", pages.home, name="home")]
