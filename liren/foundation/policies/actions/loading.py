"""Loads packs: all that are named or none, each changed one as a new version."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connections, transaction
from django.utils.translation import gettext, ngettext

from liren.base.clock import day_of
from liren.base.errors import Refusal
from liren.foundation.access.actions import store_posts
from liren.foundation.access.models import Post
from liren.foundation.access.rules import PostDefinition, Viewer
from liren.foundation.policies.enums import LEVELS
from liren.foundation.policies.models import Pack, PackItem, Stamp
from liren.foundation.policies.queries.shelf import STAMP_ID, forget
from liren.foundation.policies.rules.chain import holds
from liren.foundation.policies.rules.crossing import Known, cross
from liren.foundation.policies.rules.drafts import PackDraft, codes, read_pack
from liren.foundation.policies.rules.faults import Fault
from liren.foundation.policies.rules.reading import PACK_FILE

NATIONAL = "national/"


class PackFaults(Refusal):
    """Packs that cannot be loaded; ``details`` are sentences with file, line and clause, ``faults`` the same as data."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.place))
        message = ngettext(
            "政策包里有 %(count)d 处错误，什么都没有载入。",
            "政策包里有 %(count)d 处错误，什么都没有载入。",
            len(faults),
        ) % {"count": len(faults)}
        super().__init__(message, details=[fault.sentence(gettext) for fault in self.faults])


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one pack: ``changed`` says that a new version was written."""

    code: str
    revision: int
    items: int
    changed: bool


def shipped() -> list[Path]:
    """Return the folders of the packs that come with the product."""
    return sorted(path.parent for path in (settings.ROOT / "packs").glob(f"*/*/{PACK_FILE}"))


def load(*folders: Path, at: datetime, using: str = "owner") -> tuple[Loaded, ...]:
    """Load packs from folders (without any: the shipped ones) in one transaction; raise ``PackFaults`` and change nothing.

    A pack that is loaded already and has not changed is left alone. A changed one becomes a new version, the old ones stay.
    Every pack whose first part is ``national`` also says which posts there are; others can only add posts.
    """
    drafts: list[PackDraft] = []
    faults: list[Fault] = []
    for folder in folders or shipped():
        draft, wrong = read_pack(folder)
        faults += wrong
        if draft is not None:
            drafts.append(draft)
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute("LOCK TABLE policies_pack IN SHARE ROW EXCLUSIVE MODE")
        faults += cross(drafts, _known(using))
        if faults:
            raise PackFaults(faults)
        loaded = tuple(_write(draft, at, using) for draft in drafts)
        _posts(drafts, {one.code for one in loaded if one.changed}, at)
        if any(one.changed for one in loaded):
            Stamp.objects.using(using).update_or_create(pk=STAMP_ID, defaults={"stamp": uuid4()})
    forget()
    return loaded


def _known(using: str) -> Known:
    newest = {pack.code: pack for pack in Pack.objects.using(using).order_by("code", "revision")}
    return {
        code: codes(PackItem.objects.using(using).filter(pack=pack).values_list("kind", "code", "body"))
        for code, pack in newest.items()
    }


def _write(draft: PackDraft, at: datetime, using: str) -> Loaded:
    newest = Pack.objects.using(using).filter(code=draft.code).order_by("-revision").first()
    if newest is not None and newest.digest == draft.digest:
        return Loaded(draft.code, newest.revision, len(draft.items), changed=False)
    pack = Pack(
        code=draft.code,
        revision=1 if newest is None else newest.revision + 1,
        issuer=draft.issuer,
        title=draft.title,
        document_number=draft.document_number,
        issued_on=draft.issued_on,
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        version=draft.version,
        depends_on=list(draft.depends_on),
        body=dict(draft.body),
        digest=draft.digest,
        loaded_at=at,
    )
    pack.save(using=using, force_insert=True)
    PackItem.objects.using(using).bulk_create(
        [
            PackItem(
                pack=pack,
                kind=item.kind,
                code=item.code,
                name=item.name,
                body=dict(item.body),
                clause=item.clause,
                file=item.file,
                line=item.line,
                valid_from=item.valid_from,
                valid_until=item.valid_until,
                verified=item.verified,
            )
            for item in draft.items
        ]
    )
    return Loaded(draft.code, pack.revision, len(draft.items), changed=True)


def _posts(drafts: Iterable[PackDraft], changed: Collection[str], at: datetime) -> None:
    """Tell the access room which posts there are: national packs decide, others only add.

    The serving role writes them, inside the owner's transaction: should it fail, no pack is loaded either.
    """
    known = set(Post.objects.values_list("code", flat=True))
    wanted: dict[str, PostDefinition] = {}
    for draft in drafts:
        for item in draft.items:
            if item.kind != "post" or not holds(item.valid_from, item.valid_until, day_of(at)):
                continue
            if item.code not in known or (draft.code in changed and draft.code.startswith(NATIONAL)):
                wanted[item.code] = PostDefinition(
                    code=item.code,
                    title=item.name,
                    level=LEVELS[item.body["level"]],
                    capabilities=item.body["capabilities"],
                    totp_required=item.body["totp_required"],
                    incompatible_with=item.body.get("incompatible_with", ()),
                    duty=item.body.get("duty", ""),
                )
    if wanted:
        store_posts(wanted.values(), by=Viewer.system("policies"), at=at)
