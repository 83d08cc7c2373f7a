"""Who somebody is: registering, correcting, phones, and the logged look at full numbers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base import codes
from liren.base.action import action, announce, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, Refusal
from liren.base.inserts import identified, insert
from liren.base.names import name_keys, plain_name
from liren.foundation.access.rules import Viewer
from liren.registry.actions.lines import hold, take_state, unchanged_since, write
from liren.registry.enums import Began, DocumentKind, FactKind, ResidenceKind, Sex, Source, Way
from liren.registry.events import PersonChanged, PersonRegistered
from liren.registry.models import Fact, NameKey, Person, Phone
from liren.registry.permissions import EDIT, UNMASK
from liren.registry.rules import is_community
from liren.registry.rules.statements import Birth, Moved

DOCUMENTS = {
    codes.Document.RESIDENT: DocumentKind.RESIDENT,
    codes.Document.PERMIT: DocumentKind.PERMIT,
    codes.Document.FOREIGNER: DocumentKind.FOREIGNER,
}

EVENTS: dict[str, Callable[[str], Birth | Moved]] = {
    Began.BORN: lambda words: Birth(words=words),
    Began.MOVED_IN: lambda words: Moved(Way.IN, words),
}


@action(EDIT, on="area")
def register_person(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    name: str,
    number: str = "",
    document: str = "",
    sex: str = "",
    birth_on: date | None = None,
    ethnicity: str = "",
    phone: str = "",
    residence: str = ResidenceKind.REGISTERED,
    since: date | None = None,
    how: str = Began.LISTED,
    came_from: str = "",
    source: str = Source.DECLARED,
    authority: str = "",
) -> Person:
    """Open a file for somebody in a community; what looks wrong in the number comes back as ``doubts`` and refuses nothing.

    Birth and sex are read from the number when they are not given. ``how`` says whether this is a population event: ``moved-in``
    (``came_from`` in words), ``born``, or ``listed`` for somebody who lived here all along. Refuses somebody who has a file in
    the county.
    """
    if not is_community(area):
        raise Refusal(_("居民要登记在村（社区），请先选定是哪个村（社区）。"), field="area")
    read = codes.read_id(number, on=day_of(at)) if number.strip() else None
    if read is not None:
        _refuse_twice(area, read.number)
    person = Person(
        area=area,
        sex=sex or (read.sex if read else Sex.UNKNOWN),
        birth_on=birth_on or (read.birth_on if read else None),
        ethnicity=ethnicity,
        document=document or (DOCUMENTS.get(read.document, DocumentKind.RESIDENT) if read else DocumentKind.NONE),
        id_number=read.number if read else None,
        id_blind=read.number if read else None,
        source=source,
        recorded_at=at,
    )
    _name(person, name)
    identified(person)
    _tell_of(person, how, came_from, by=by, at=at, since=since, residence=residence, source=source, authority=authority)
    if read is None:  # nobody can have the number already
        insert(person)
    else:
        _save_once(person, force_insert=True)
    _key(person)
    if phone.strip():
        set_phone(by=by, at=at, person=person, number=phone, source=source)
    person.doubts = read.doubts if read else ()
    remark(doubts=[str(doubt) for doubt in person.doubts])
    announce(PersonRegistered(area=area, person=person.pk))
    return person


def _tell_of(
    person: Person,
    how: str,
    came_from: str,
    *,
    by: Viewer,
    at: datetime,
    since: date | None,
    residence: str,
    **said: Any,
) -> None:
    """Write the first lines of a file: the event, when it is one, and how the person lives; the person's row is the caller's to write."""
    lines: list[Fact] = []
    start = (person.birth_on if how == Began.BORN else None) or since or day_of(at)
    event = EVENTS.get(how)
    if event is not None:
        told = event(came_from).says()
        write(
            person, lines, by=by, at=at, is_last=False, kind=told.kind, valid_from=start, **said, **told.columns
        )  # fmt: skip
    write(
        person, lines, by=by, at=at, is_last=False, kind=FactKind.RESIDENCE, code=residence, valid_from=start, **said
    )  # fmt: skip
    take_state(person, lines, on=day_of(at))


@action(EDIT, on="person")
def correct_person(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    reason: str,
    name: str | None = None,
    number: str | None = None,
    document: str | None = None,
    sex: str | None = None,
    birth_on: date | None = None,
    ethnicity: str | None = None,
    shown: Mapping[str, str] | None = None,
) -> Person:
    """Correct who somebody is; the journal keeps what stood before, numbers only as changed.

    ``shown`` is what a form showed of what it changes: refused is what would undo somebody else's correction unseen.
    """
    _need(reason)
    hold(person)
    unchanged_since(person, shown or {})
    said = {"document": document, "sex": sex, "birth_on": birth_on, "ethnicity": ethnicity}
    changed = [column for column, value in said.items() if value is not None]
    for column in changed:
        setattr(person, column, said[column])
    if number is not None:
        read = codes.read_id(number, on=day_of(at))
        if read.number != person.id_number:
            _refuse_twice(person.area, read.number, but=person.pk)
        person.id_number = person.id_blind = read.number
        person.doubts = read.doubts
        changed += ["id_number", "id_blind"]
        remark(number="changed")
    if name is not None and plain_name(name) != person.name:
        _name(person, name)
        changed += ["name", "sort_key"]
        NameKey.objects.filter(county=person.county, subject=person.pk).delete()
        _key(person)
    if changed:
        _save_once(person, update_fields=changed)
    announce(PersonChanged(area=person.area, person=person.pk))
    remark(reason=reason)
    return person


@action(EDIT, on="person")
def set_phone(*, by: Viewer, at: datetime, person: Person, number: str, source: str = Source.DECLARED) -> Phone:
    """Set the number under which somebody is reached first; former numbers stay as further ones."""
    try:
        normal = codes.normal_phone(number)
    except ValueError:
        raise Refusal(_("这不像一个电话号码。请填11位手机号，或带区号的座机号。"), field="phone") from None
    hold(person)
    theirs = Phone.objects.filter(county=person.county, subject=person.pk)
    theirs.filter(is_main=True).update(is_main=False)
    known = theirs.filter(number_blind=normal).first()
    if known is not None:
        known.is_main, known.source, known.recorded_at = True, source, at
        known.save(update_fields=["is_main", "source", "recorded_at"])
        return known
    phone = Phone(
        area=person.area, subject=person.pk, number=normal, number_blind=normal, source=source, recorded_at=at
    )
    phone.save(force_insert=True)
    return phone


@action(UNMASK, on="person")
def unmask(*, by: Viewer, at: datetime, person: Person, reason: str, what: str) -> Person:
    """Log that somebody looks at a full number, ``what`` being ``id_number`` or ``phone``, and why."""
    _need(reason)
    remark(reason=reason, what=what)
    return person


def _need(reason: str) -> None:
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明原因，这会记入日志。"), field="reason")


def _name(person: Person, name: str) -> None:
    person.name = plain_name(name)
    if not person.name:
        raise Refusal(_("请填写姓名。"), field="name")
    person.sort_key = name_keys(person.name).sort[:160]


def _key(person: Person) -> None:
    NameKey.objects.bulk_create(
        NameKey(area=person.area, subject=person.pk, key=key[:160]) for key in name_keys(person.name).all
    )


def _save_once(person: Person, *, force_insert: bool = False, update_fields: Sequence[str] | None = None) -> None:
    """Save a person; the number may stand with somebody whom the viewer's scope does not show."""
    try:
        with transaction.atomic():
            person.save(force_insert=force_insert, update_fields=update_fields)
    except IntegrityError as error:
        if "registered_once_in_a_county" not in str(error):
            raise
        raise Conflict(
            _("这个证件号码已在本县（市、区）别的村（社区）登记。请联系镇（街道）便民服务中心，把档案转过来。"),
            field="number",
        ) from error


def _refuse_twice(area: int, number: str, *, but: int = 0) -> None:
    known = Person.objects.filter(county=area // 10**9, id_blind=number).exclude(pk=but).first()
    if known is not None:
        raise Conflict(
            _("此人已有档案：%(name)s，%(number)s。请打开原来的档案办理。")
            % {"name": known.name, "number": codes.mask_id(number)},
            field="number",
        )
