"""What a post may do with imports; which post may is pack data."""

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability, Subject

Subject("exchange", _("台账导入"))
IMPORT = Capability("exchange.import", _("导入台账"))
SIGN = Capability("exchange.sign", _("对账签字"))
CONNECT = Capability("exchange.connect", _("设置数据来源"))
SWEEP = Capability("exchange.sweep", _("清理导入底稿"))
