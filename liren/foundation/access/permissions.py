"""What posts may be allowed to do with accounts, appointments, links and the journal."""

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability, Subject

Subject("access", _("账号、岗位和日志"))
KEEP_OWN_ACCOUNT = Capability("access.keep_own_account", _("管理自己的账号"))
MANAGE_ACCOUNTS = Capability("access.manage_accounts", _("管理工作人员账号"))
UNLOCK = Capability("access.unlock", _("解除登录锁定"))
APPOINT = Capability("access.appoint", _("任免岗位"))
MANAGE_POSTS = Capability("access.manage_posts", _("管理岗位权限"))
HOLD_TOKEN = Capability("access.hold_token", _("申请和使用接口令牌"))
ALLOW_TOKENS = Capability("access.allow_tokens", _("批准和收回接口令牌"))
LINK_ACCOUNT = Capability("access.link_account", _("核对居民身份"))
READ_JOURNAL = Capability("access.read_journal", _("查阅日志"))
VERIFY_JOURNAL = Capability("access.verify_journal", _("校验日志"))
