"""Communities that a policy's annex lists, matched to division codes."""

from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.foundation.places.queries.listed import Report, match_listed
from liren.foundation.places.rules.matching import Written
from liren.foundation.policies.models import PackItem

PILOTS = "jiangsu/2015-rural-pilot"


def annex_report(pack: str = PILOTS) -> Report:
    """Return what each community of a pack's annex was matched to; of several versions of the pack the latest counts."""
    rows = PackItem.objects.filter(kind="annex", pack__code=pack).order_by("-pack__revision", "file", "line", "id")
    listed = list(rows.select_related("pack"))
    listed = [row for row in listed if row.pack_id == listed[0].pack_id]
    if not listed:
        raise NotFound(_("没有这份附件，请先装入政策包。"))
    written = [
        Written(body["city"], body["county"], body["township"], body["community"])
        for body in (row.body for row in listed)
    ]
    return match_listed(written, province=listed[0].body["province"])


def match_annex(pack: str = PILOTS) -> dict[str, dict[str, str | None]]:
    """Return ``{county + township + community: {"code": 12 digits or None, "how": rule}}`` for the communities of an annex."""
    return annex_report(pack).as_data()
