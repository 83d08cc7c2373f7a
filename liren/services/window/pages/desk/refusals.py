"""Where a refusal lands on a page: beside the field it names, else above the form."""

from dataclasses import dataclass, field
from typing import Any

from liren.base.errors import Refusal


@dataclass
class Beside:
    """The fields of a form, and what is wrong with them."""

    fields: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def add_error(self, name: str | None, message: str) -> None:
        """Take one message."""
        if name:
            self.errors[name] = message
        else:
            self.others.append(message)

    def taken(self, refusal: Refusal | None) -> dict[str, str]:
        """Return the messages by field, those of a refusal about several fields included; then none stands above the form."""
        several = {name: words for name, words in (refusal.errors if refusal else {}).items() if name in self.fields}
        if several:
            self.others = []
        return self.errors | several
