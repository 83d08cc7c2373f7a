"""The WSGI application that Granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from liren.base.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
if os.environ.get("LIREN_SUPERVISED") == "1":
    die_with_parent()
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  loads all pages now, not in the first request
