"""Every room's addresses under one roof: pages at the root, the API under ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, include, path

from liren.conf.api import api
from liren.conf.rooms import shelves

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    *(path("", include(urls)) for urls in shelves("urls")),
]
