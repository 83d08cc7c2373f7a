"""The papers of a case: its receipt on A5, its result on A4."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate, localtime

from liren.base import clock, documents
from liren.base.codes import mask_id
from liren.engines.cases.enums import Channel, MaterialState
from liren.engines.cases.queries import Sheet
from liren.foundation.places.queries.tree import path_of
from liren.foundation.places.rules import COMMUNITY, COUNTY
from liren.services.window.rules.papers import RECEIPT, Material, Receipt, receipt_data


def receipt_pdf(request: HttpRequest, sheet: Sheet) -> bytes:
    """Return the receipt of a case."""
    case, path = sheet.case, path_of(COMMUNITY, sheet.case.area)
    now = clock.now()
    seat = request.viewer.current  # type: ignore[attr-defined]
    number = str(case.answers.get("id_number", ""))
    data = receipt_data(
        Receipt(
            place=path.below(COUNTY),
            office="一门受理窗口",
            number=case.number,
            check_url=request.build_absolute_uri(f"/check/{case.number}"),
            matter=case.matter_name,
            applicant=masked_name(case.applicant_name),
            id_number=mask_id(number) if number else "",
            submitted_on=localdate(case.submitted_at or now),
            accepted_on=case.accepted_on,
            promised_on=case.due_on,
            promised_days=case.promised_days,
            provisional=case.due_provisional,
            printed_at=localtime(now),
            clerk=f"{seat.place}{seat.title}" if seat else "居民自助",
            phone=getattr(settings, "WINDOW_PHONE", ""),
            agent=sheet.delegation["helper_name"] if sheet.delegation and case.channel == Channel.ON_BEHALF else "",
            materials=[
                Material(one.name, str(MaterialState(one.state).label))
                for one in sheet.materials
                if one.state != MaterialState.MISSING
            ],
        )
    )
    return documents.pdf(RECEIPT, data, at=now)


def masked_name(name: str) -> str:
    """Return a name as it stands on paper that others may see."""
    return name[:1] + "*" * (len(name) - 1)


def pdf_answer(pdf: bytes, name: str) -> HttpResponse:
    """Return a PDF to be shown in the browser."""
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'}
    )
