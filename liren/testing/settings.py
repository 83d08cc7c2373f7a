"""The house's settings as tests use them: a template variable that does not resolve is an error (``liren.testing.undefined``).

Servers and workers that a test starts take this module from its environment, so journeys are held to it as well.
"""

from liren.conf.settings import *  # noqa: F403
from liren.conf.settings import TEMPLATES
from liren.testing.undefined import INVALID, watch

TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = INVALID  # type: ignore[index]  # the stubs know no option's type
watch()
