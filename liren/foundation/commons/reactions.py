"""What the room does when something happened elsewhere."""

from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.jobs import reaction
from liren.base.rows import apply
from liren.base.scopes import Scope
from liren.foundation.access.events import AccountLinked, LinkRefused
from liren.foundation.access.queries.links import request_by_id
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import actions
from liren.foundation.commons.rules import once_key


@reaction(AccountLinked)
def follow_link(event: AccountLinked, at: datetime) -> None:
    """Let files and messages of an account belong to its person; those of an account without a place lie outside its area."""
    apply(Scope.everything())
    actions.follow_link(
        by=Viewer.system("commons"), at=at, area=event.area, account_id=event.account_id, person_id=event.person_id
    )


@reaction(AccountLinked)
def tell_linked(event: AccountLinked, at: datetime) -> None:
    """Tell the resident that it is known now who they are, and what they can do with that."""
    body = _("您的手机号已经和档案连起来。以后办事不用再填我们已有的信息，也可以看自己的档案、看谁打开过它。")
    body += "\n" + _("如果不是您本人办的，请马上联系社区窗口。")
    _tell(event.area, event.person_id, at, _("身份核对好了"), body, "linked", event.account_id, "/me/record")


@reaction(LinkRefused)
def tell_refused(event: LinkRefused, at: datetime) -> None:
    """Tell the resident why a worker could not say who they are, and what to do next."""
    request = request_by_id(event.request_id)
    if request is None:
        return
    body = _("社区没有核对上。原因：%(why)s") % {"why": request.reason}
    body += "\n" + _("您可以改正后重新提交，或者带身份证到社区窗口当面核对。")
    _tell(event.area, event.account_id, at, _("身份没有核对上"), body, "link-refused", request.pk, "/me/link")


def _tell(area: int, subject: int, at: datetime, title: str, body: str, what: str, key: int, link: str) -> None:
    message = actions.NewMessage(subject, title, body, once_key("access", what, key, subject), link=link)
    actions.send_messages(by=Viewer.system("commons"), at=at, area=area, messages=[message])
