"""What posts may be allowed to do with files and messages."""

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability, Subject

Subject("commons", _("附件和消息"))
UPLOAD_FILES = Capability("commons.upload_files", _("上传附件"))
VIEW_FILES = Capability("commons.view_files", _("查看附件"))
SEND_MESSAGES = Capability("commons.send_messages", _("发送消息"))
READ_MESSAGES = Capability("commons.read_messages", _("查看自己的消息"))
FOLLOW_LINKS = Capability("commons.follow_links", _("随账号关联更新归属"))
SWEEP = Capability("commons.sweep", _("清理没有用上的附件"))
