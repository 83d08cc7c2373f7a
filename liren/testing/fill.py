"""``python -m liren.testing.fill``: let the village live in the database that the environment names, and tell what there is as JSON."""

import json
import os
import sys
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liren.testing.village import Village


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
    more = beyond(made)
    told = {
        "person": made.person.pk,
        "home": made.home.pk,
        "pack": made.pack.pk,
        "message": made.message.pk,
        **{
            name: getattr(made, name).pk
            for name in (
                "pair",
                "merge",
                "token",
                "asked_token",
                "correction",
                "organisation",
                "dwelling",
                "grid",
                "grid_worker",
                "incoming",
                "outgoing",
                "batch",
                "fact",
                "trial",
                "waiting_trial",
            )
        },
        **more,
        "number": made.cases["finished"].number,
        "sessions": sessions,
        "cases": {str(state): one.pk for state, one in made.cases.items()},
    }
    sys.stdout.write(json.dumps(told))


def beyond(made: "Village") -> dict[str, int]:
    """Register what only journeys need: old people for the lists, and two files that somebody will put together."""
    from liren.registry.actions import find_duplicates, register_person  # noqa: PLC0415
    from liren.registry.models import DuplicatePair  # noqa: PLC0415
    from liren.testing.cast import PAIFANG, PAIFANG_CLERK, acting, everywhere  # noqa: PLC0415

    with acting(made.account(PAIFANG_CLERK)) as by:
        for number in range(3):
            register_person(
                by=by, at=made.at, area=PAIFANG, name=f"郑{'一二三'[number]}婆", sex="2", birth_on=date(1938, 3, 1 + number), since=date(1990, 1, 1)
            )  # fmt: skip
        twice = [
            register_person(by=by, at=made.at, area=PAIFANG, name="孙桂芳", sex="2", birth_on=date(1966, 6, 6), phone="19900000012")
            for _number in range(2)
        ]  # fmt: skip
    with everywhere() as system:
        find_duplicates(by=system, at=made.at, area=0, lo=0, hi=PAIFANG + 999)
        twins = DuplicatePair.objects.get(left__in=[one.pk for one in twice], right__in=[one.pk for one in twice])
    return {"twins": twins.pk}


if __name__ == "__main__":
    main()
