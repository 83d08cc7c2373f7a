"""Addresses of the room."""

from django.urls import path

from liren.foundation.commons import pages

app_name = "commons"
urlpatterns = [
    path("files", pages.upload, name="upload"),
    path("files/<int:pk>", pages.open_file, name="file"),
    path("files/<int:pk>/discard", pages.discard, name="discard"),
    path("me/messages", pages.own_messages, name="messages"),
    path("me/messages/<int:pk>", pages.own_message, name="message"),
    path("desk/messages", pages.desk_messages, name="desk_messages"),
    path("desk/messages/<int:pk>", pages.desk_message, name="desk_message"),
    path("messages/read", pages.read_all, name="read_all"),
    path("messages/<int:pk>/read", pages.read, name="read"),
]
