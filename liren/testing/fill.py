"""``python -m liren.testing.fill``: let the village live in the database that the environment names, and tell what there is as JSON."""

import json
import os
import sys


def main() -> None:
    """Make the village and write what a journey has to know."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    import django  # noqa: PLC0415

    django.setup()
    from django.test import Client  # noqa: PLC0415  models need Django

    from liren.testing.cast import sign_in  # noqa: PLC0415
    from liren.testing.village import village  # noqa: PLC0415

    made = village()
    sessions = {}
    for name, account in made.accounts.items():
        client = Client()
        sign_in(client, account)
        sessions[name] = client.cookies["sessionid"].value
    told = {
        "person": made.person.pk,
        "home": made.home.pk,
        "pack": made.pack.pk,
        "message": made.message.pk,
        "number": made.cases["finished"].number,
        "sessions": sessions,
        "cases": {str(state): one.pk for state, one in made.cases.items()},
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
