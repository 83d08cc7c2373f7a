"""How rows change hands: whatever column of the house names the one person names the other, and which rows those were."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from liren.base.errors import Conflict
from liren.base.names import name_keys
from liren.foundation.access.models import Account
from liren.foundation.places.rules import county_of
from liren.registry.actions.lines import count
from liren.registry.actions.moving import followers
from liren.registry.models import Fact, Household, NameKey, Person, Phone
from liren.registry.rules.references import Reference, moved_columns

FACTS = "registry_fact.subject"


def hand_over(one: Reference, *, giver: int, taker: int, only: Iterable[int] | None = None) -> list[int]:
    """Let a column name another person wherever it names ``giver``, or in some rows only; return the ids of the rows."""
    where, values = f"{one.column} = %(giver)s", {"giver": giver, "taker": taker}
    if only is not None:
        where, values["only"] = f"{where} AND id = ANY(%(only)s)", list(only)  # type: ignore[assignment]
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                f"UPDATE {one.table} SET {one.column} = %(taker)s WHERE {where} RETURNING id",  # noqa: S608  our own names
                values,
            )
        except IntegrityError as error:
            raise Conflict(
                _("两份档案里有不能同时保留的内容（%(table)s），请先处理其中一份里的再合并。") % {"table": one.table}
            ) from error
        return sorted(row[0] for row in cursor.fetchall())


def hand_over_all(giver: int, taker: int) -> dict[str, list[int]]:
    """Let every column that follows a merge name another person; return the ids of the rows by table and column."""
    moved = {f"{one.table}.{one.column}": hand_over(one, giver=giver, taker=taker) for one in moved_columns()}
    return {name: ids for name, ids in moved.items() if ids}


def hand_back(moved: Mapping[str, list[int]], *, giver: int, taker: int) -> None:
    """Let those rows name the former person again that still name the one they were given to."""
    for one in moved_columns():
        ids = moved.get(f"{one.table}.{one.column}")
        if ids:
            hand_over(one, giver=giver, taker=taker, only=ids)


def hand_lines(giver: int, taker: Person, only: Iterable[int] | None = None) -> list[int]:
    """Put lines of a file into another file, with its area; return their ids."""
    values: dict[str, Any] = {"giver": giver, "taker": taker.pk, "area": taker.area, "county": county_of(taker.area)}
    where = "subject = %(giver)s"
    if only is not None:
        where, values["only"] = f"{where} AND id = ANY(%(only)s)", list(only)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_fact SET subject = %(taker)s, area = %(area)s, county = %(county)s"  # noqa: S608
            f" WHERE {where} RETURNING id",
            values,
        )
        return sorted(row[0] for row in cursor.fetchall())


def hand_phones(gone: Person, kept: Person) -> tuple[list[int], list[int], list[dict[str, Any]]]:
    """Move phones to the kept file; those it has already go. Return the moved, which of them were main, and the removed."""
    mine = {bytes(one.number_blind) for one in Phone.objects.filter(county=kept.county, subject=kept.pk)}
    has_main = Phone.objects.filter(county=kept.county, subject=kept.pk, is_main=True).exists()
    moved, mains, removed = [], [], []
    for phone in Phone.objects.filter(county=gone.county, subject=gone.pk).order_by("-is_main", "id"):
        if bytes(phone.number_blind) in mine:
            removed.append(
                {
                    "id": phone.pk,
                    "number": phone.number,
                    "is_main": phone.is_main,
                    "source": phone.source,
                    "recorded_at": phone.recorded_at.isoformat(),
                }
            )
            phone.delete()
            continue
        moved.append(phone.pk)
        if phone.is_main:
            mains.append(phone.pk)
        still = phone.is_main and not has_main
        Phone.objects.filter(pk=phone.pk).update(subject=kept.pk, area=kept.area, county=kept.county, is_main=still)
    return moved, mains, removed


def return_phones(
    gone: Person, kept: Person, moved: list[int], mains: list[int], removed: Iterable[Mapping[str, Any]]
) -> None:
    """Give a file its phones back."""
    for pk in moved:
        Phone.objects.filter(pk=pk, subject=kept.pk).update(
            subject=gone.pk, area=gone.area, county=county_of(gone.area), is_main=pk in mains
        )
    for row in removed:
        Phone(
            id=row["id"], area=gone.area, subject=gone.pk, number=row["number"], number_blind=row["number"],
            is_main=row["is_main"], source=row["source"], recorded_at=datetime.fromisoformat(row["recorded_at"]),
        ).save(force_insert=True)  # fmt: skip


def follow(moved: Mapping[str, list[int]], person: Person) -> None:
    """Let the rows that lie where a file lies go with those that were handed over: to another county, where nobody here sees them."""
    for model in followers():
        ids = moved.get(f"{model._meta.db_table}.subject")
        if ids and model is not Fact:
            rows: Any = model._default_manager
            rows.filter(pk__in=ids).update(area=person.area, county=county_of(person.area))


def return_heads(homes: Iterable[int], gone: Person) -> None:
    """Make somebody the head again of households that have had none since the merge; who lives elsewhere is taken off by the recount."""
    Household.objects.filter(pk__in=list(homes), head=None).update(head=gone.pk, head_name=gone.name)


def key_anew(person: Person) -> None:
    """Make the keys by which a person's name is found."""
    NameKey.objects.filter(county=person.county, subject=person.pk).delete()
    NameKey.objects.bulk_create(
        NameKey(area=person.area, subject=person.pk, key=key[:160]) for key in name_keys(person.name).all
    )


