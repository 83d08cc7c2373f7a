"""The limit: Django without middleware, one indexed read or one insert a view, on the same database and the same server."""

import os
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

if not settings.configured:
    from liren.conf.settings import DATABASES

    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES=DATABASES,
        ROOT_URLCONF=__name__,
        SECRET_KEY=os.urandom(16).hex(),
        USE_TZ=True,
        MIDDLEWARE=[],
    )
    django.setup()


def read(_request: HttpRequest, number: int) -> JsonResponse:
    """Answer with one row found by its key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, words FROM bench_bare WHERE id = %s", [number])
        row: Any = cursor.fetchone()
    return JsonResponse({"id": row and row[0], "words": row and row[1]})


def insert(request: HttpRequest) -> JsonResponse:
    """Write one row and answer with its key."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare (words) VALUES (%s) RETURNING id", [request.body.decode()[:200]])
        row: Any = cursor.fetchone()
    return JsonResponse({"id": row[0]})


urlpatterns = [path("read/<int:number>", read), path("insert", insert)]
application = WSGIHandler()
