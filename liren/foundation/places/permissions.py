"""What a post may do to places; which post may is pack data."""

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability, Subject

Subject("places", _("网格和楼栋"))
EDIT_UNITS = Capability("places.edit_units", _("维护网格、村民小组和楼栋"))
VIEW = Capability("places.view", _("查看网格、村民小组和楼栋"))