def unlink(person: int) -> list[int]:
    """Take a person from their account, when there is one; return its id."""
    ids = list(Account.objects.select_for_update().filter(person_id=person).values_list("pk", flat=True))
    Account.objects.filter(pk__in=ids).update(person_id=None, person_area=None)
    return ids


def link(accounts: Iterable[int], person: Person) -> None:
    """Link an account with a person where neither has another."""
    for pk in accounts:
        if not Account.objects.filter(person_id=person.pk).exists():
            Account.objects.filter(pk=pk, person_id=None).update(person_id=person.pk, person_area=person.area)


def recount_homes(homes: Iterable[int | None], people: Mapping[int, Person]) -> None:
    """Count households anew; a head who lives there no more is none, the name of one who does is the one of the file."""
    for pk in {home for home in homes if home is not None}:
        home = Household.objects.filter(pk=pk).first()
        if home is None:
            continue
        head = people.get(home.head or 0)
        if head is not None:
            lives_there = home.pk in {head.household_id, head.register_id}
            home.head, home.head_name = (head.pk, head.name) if lives_there else (None, "")
        count(home, head=None)


def columns_of(person: Person) -> dict[str, Any]:
    """Return the columns of a file's first row as they are kept for an undo; what is derived from its lines is not kept."""
    return {
        "id": person.pk,
        "area": person.area,
        "name": person.name,
        "sex": person.sex,
        "birth_on": person.birth_on.isoformat() if person.birth_on else None,
        "ethnicity": person.ethnicity,
        "document": person.document,
        "id_number": person.id_number,
        "source": person.source,
        "recorded_at": person.recorded_at.isoformat(),
    }


def person_of(columns: Mapping[str, Any]) -> Person:
    """Return the row that was kept."""
    return Person(
        id=columns["id"],
        area=columns["area"],
        name=columns["name"],
        sort_key=name_keys(columns["name"]).sort[:160],
        sex=columns["sex"],
        birth_on=date.fromisoformat(columns["birth_on"]) if columns["birth_on"] else None,
        ethnicity=columns["ethnicity"],
        document=columns["document"],
        id_number=columns["id_number"],
        id_blind=columns["id_number"],
        source=columns["source"],
        recorded_at=datetime.fromisoformat(columns["recorded_at"]),
    )


def choose(person: Person, name: str, columns: Mapping[str, Any]) -> None:
    """Take one of the chosen things (``queries.duplicates.CHOSEN``) from the columns of a file."""
    if name == "number":
        person.id_number = person.id_blind = columns["id_number"]
        person.document = columns["document"]
    elif name == "birth_on":
        person.birth_on = date.fromisoformat(columns["birth_on"]) if columns["birth_on"] else None
    else:
        setattr(person, name, columns[name])
        if name == "name":
            person.sort_key = name_keys(person.name).sort[:160]
