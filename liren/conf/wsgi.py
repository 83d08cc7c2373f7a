"""The WSGI application that Granian serves."""

import os

from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries
from django.urls import get_resolver

from liren.base.names import name_keys
from liren.base.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
if os.environ.get("LIREN_SUPERVISED") == "1":
    die_with_parent()
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  loads all pages now, not in the first request
name_keys("里仁")  # and the dictionaries of sounds, not in the first search
if not settings.DEBUG:  # what Django does around every request and nothing here needs
    request_started.disconnect(close_old_connections)  # the end of each request looks after connections
    request_started.disconnect(reset_queries)  # none are noted
    request_finished.disconnect(close_caches)  # there are none
    request_finished.disconnect(reset_urlconf)  # every request sets the one there is
