"""Who may do what where, how often one may try, and what a journal line says, as values."""

from liren.foundation.access.rules.posts import OFFICERS, PostDefinition, clashes
from liren.foundation.access.rules.viewer import Door, Mode, Seat, Viewer, outermost

__all__ = ["OFFICERS", "Door", "Mode", "PostDefinition", "Seat", "Viewer", "clashes", "outermost"]
