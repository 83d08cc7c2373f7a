"""Addresses of the room."""

from django.urls import path

from liren.faces.workbench import pages

app_name = "workbench"
urlpatterns = [
    path("desk/", pages.today, name="today"),
    path("desk/find", pages.find, name="find"),
    path("desk/seat", pages.seat, name="seat"),
]
