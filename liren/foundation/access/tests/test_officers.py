"""Accounts, appointments, and the three officers who are three people."""

import html
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from liren.base import clock
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.foundation.access import actions
from liren.foundation.access.models import Account, Appointment, JournalLine, Post, SecondFactor
from liren.foundation.access.rules import OFFICERS, PostDefinition, Viewer
from liren.foundation.places.models import Place
from liren.foundation.places.rules import COMMUNITY, COUNTY, TOWNSHIP
from liren.testing import cast

pytestmark = pytest.mark.django_db(transaction=True)
QIXIA = 320113_000_000_000
"""栖霞区, the neighbouring district."""


def appoint(by: Account, account: Account, post: str, level: int, area: int) -> Appointment:
    with cast.acting(by) as viewer:
        return actions.appoint(
            account=account,
            post=Post.objects.get(pk=post),
            level=level,
            area=area,
            place="某地",
            valid_from=clock.today(),
            by=viewer,
            at=clock.now(),
        )


def plain_account(username: str = "newcomer") -> Account:
    return Account.objects.create(
        username=username, name="新人", home_area=cast.JIANGNING_DISTRICT, created_at=cast.NOON, password="!"
    )


def test_an_appointment_counts_at_once_and_leaves_a_line(security_administrator: Account) -> None:
    account = plain_account()

    made = appoint(security_administrator, account, "window_clerk", COMMUNITY, cast.PAIFANG)

    assert cast.viewer(account).may("access.link_account", cast.PAIFANG)
    with cast.everywhere():
        line = JournalLine.objects.get(verb="access.appoint")
    assert (line.object_id, line.area, line.account_id) == (made.pk, cast.PAIFANG, security_administrator.pk)


def test_nobody_appoints_themselves(security_administrator: Account) -> None:
    with pytest.raises(Forbidden):
        appoint(security_administrator, security_administrator, "window_clerk", COMMUNITY, cast.PAIFANG)


def test_nobody_appoints_outside_their_area(security_administrator: Account) -> None:
    with pytest.raises(Forbidden):
        appoint(security_administrator, plain_account(), "service_supervisor", COUNTY, QIXIA)


def test_only_the_security_administrator_appoints(
    system_administrator: Account, civil_affairs_officer: Account
) -> None:
    account = plain_account()
    for wrong in (system_administrator, civil_affairs_officer):
        with pytest.raises(Forbidden):
            appoint(wrong, account, "window_clerk", COMMUNITY, cast.PAIFANG)


def test_a_post_is_held_where_it_belongs(security_administrator: Account) -> None:
    with pytest.raises(Refusal, match="不设在这一级"):
        appoint(security_administrator, plain_account(), "window_clerk", TOWNSHIP, cast.JIANGNING)


def test_a_post_is_not_held_twice(security_administrator: Account, paifang_clerk: Account) -> None:
    with pytest.raises(Conflict):
        appoint(security_administrator, paifang_clerk, "window_clerk", COMMUNITY, cast.PAIFANG)


@pytest.mark.parametrize("first", OFFICERS)
@pytest.mark.parametrize("second", OFFICERS)
def test_officers_are_three_people_by_rule_and_by_the_database(
    security_administrator: Account, first: str, second: str
) -> None:
    cast.posts()
    account = plain_account()
    appoint(security_administrator, account, first, COUNTY, cast.JIANGNING_DISTRICT)

    with pytest.raises(Refusal):
        appoint(security_administrator, account, second, COUNTY, cast.JIANGNING_DISTRICT)

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(
            account=account,
            post_id=second,
            level=COUNTY,
            area=cast.JIANGNING_DISTRICT,
            place="江宁区",
            valid_from=clock.today(),
        )


def test_an_officer_needs_a_second_factor_whatever_a_pack_says() -> None:
    [post] = actions.store_posts(
        [PostDefinition(code="auditor", title="审计员", level=COUNTY, capabilities=[], totp_required=False)],
        by=Viewer.system("testing"),
        at=cast.NOON,
    )

    assert post.totp_required


