"""Posts and appointments: from them comes every right of staff."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.foundation.access import permissions
from liren.foundation.access.models import Account, Appointment, Post
from liren.foundation.access.rules import PostDefinition, Viewer, clashes
from liren.foundation.places.rules import subtree


def store_posts(posts: Iterable[PostDefinition], *, by: Viewer, at: datetime) -> list[Post]:
    """Put the posts of a pack in force; only the system does. Posts that a pack no longer names stay, for those who hold them."""
    if by.mode != "system":
        raise Forbidden(_("岗位由政策包规定，不能在这里修改。"))
    rows = [
        Post(
            code=post.code,
            title=post.title,
            level=post.level,
            duty=post.duty,
            capabilities=sorted(post.capabilities),
            totp_required=post.needs_second_factor,
            incompatible_with=sorted(post.incompatible_with),
        )
        for post in posts
    ]
    columns = ["title", "level", "duty", "capabilities", "totp_required", "incompatible_with"]
    return Post.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=columns)


@action(permissions.APPOINT, on="area")
def appoint(
    *,
    account: Account,
    post: Post,
    level: int,
    area: int,
    place: str,
    valid_from: date,
    valid_until: date | None = None,
    by: Viewer,
    at: datetime,
) -> Appointment:
    """Let an account hold a post at a place, from a day until a day (not included), or without an end.

    Nobody appoints themselves; the three officers are three people; posts that exclude each other are not combined.
    """
    if account.pk == by.account_id:
        raise Forbidden(_("不能任命自己。请由其他安全管理员办理。"))
    if by.mode != "system" and not by.may(permissions.APPOINT, subtree(level, area).hi):
        raise NotFound(_("没有找到这个地方，或者不在您的管理范围内。"))
    if not account.is_staff_account or not account.is_active:
        raise Refusal(_("这个账号不能任职。请先由系统管理员开通工作人员账号。"), field="account")
    if post.level != level:
        raise Refusal(_("“%(post)s”不设在这一级，请换一个岗位或地方。") % {"post": post.title}, field="post")
    held = set(_overlapping(account, valid_from, valid_until).values_list("post_id", flat=True))
    rules = dict(Post.objects.filter(code__in={post.code, *held}).values_list("code", "incompatible_with"))
    other = clashes(post.code, held, rules)
    if other is not None:
        raise Refusal(
            _("%(name)s 已担任“%(held)s”，不能同时担任“%(post)s”。请先免去原岗位，或换一个人。")
            % {"name": account.name, "held": Post.objects.get(pk=other).title, "post": post.title},
            field="post",
        )
    remark(account=account.pk, name=account.name, post=post.title, place=place)
    try:
        with transaction.atomic():
            return Appointment.objects.create(
                account=account,
                post=post,
                level=level,
                area=area,
                place=place,
                valid_from=valid_from,
                valid_until=valid_until,
            )
    except IntegrityError as error:
        raise Conflict(_("%(name)s 在这段时间已经担任这个岗位。") % {"name": account.name}) from error


@action(permissions.APPOINT, on="appointment")
def end_appointment(*, appointment: Appointment, on: date, by: Viewer, at: datetime) -> Appointment:
    """End an appointment: ``on`` is the first day without it."""
    if appointment.account_id == by.account_id:
        raise Forbidden(_("不能免去自己的岗位。请由其他安全管理员办理。"))
    if appointment.valid_until is not None and appointment.valid_until <= on:
        raise Conflict(_("这个岗位已经免去。"))
    appointment.valid_until = max(on, appointment.valid_from)
    appointment.save(update_fields=["valid_until"])
    remark(
        account=appointment.account_id,
        name=appointment.account.name,
        post=appointment.post.title,
        place=appointment.place,
    )
    return appointment


def _overlapping(account: Account, valid_from: date, valid_until: date | None) -> QuerySet[Appointment]:
    held = Appointment.objects.filter(account=account).exclude(valid_until__lte=valid_from)
    return held.filter(valid_from__lt=valid_until) if valid_until else held
