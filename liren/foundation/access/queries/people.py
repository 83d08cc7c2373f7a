"""Accounts, posts and appointments, as far as the seats of a viewer reach: these tables have no row security of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from liren.base.capabilities import Capability
from liren.base.errors import NotFound
from liren.foundation.access.models import Account, Appointment, Post, SecondFactor
from liren.foundation.access.rules import Viewer, outermost
from liren.foundation.places.models import Place
from liren.foundation.places.queries.search import MOST, Hit, search
from liren.foundation.places.rules import COMMUNITY, AreaRange


def reach(viewer: Viewer, capability: Capability) -> tuple[AreaRange, ...]:
    """Return the ranges in which a viewer holds a capability."""
    return outermost(seat.range for seat in viewer.seats if capability.code in seat.capabilities)


def _within(column: str, ranges: Sequence[AreaRange]) -> Q:
    condition = Q(pk__in=())
    for one in ranges:
        condition |= Q(**{f"{column}__gte": one.lo, f"{column}__lte": one.hi})
    return condition


def appointments(
    viewer: Viewer,
    capability: Capability,
    *,
    on: date,
    text: str = "",
    post: str = "",
    ended: bool = False,
    after: tuple[int, int] | None = None,
    limit: int = 200,
) -> list[Appointment]:
    """Return who holds which post where ``capability`` is held, by place; ``text`` is a name, a user name or a place's beginning.

    ``after`` is (area, id) of the last one seen.
    """
    found = Appointment.objects.filter(_within("area", reach(viewer, capability))).select_related("account", "post")
    found = found.filter(valid_until__lte=on) if ended else found.exclude(valid_until__lte=on)
    if text:
        found = found.filter(Q(account__name__startswith=text) | Q(account__username=text) | Q(place__startswith=text))
    if post:
        found = found.filter(post=post)
    if after is not None:
        found = found.filter(Q(area__gt=after[0]) | Q(area=after[0], id__gt=after[1]))
    return list(found.order_by("area", "id")[:limit])


def appointment(viewer: Viewer, capability: Capability, pk: int) -> Appointment:
    """Return one appointment; raise ``NotFound`` where the viewer's seats do not reach."""
    found = Appointment.objects.filter(_within("area", reach(viewer, capability)), pk=pk)
    one = found.select_related("account", "post").first()
    if one is None:
        raise NotFound(_("没有找到这条任职记录，或者不在您的管理范围内。"))
    return one


def holders(post: str, *, level: int, area: int, on: date) -> list[Account]:
    """Return the accounts that hold a post at a place on a day."""
    held = Appointment.objects.filter(post=post, level=level, area=area, valid_from__lte=on).exclude(
        valid_until__lte=on
    )
    return [one.account for one in held.select_related("account").order_by("id") if one.account.is_active]


def staff_who_may(capability: Capability, *, level: int, area: int, on: date) -> list[int]:
    """Return the accounts whose posts at one place, not above it, give them a capability on a day: whom a message about it reaches."""
    posts = Post.objects.filter(capabilities__contains=[capability.code]).values("code")
    held = Appointment.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on),
        post__in=posts, level=level, area=area, valid_from__lte=on, account__is_active=True,
    )  # fmt: skip
    return sorted(set(held.values_list("account_id", flat=True)))


def served(paths: Iterable[Sequence[Place]], capability: Capability, *, on: date) -> set[int]:
    """Return the areas of those places, each given with all above it, for which somebody holds a capability on a day."""
    every = list(paths)
    posts = Post.objects.filter(capabilities__contains=[capability.code]).values("code")
    held = Appointment.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on),
        post__in=posts, area__in={place.area for path in every for place in path}, valid_from__lte=on, account__is_active=True,
    )  # fmt: skip
    seats = set(held.values_list("level", "area").distinct())
    return {path[-1].area for path in every if any((place.level, place.area) in seats for place in path)}


@dataclass(frozen=True, slots=True)
class Communities:
    """What was found under the name of a community: those somebody answers for, and whether there are others."""

    served: list[Hit]
    are_others: bool


def communities_named(
    typed: str, capability: Capability, *, on: date, near: AreaRange | None = None, limit: int
) -> Communities:
    """Return the communities that fit what was typed and for which somebody holds a capability: no other is offered to residents."""
    named = search(typed, near=near, levels=(COMMUNITY,), limit=MOST)
    answering = served((hit.path.places for hit in named), capability, on=on)
    return Communities(
        [hit for hit in named if hit.place.area in answering][:limit],
        any(hit.place.area not in answering for hit in named),
    )


def accounts_of(people: Iterable[int]) -> list[int]:
    """Return those of some people who have an account linked."""
    linked = Account.objects.filter(person_id__in=list(people), is_active=True)
    return sorted(one.person_id for one in linked.only("person_id") if one.person_id is not None)


def posts_to_give() -> QuerySet[Post]:
    """Return the posts that somebody can be appointed to: what residents may do is no post."""
    return Post.objects.exclude(code="resident").order_by("level", "code")


def staff_accounts(
    viewer: Viewer, capability: Capability, *, on: date, text: str = "", after: int = 0, limit: int = 50
) -> list[Account]:
    """Return the staff accounts kept where ``capability`` is held, with their appointments of the day, by id."""
    now_held = Appointment.objects.filter(valid_from__lte=on).exclude(valid_until__lte=on).select_related("post")
    found = Account.objects.filter(
        _within("home_area", reach(viewer, capability)), username__isnull=False, pk__gt=after
    )
    if text:
        found = found.filter(Q(name__startswith=text) | Q(username__startswith=text))
    return list(
        found.defer("phone", "phone_blind")
        .select_related("second_factor")
        .prefetch_related(Prefetch("appointments", queryset=now_held, to_attr="held"))
        .order_by("pk")[:limit]
    )


def account_at_desk(viewer: Viewer, capability: Capability, *, pk: int = 0, username: str = "") -> Account:
    """Return one staff account by id or user name; raise ``NotFound`` where the viewer's seats do not reach."""
    found = Account.objects.filter(_within("home_area", reach(viewer, capability)), username__isnull=False)
    one = found.filter(pk=pk).first() if pk else found.filter(username=username).first()
    if one is None:
        raise NotFound(_("没有找到这个账号，或者不在您的管理范围内。"), field="username")
    return one


def own_account(viewer: Viewer) -> Account:
    """Return the viewer's account with everything on it."""
    return Account.objects.get(pk=viewer.account_id)


def account(pk: int) -> Account | None:
    """Return an active account, for a door that has just proved who stands there."""
    return Account.objects.filter(pk=pk, is_active=True).first()


def second_factor_of(pk: int) -> SecondFactor | None:
    """Return the second factor of an account, if one is set up."""
    return SecondFactor.objects.filter(account_id=pk).first()
