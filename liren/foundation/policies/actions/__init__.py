"""Writes: loading packs (as the owner of the database) and adopting them (as somebody who may)."""

from liren.foundation.policies.actions.adopting import adopt, end_adoption
from liren.foundation.policies.actions.loading import Loaded, PackFaults, load

__all__ = ["Loaded", "PackFaults", "adopt", "end_adoption", "load"]
