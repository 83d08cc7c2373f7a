"""Addresses of the room."""

from django.urls import path

from liren.exchange.pages import lists, rows, sources

app_name = "exchange"
urlpatterns = [
    path("desk/imports/", lists.imports, name="imports"),
    path("desk/imports/new", lists.new, name="new"),
    path("desk/imports/sources/", sources.sources, name="sources"),
    path("desk/imports/sources/new", sources.new, name="source-new"),
    path("desk/imports/sources/<int:pk>", sources.source, name="source"),
    path("desk/imports/sources/<int:pk>/edit", sources.edit, name="source-edit"),
    path("desk/imports/sources/<int:pk>/columns", sources.columns, name="source-columns"),
    path("desk/imports/sources/<int:pk>/schedule", sources.schedule, name="source-schedule"),
    path("desk/imports/sources/<int:pk>/do/<slug:verb>", sources.do, name="source-do"),
    path("desk/imports/sources/<int:pk>/gone", sources.gone, name="source-gone"),
    path("desk/imports/<int:pk>", lists.batch, name="batch"),
    path("desk/imports/<int:pk>/mapping", lists.mapping, name="mapping"),
    path("desk/imports/<int:pk>/do/<slug:verb>", lists.do, name="do"),
    path("desk/imports/<int:pk>/rows", rows.rows, name="rows"),
    path("desk/imports/<int:pk>/decide", rows.decide, name="decide"),
    path("desk/imports/<int:pk>/refused", rows.refused, name="refused"),
    path("desk/imports/<int:pk>/reconciliation", rows.reconciliation, name="reconciliation"),
]
