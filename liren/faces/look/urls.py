"""Addresses of the room."""

from django.urls import path

from liren.faces.look import pages

app_name = "look"
urlpatterns = [
    path("look", pages.guide, name="guide"),
    path("look/elder", pages.elder, name="elder"),
    path("look/language", pages.language, name="language"),
]
