"""What a post may do in the registry; which post may is pack data."""

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability

VIEW = Capability("registry.view", _("查看居民档案"))
EDIT = Capability("registry.edit", _("登记和更正居民档案"))
UNMASK = Capability("registry.unmask", _("查看完整的证件号码和电话"))
