"""The papers of a case, filled from what is known: the receipt and the decision."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from liren.base.clock import day_of
from liren.base.codes import mask_id, mask_name
from liren.engines.cases.enums import MaterialState, Outcome
from liren.engines.cases.models import Case
from liren.engines.cases.models import Material as CaseMaterial
from liren.engines.cases.queries import document_token, form_of, matter_of, result_form_of
from liren.foundation.access.models import Post
from liren.foundation.places.queries.tree import path_of
from liren.foundation.places.rules import COMMUNITY, TOWNSHIP, ancestor
from liren.services.window.rules.papers import Decision, Material, Receipt

SOURCES = {
    MaterialState.UPLOADED: "网上提交",
    MaterialState.HELD: "系统已有",
    MaterialState.ON_PAPER: "本人提交",
}


def decision_of(case: Case) -> Decision:
    """Return what the decision of a case says, in the name of the office at whose desk it was made."""
    matter, form, result = matter_of(case), result_form_of(matter_of(case)), case.result or {}
    place = path_of(case.holder_level, case.holder_area).place.name
    submitted, decided = day_of(case.submitted_at), day_of(case.decided_at)
    lines = [
        f"您于{submitted.year}年{submitted.month}月{submitted.day}日提出的“{case.matter_name}”申请，我们已经审核完毕，决定如下：",
        *(
            f"{field.title}：{shown.rstrip('。')}。"
            for _step, fields in form.summary(result)
            for field, shown in fields
            if shown and field.kind != "money"
        ),
    ]
    amount = next((result[each.name] for each in form.fields if each.kind == "money" and result.get(each.name)), None)
    return Decision(
        place=place,
        office=_office(case),
        title=matter.result.name,
        number=case.number,
        check_url=f"{settings.SITE}/check/document/{document_token(case)}",
        addressee=case.applicant_name or "申请人",
        paragraphs=lines,
        signed_by=signer(place, case.holder_level),
        signed_on=decided,
        grounds=[f"{title} {article}".strip() + "。" for title, article in matter.basis],
        amount_fen=amount if case.outcome == Outcome.APPROVED else None,
    )


def receipt_of(
    case: Case,
    *,
    clerk: str,
    at: datetime,
    materials: Sequence[CaseMaterial] | None = None,
    agent: str = "",
    phone: str = "",
) -> Receipt:
    """Return what the receipt of a case says; ``clerk`` prints it, ``agent`` applied for somebody, ``phone`` is the window's."""
    path = path_of(COMMUNITY, ancestor(case.area, COMMUNITY))
    answers = case.answers
    form = form_of(matter_of(case))
    number = next(
        (str(answers[each.name]) for each in form.fields if each.kind == "id_number" and answers.get(each.name)), ""
    )
    rows = CaseMaterial.objects.filter(county=case.county, case=case).order_by("id") if materials is None else materials
    return Receipt(
        place=path.below(3),
        office="一门受理窗口",
        number=case.number,
        check_url=f"{settings.SITE}/check/{case.number}",
        matter=case.matter_name,
        applicant=mask_name(case.applicant_name),
        id_number=mask_id(number) if number else "",
        submitted_on=day_of(case.submitted_at),
        accepted_on=case.accepted_on,
        promised_on=case.due_on if case.accepted_on else None,
        promised_days=case.promised_days,
        provisional=case.due_provisional,
        printed_at=timezone.localtime(at),
        clerk=clerk,
        phone=phone,
        agent=agent,
        materials=[Material(row.name, SOURCES[MaterialState(row.state)]) for row in rows if row.state in SOURCES],
    )


def _office(case: Case) -> str:
    title = Post.objects.filter(code=case.holder_post).values_list("title", flat=True).first() or ""
    return title.removesuffix("工作人员").removesuffix("主任")


def signer(place: str, level: int) -> str:
    """Return the name of the body that signs at a place: 江宁街道办事处, 江宁区人民政府."""
    if level >= COMMUNITY:
        return place
    return f"{place}办事处" if level == TOWNSHIP and place.endswith("街道") else f"{place}人民政府"
