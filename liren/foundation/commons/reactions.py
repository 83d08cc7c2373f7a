"""What the room does when something happened elsewhere."""

from datetime import datetime

from liren.base.jobs import reaction
from liren.base.rows import apply
from liren.base.scopes import Scope
from liren.foundation.access.events import AccountLinked
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import actions


@reaction(AccountLinked)
def follow_link(event: AccountLinked, at: datetime) -> None:
    """Let files and messages of an account belong to its person; those of an account without a place lie outside its area."""
    apply(Scope.everything())
    actions.follow_link(
        by=Viewer.system("commons"), at=at, area=event.area, account_id=event.account_id, person_id=event.person_id
    )
