"""What the window does when a case has moved: print the decision."""

from datetime import datetime

from liren.base.documents import pdf
from liren.base.jobs import reaction
from liren.base.uploads import PDF, Upload
from liren.engines.cases.actions import attach_document
from liren.engines.cases.events import CaseDecided
from liren.engines.cases.queries import case_by_id, matter_of, seal_of
from liren.foundation.access.rules import Viewer
from liren.services.window.queries.papers import decision_of
from liren.services.window.rules.papers import DECISION, decision_data


@reaction(CaseDecided)
def print_decision(event: CaseDecided, at: datetime) -> None:
    """Print the decision of a case whose result is a document, once for each decision, and keep it with the case."""
    case = case_by_id(event.case)
    if case is None or case.decided_at is None or matter_of(case).result.kind != "document":
        return
    if case.document_seal == seal_of(case):
        return
    decision = decision_of(case)
    made = pdf(DECISION, decision_data(decision), at=case.decided_at)
    upload = Upload(f"{decision.title} {case.number}.pdf", PDF, made)
    attach_document(by=Viewer.system("window"), at=at, case=case, upload=upload)
