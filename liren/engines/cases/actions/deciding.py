"""The end of a case: the decision, its document, the delivery."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.errors import Conflict
from liren.base.jsonform import Form, Kind
from liren.base.uploads import Upload
from liren.engines.cases.actions.applying import checked
from liren.engines.cases.actions.moving import acting_task, close, drop_tasks, open_task, save, target, tell_rooms
from liren.engines.cases.enums import Outcome, TaskKind, Verb
from liren.engines.cases.events import CaseDecided, CaseFinished
from liren.engines.cases.models import Case
from liren.engines.cases.permissions import DECIDE, FINISH
from liren.engines.cases.queries.matters import matter_of, result_form_of
from liren.engines.cases.queries.proofs import seal_of
from liren.engines.cases.rules.routing import Desk
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import attach_files, store_file


@action(DECIDE, on="case")
def decide(*, by: Viewer, at: datetime, case: Case, answers: Mapping[str, Any]) -> Case:
    """Decide at the last step, with the answers to the matter's result form; its first yes/no question is the outcome."""
    state = target(case, Verb.DECIDE)
    matter = matter_of(case)
    if not matter.is_last(case.step):
        raise Conflict(_("还有后面的环节，请先审核并报下一步。"))
    form = result_form_of(matter)
    result = checked(form, answers, at)
    task = acting_task(by, case, Verb.DECIDE)
    outcome = outcome_of(form, result)
    save(case, at=at, state=state, outcome=outcome, result=result, decided_at=at)
    drop_tasks(case, by=by, at=at)
    close(task, by=by, at=at)
    open_task(
        case,
        TaskKind.DELIVER,
        Desk(task.post, task.seat_level, task.seat_area),
        at=at,
        due_on=case.due_on,
        step=case.step,
    )
    remark(outcome=outcome)
    tell_rooms(CaseDecided, case)
    return case


def outcome_of(form: Form, result: Mapping[str, Any]) -> Outcome:
    """Return the outcome that a result form says: the answer to its first yes/no question, approval where it asks none."""
    asked = next((each.name for each in form.fields if each.kind is Kind.BOOLEAN), None)
    return Outcome.REJECTED if asked is not None and result.get(asked) is False else Outcome.APPROVED


@action(FINISH, on="case")
def finish(*, by: Viewer, at: datetime, case: Case) -> Case:
    """Deliver the result and close the case; the applicant is asked how it was."""
    state = target(case, Verb.FINISH)
    task = acting_task(by, case, Verb.FINISH)
    save(case, at=at, state=state, finished_at=at)
    close(task, by=by, at=at)
    tell_rooms(CaseFinished, case)
    return case


@action(FINISH, on="case")
def attach_document(*, by: Viewer, at: datetime, case: Case, upload: Upload) -> Case:
    """Keep the printed result with the case, under the seal by which its genuineness is checked.

    The case's version stays: nobody who has it open is disturbed.
    """
    stored = store_file(by=by, at=at, area=case.area, upload=upload)
    attach_files(by=by, at=at, owner=case, files=[stored.pk])
    case.document, case.document_seal = stored.pk, seal_of(case)
    Case.objects.filter(county=case.county, pk=case.pk).update(document=case.document, document_seal=case.document_seal)
    return case
