"""What a post may do in the registry; which post may is pack data."""

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability, Subject

Subject("registry", _("居民档案"))
VIEW = Capability("registry.view", _("查看居民档案"))
EDIT = Capability("registry.edit", _("登记和更正居民档案"))
UNMASK = Capability("registry.unmask", _("查看完整的证件号码和电话"))
OWN_RECORD = Capability("registry.own_record", _("查看本人档案、申请更正"))
DECIDE = Capability("registry.decide_corrections", _("处理居民的更正申请"))
MERGE = Capability("registry.merge", _("判断和合并重复档案"))
EXPORT = Capability("registry.export", _("导出和打印档案"))
CONFIDENTIAL = Capability("registry.confidential", _("查看和登记保密认定"))
LISTS = Capability("registry.lists", _("查看人群名单"))
FIGURES = Capability("registry.figures", _("查看人群数字"))
SWEEP = Capability("registry.sweep", _("清理过期的试算"))
