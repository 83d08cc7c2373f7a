"""What may be done with policies."""

from django.utils.translation import gettext_lazy as _

from liren.base.capabilities import Capability, Subject

Subject("policies", _("政策"))
VIEW = Capability("policies.view", _("查看政策包"))
ADOPT = Capability("policies.adopt", _("采用政策包"))
