"""Addresses of the room."""

from django.urls import path

from liren.faces.look.pages import guide

app_name = "look"
urlpatterns = [
    path("look", guide.guide, name="guide"),
    path("look/elder", guide.elder, name="elder"),
    path("look/language", guide.language, name="language"),
]
