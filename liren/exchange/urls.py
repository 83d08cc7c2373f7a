"""Addresses of the room."""

from django.urls import path

from liren.exchange.pages import lists, rows

app_name = "exchange"
urlpatterns = [
    path("desk/imports/", lists.imports, name="imports"),
    path("desk/imports/new", lists.new, name="new"),
    path("desk/imports/<int:pk>", lists.batch, name="batch"),
    path("desk/imports/<int:pk>/mapping", lists.mapping, name="mapping"),
    path("desk/imports/<int:pk>/do/<slug:verb>", lists.do, name="do"),
    path("desk/imports/<int:pk>/rows", rows.rows, name="rows"),
    path("desk/imports/<int:pk>/decide", rows.decide, name="decide"),
    path("desk/imports/<int:pk>/refused", rows.refused, name="refused"),
    path("desk/imports/<int:pk>/reconciliation", rows.reconciliation, name="reconciliation"),
]
