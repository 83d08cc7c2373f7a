"""Posts: what a definition says, and which posts one account may never hold together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

OFFICERS = ("system_administrator", "security_administrator", "auditor")
"""三员: the officers of GB/T 22239 level 3, who must be three people and need a second factor, whatever a pack says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDefinition:
    """A post as a pack defines it: ``level`` is 0 for the country to 5 for a community, 6 for a grid."""

    code: str
    title: str
    level: int
    capabilities: Sequence[str]
    totp_required: bool = False
    incompatible_with: Sequence[str] = ()
    duty: str = ""

    @property
    def needs_second_factor(self) -> bool:
        """Say whether the post counts only with a second factor."""
        return self.totp_required or self.code in OFFICERS


def clashes(code: str, held: Collection[str], incompatible: Mapping[str, Collection[str]]) -> str | None:
    """Return a post among ``held`` that cannot be combined with ``code``, looking at both posts' rules and the three officers'."""
    for other in held:
        if other == code:
            continue
        both_officers = code in OFFICERS and other in OFFICERS
        if both_officers or other in incompatible.get(code, ()) or code in incompatible.get(other, ()):
            return other
    return None
