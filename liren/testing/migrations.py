"""``make check``: no model has drifted from its migrations, and no migration does what a running installation cannot bear."""

import sys

from liren.testing import database, environment

# They endanger an installation that serves while it is upgraded. None exists yet: empty this list with the first release.
BEFORE_FIRST_RELEASE = [
    "NOT_NULL",
    "ADD_UNIQUE",
    "ALTER_COLUMN",
    "DROP_COLUMN",
    "DROP_TABLE",
    "RENAME_COLUMN",
    "RENAME_TABLE",
]


def main() -> int:
    """Check the migrations of all rooms against a real server; return the exit status."""
    lock = environment.use_server()
    try:
        return _check()
    finally:
        environment.leave_server(lock)


def _check() -> int:
    import django  # noqa: PLC0415  the environment had to be set first
    from django.conf import settings  # noqa: PLC0415

    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django_migration_linter"]
    django.setup()
    from django.apps import apps  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415
    from django_migration_linter import MigrationLinter  # noqa: PLC0415

    server = database.server()
    database.point(server, database.template(server), [])
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
        linter = MigrationLinter(
            include_apps=[
                application.label for application in apps.get_app_configs() if application.name.startswith("liren.")
            ],
            no_cache=True,
            quiet=["ok", "ignore"],
            warnings_as_errors_tests=["RUNPYTHON_MODEL_VARIABLE_NAME", "RUNPYTHON_MODEL_IMPORT"],
            exclude_migration_tests=BEFORE_FIRST_RELEASE,
            database="owner",
            analyser_string="postgresql",
        )
        linter.lint_all_migrations()
        linter.print_summary()
    finally:
        connections.close_all()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
