"""Every room's addresses under one roof: pages at the root, the API under ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, include, path

from liren.conf.api import api
from liren.conf.rooms import shelves

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    *(path("", include(urls)) for urls in shelves("urls")),
]

handler400 = "liren.faces.look.pages.errors.bad_request"
handler403 = "liren.faces.look.pages.errors.forbidden"
handler404 = "liren.faces.look.pages.errors.not_found"
handler500 = "liren.faces.look.pages.errors.failure"
