"""The papers of a case as answers: its receipt on A5, its result on A4."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from liren.base import clock, documents
from liren.engines.cases.enums import Channel
from liren.engines.cases.queries import Sheet
from liren.services.window.queries.papers import receipt_of
from liren.services.window.rules.papers import RECEIPT, receipt_data


def receipt_pdf(request: HttpRequest, sheet: Sheet) -> bytes:
    """Return the receipt of a case."""
    now, seat = clock.now(), request.viewer.current  # type: ignore[attr-defined]
    helped = sheet.delegation is not None and sheet.case.channel == Channel.ON_BEHALF
    says = receipt_of(
        sheet.case,
        materials=sheet.materials,
        clerk=f"{seat.place}{seat.title}" if seat else "居民自助",
        at=now,
        agent=str(sheet.delegation["helper_name"]) if sheet.delegation and helped else "",
        phone=getattr(settings, "WINDOW_PHONE", ""),
    )
    return documents.pdf(RECEIPT, receipt_data(says), at=now)


def pdf_answer(pdf: bytes, name: str) -> HttpResponse:
    """Return a PDF to be shown in the browser."""
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'}
    )