def test_an_ended_appointment_takes_the_right_away(security_administrator: Account, paifang_clerk: Account) -> None:
    held = Appointment.objects.get(account=paifang_clerk)

    with cast.acting(security_administrator) as viewer:
        actions.end_appointment(appointment=held, on=clock.today(), by=viewer, at=clock.now())

    assert cast.viewer(paifang_clerk).seats == ()
    with pytest.raises(Conflict), cast.acting(security_administrator) as viewer:
        actions.end_appointment(appointment=held, on=clock.today(), by=viewer, at=clock.now())


def test_an_appointment_in_the_future_does_not_count_yet(paifang_clerk: Account) -> None:
    account = plain_account()
    cast.hold(account, cast.PAIFANG_CLERK, since=clock.today() + timedelta(days=1))

    assert cast.viewer(account).seats == ()


def test_the_page_shows_posts_of_the_own_area_only(
    client: Client, security_administrator: Account, paifang_clerk: Account
) -> None:
    elsewhere = plain_account("elsewhere")
    cast.hold(
        elsewhere, cast.Role("elsewhere", "外区", "service_supervisor", COUNTY, QIXIA, "栖霞区"), since=date(2026, 1, 1)
    )
    foreign = Appointment.objects.get(account=elsewhere)
    own = Appointment.objects.get(account=paifang_clerk)
    cast.sign_in(client, security_administrator)

    page = client.get("/desk/appointments").content.decode()

    assert "牌坊社区" in page
    assert "栖霞区" not in page
    assert client.get(f"/desk/appointments/{own.pk}/end").status_code == 200
    assert client.get(f"/desk/appointments/{foreign.pk}/end").status_code == 404
    assert client.post(f"/desk/appointments/{foreign.pk}/end").status_code == 404


def test_many_appointments_come_in_pages_and_keep_what_was_asked_for(
    client: Client, security_administrator: Account
) -> None:
    for number in range(55):
        role = cast.Role(f"many{number}", f"马{number}", "window_clerk", 5, cast.PAIFANG, "牌坊社区")
        cast.staff(role)
    cast.sign_in(client, security_administrator)

    first = client.get("/desk/appointments", {"post": "window_clerk", "q": "马"}).content.decode()
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more is not None
    second = client.get("/desk/appointments" + html.unescape(more[1])).content.decode()

    assert "post=window_clerk" in more[1]
    assert first.count("/end") == 50
    assert second.count("/end") == 5
    assert client.get("/desk/appointments?after=x-1").status_code == 200


@pytest.mark.parametrize("address", ["/desk/appointments", "/desk/accounts", "/desk/journal", "/desk/accounts/new"])
def test_the_officers_pages_are_closed_to_others(client: Client, neighbour_officer: Account, address: str) -> None:
    cast.sign_in(client, neighbour_officer)

    assert client.get(address).status_code == 403
    assert Client().get(address)["Location"].startswith("/desk/sign-in")


def test_appointing_on_the_page_says_first_what_will_happen(client: Client, security_administrator: Account) -> None:
    if not _places_are_loaded():
        pytest.skip("the divisions are not loaded in this database")
    plain_account()
    cast.sign_in(client, security_administrator)
    given = {"username": "newcomer", "post": "window_clerk", "place": "320115006205", "valid_from": str(clock.today())}

    asked = client.post("/desk/appointments/new", given)
    assert "任命 新人 为" in asked.content.decode()
    assert not Appointment.objects.filter(account__username="newcomer").exists()
    area = re.search(r'name="area" value="(\d+)"', asked.content.decode())
    assert area is not None

    made = client.post("/desk/appointments/new", {**given, "area": area[1], "confirmed": "yes"})

    assert made["Location"] == "/desk/appointments"
    assert Appointment.objects.get(account__username="newcomer").area == cast.PAIFANG


def _places_are_loaded() -> bool:
    return Place.objects.exists()


