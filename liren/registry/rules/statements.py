"""What can be said about a person, one small type for each kind of line: its columns, and which earlier line it ends.

Somebody has one marriage state, one school, one employer at a time; of benefits, designations and certificates one of each
code; of relations one to each person; organisations as many as there are.
"""

from dataclasses import dataclass
from typing import Any, Literal

from liren.registry.enums import (
    BenefitKind,
    CertificateKind,
    ConfidentialKind,
    ContactKind,
    DesignationKind,
    FactKind,
    RelationKind,
    Way,
)

One = Literal["kind", "code", "other", "organisation", "content"]
"""What a person has one of at a time: one line of the kind, of the code, about the other one, of the organisation, of the sealed content."""


@dataclass(frozen=True, slots=True)
class Says:
    """The columns of a line: what every statement comes down to."""

    kind: FactKind
    one: One
    columns: dict[str, Any]
    listed: str = ""
    """The national code list of the base pack in which ``code`` must stand, when the list is not closed."""
    allowed: tuple[str, ...] = ()
    """The words that ``code`` may be, when the list is closed."""


@dataclass(frozen=True, slots=True)
class Relation:
    """``other`` (a person's id) or ``name`` is this person's parent, child, spouse …: a word of RelationKind."""

    is_their: str
    other: int | None = None
    name: str = ""
    words: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(
            FactKind.RELATION,
            "other",
            {"code": self.is_their, "other": self.other, "other_name": self.name, "words": self.words},
            allowed=tuple(RelationKind.values),
        )


@dataclass(frozen=True, slots=True)
class Marriage:
    """The state by GB/T 2261.2, to whom where it is known."""

    state: str
    spouse: int | None = None
    name: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(
            FactKind.MARRIAGE,
            "kind",
            {"code": self.state, "other": self.spouse, "other_name": self.name},
            listed="marriage",
        )


@dataclass(frozen=True, slots=True)
class Education:
    """The highest certificate by GB/T 4658."""

    level: str
    words: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(FactKind.EDUCATION, "kind", {"code": self.level, "words": self.words}, listed="education")


@dataclass(frozen=True, slots=True)
class School:
    """Where somebody learns, and in which form."""

    name: str
    form: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(FactKind.SCHOOL, "kind", {"words": self.name, "code": self.form})


@dataclass(frozen=True, slots=True)
class Employer:
    """Where somebody works."""

    name: str
    organisation: int | None = None

    def says(self) -> Says:
        """Return the line."""
        return Says(FactKind.EMPLOYER, "kind", {"words": self.name, "organisation": self.organisation})


@dataclass(frozen=True, slots=True)
class Belongs:
    """Somebody is of an organisation of the register, as what."""

    organisation: int
    role: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(FactKind.BELONGS, "organisation", {"organisation": self.organisation, "words": self.role})


@dataclass(frozen=True, slots=True)
class Certificate:
    """A paper that somebody holds; the number is sealed, its ends stay readable."""

    paper: str
    number: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(
            FactKind.CERTIFICATE,
            "code",
            {
                "code": self.paper,
                "words": ends(self.number),
                "health": {"number": self.number} if self.number else None,
            },
            allowed=tuple(CertificateKind.values),
        )


@dataclass(frozen=True, slots=True)
class Benefit:
    """What somebody draws, in fen a month (once for a single payment) where it is known."""

    benefit: str
    amount: int | None = None
    words: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(
            FactKind.BENEFIT,
            "code",
            {"code": self.benefit, "amount": self.amount, "words": self.words},
            allowed=tuple(BenefitKind.values),
        )


@dataclass(frozen=True, slots=True)
class Designation:
    """What an authority, which the line must name, has found somebody to be."""

    what: str
    words: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(
            FactKind.DESIGNATION,
            "code",
            {"code": self.what, "words": self.words},
            allowed=tuple(DesignationKind.values),
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """A further way to reach somebody: a word of ContactKind; the address itself is sealed, with the name of whom it reaches."""

    way: str
    address: str
    name: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(
            FactKind.CONTACT,
            "code",
            {"code": self.way, "other_name": self.name, "health": {"address": self.address} if self.address else None},
            allowed=tuple(ContactKind.values),
        )


@dataclass(frozen=True, slots=True)
class Confidential:
    """A designation that only named posts see; word and remarks are sealed as ``{"code", "words"}``."""

    what: str
    words: str = ""

    def says(self) -> Says:
        """Return the line."""
        if self.what not in ConfidentialKind.values:
            return Says(FactKind.CONFIDENTIAL, "content", {"code": self.what}, allowed=tuple(ConfidentialKind.values))
        return Says(FactKind.CONFIDENTIAL, "content", {"health": {"code": self.what, "words": self.words}})


@dataclass(frozen=True, slots=True)
class Birth:
    """Somebody was born here, to a mother who may have a file."""

    mother: int | None = None
    name: str = ""
    words: str = ""

    def says(self) -> Says:
        """Return the line."""
        return Says(FactKind.BIRTH, "kind", {"other": self.mother, "other_name": self.name, "words": self.words})


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody has come over the community's border or left over it; ``words`` or a place say from or to where."""

    way: str
    words: str = ""
    place_level: int | None = None
    place: int | None = None

    def says(self) -> Says:
        """Return the line."""
        return Says(
            FactKind.MOVED,
            "content",
            {"code": self.way, "words": self.words, "place_level": self.place_level, "place": self.place},
            allowed=tuple(Way.values),
        )


Statement = (
    Relation | Marriage | Education | School | Employer | Belongs | Certificate | Benefit | Designation | Contact
)
"""What ``record`` takes; birth, death, moves and confidential designations have actions of their own."""


def ends(number: str) -> str:
    """Return a certificate's number with only its last four characters readable."""
    return f"{'*' * max(0, len(number) - 4)}{number[-4:]}" if len(number) > 4 else "*" * len(number)
