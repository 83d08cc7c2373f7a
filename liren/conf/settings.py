"""Django settings, read from the environment and from the data folder; one set for every machine."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from liren.base.keys import secret
from liren.conf.rooms import rooms, shelves

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("LIREN_HOME", ROOT / "var")).resolve()
DEBUG = os.environ.get("LIREN_DEBUG") == "1"
DEMO = os.environ.get("LIREN_DEMO") == "1"
SECRET_KEY = secret("django", HOME)
ALLOWED_HOSTS = os.environ.get("LIREN_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
SITE = os.environ.get("LIREN_SITE", "http://127.0.0.1:8000").rstrip("/")  # what stands in printed and sent links
PROXIES = int(os.environ.get("LIREN_PROXIES", "0"))  # servers before this one that add to X-Forwarded-For
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("LIREN_ORIGINS", SITE).split(",") if origin]


def database(url: str) -> dict[str, Any]:
    """Return Django's description of the PostgreSQL server behind a ``postgresql://`` URL; a ``host`` query names a socket folder."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "liren.base.backend",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": query,
    }


def database_urls() -> tuple[str, str]:
    """Return the URLs of the serving role and of the owner: from the environment, else from what the supervisor wrote."""
    if url := os.environ.get("DATABASE_URL"):
        return url, os.environ.get("LIREN_OWNER_URL", url)
    written = HOME / "database.json"
    if written.exists():
        urls = json.loads(written.read_text())
        return urls["app"], urls["owner"]
    return "postgresql://app@127.0.0.1:1/liren", "postgresql://owner@127.0.0.1:1/liren"


_app, _owner = database_urls()
DATABASES = {"default": database(_app), "owner": database(_owner)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    *rooms(),
    "procrastinate.contrib.django",  # after the rooms, whose jobs it collects when it is ready
]
MIDDLEWARE = [
    "liren.conf.health.HealthMiddleware",
    "liren.conf.middleware.at_the_gate",
    "liren.conf.calls.api_calls",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "liren.conf.middleware.scope_middleware",
    "liren.conf.middleware.private_answers",
    "liren.conf.middleware.RefusalMiddleware",
]
AUTH_USER_MODEL = "access.Account"
SESSION_ENGINE = "liren.conf.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("username", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip
SMS = os.environ.get("LIREN_SMS", "tray" if DEMO else "")
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = [*shelves("jobs"), *shelves("reactions")]
PROCRASTINATE_ON_APP_READY = "liren.base.jobs.on_app_ready"
ROOT_URLCONF = "liren.conf.urls"
WSGI_APPLICATION = "liren.conf.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "liren.faces.look.queries.frame.frame",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "liren" / "conf" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
if os.environ.get("LIREN_COLLECTING") == "1" or (STATIC_ROOT / "staticfiles.json").exists():
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "liren.conf.assets.HashedStorage"},
    }
FILES = HOME / "files"
SOURCES = os.environ.get("LIREN_SOURCES", "public")  # what data sources may reach; see liren.base.remote.reach
SOURCE_FILES = HOME / "sources"  # where the operator lays SQLite files that may be read
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
LARGEST_REQUEST = 64 * 1024 * 1024
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE = SITE.startswith("https://")  # a site that people reach by https gives its cookies to nothing else
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
CSRF_FAILURE_VIEW = "liren.faces.look.pages.errors.stale_form"