def test_a_new_account_shows_its_password_once_and_is_kept_in_the_area(
    client: Client, system_administrator: Account
) -> None:
    cast.sign_in(client, system_administrator)

    page = client.post("/desk/accounts/new", {"username": "zhang.san", "name": "张三"}).content.decode()

    shown = re.search(r"<code class=\"lr-big\">([a-z0-9-]+)</code>", page)
    account = Account.objects.get(username="zhang.san")
    assert shown is not None
    assert account.check_password(shown[1])
    assert account.must_change_password
    assert account.home_area == cast.JIANGNING_DISTRICT
    assert client.post("/desk/accounts/new", {"username": "zhang.san", "name": "李四"}).status_code == 409


def test_a_closed_account_is_out_and_can_come_back(
    client: Client, system_administrator: Account, paifang_clerk: Account
) -> None:
    cast.sign_in(client, system_administrator)
    at_work = Client()
    cast.sign_in(at_work, paifang_clerk)

    assert "停用" in client.get(f"/desk/accounts/{paifang_clerk.pk}/close").content.decode()
    client.post(f"/desk/accounts/{paifang_clerk.pk}/close")

    assert at_work.get("/desk/").status_code == 302
    client.post(f"/desk/accounts/{paifang_clerk.pk}/reopen")
    assert Account.objects.get(pk=paifang_clerk.pk).is_active


def test_the_system_administrator_reaches_accounts_of_the_own_area_only(system_administrator: Account) -> None:
    foreign = Account.objects.create(username="far", name="远", home_area=QIXIA, created_at=cast.NOON, password="!")

    with pytest.raises(Forbidden), cast.acting(system_administrator) as viewer:
        actions.close_account(account=foreign, by=viewer, at=clock.now())


def test_staff_change_between_their_posts(client: Client, paifang_clerk: Account) -> None:
    cast.hold(paifang_clerk, cast.TIANRAN_CLERK)
    cast.sign_in(client, paifang_clerk)
    assert "牌坊社区" in client.get("/desk/account").content.decode()

    client.post("/desk/seat", {"seat": "1"})

    assert client.session["seat"] == 1
    assert cast.viewer(paifang_clerk, seat=1).scope.lo == cast.TIANRAN


def test_one_cannot_touch_anothers_own_settings(paifang_clerk: Account, tianran_clerk: Account) -> None:
    with pytest.raises(NotFound), cast.acting(paifang_clerk) as viewer:
        actions.change_password(
            account=tianran_clerk, old=cast.PASSWORD, new="something-long-1", by=viewer, at=clock.now()
        )


def test_neither_officer_can_take_an_account_over_alone(
    client: Client, system_administrator: Account, security_administrator: Account, auditor: Account
) -> None:
    SecondFactor.objects.create(account=auditor, secret=actions.new_secret(), since=cast.NOON)
    keeper, guard = Client(), Client()
    cast.sign_in(keeper, system_administrator)
    cast.sign_in(guard, security_administrator)

    assert keeper.post(f"/desk/accounts/{auditor.pk}/second-factor").status_code == 403
    assert guard.post(f"/desk/accounts/{auditor.pk}/password").status_code == 403
    assert guard.post(f"/desk/accounts/{security_administrator.pk}/second-factor").status_code == 403

    assert "重置动态口令" in guard.get("/desk/accounts").content.decode()
    guard.post(f"/desk/accounts/{auditor.pk}/second-factor")
    assert not SecondFactor.objects.exists()


def test_a_form_sent_twice_shows_no_password_that_was_never_set(client: Client, system_administrator: Account) -> None:
    cast.sign_in(client, system_administrator)
    given = {"username": "twice", "name": "两次", "once": str(uuid4())}

    first = client.post("/desk/accounts/new", given)
    second = client.post("/desk/accounts/new", given)

    assert first.status_code == 200
    assert second["Location"] == "/desk/accounts"
    assert Account.objects.filter(username="twice").count() == 1
