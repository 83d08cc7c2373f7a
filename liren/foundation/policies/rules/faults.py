"""What is wrong with a pack, said in sentences with file, line and clause."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def _(text: str) -> str:
    """Mark ``text`` for the catalogues; a door translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands and the sentence about it, a template that a door translates and fills."""

    file: str
    line: int
    item: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, int]:
        """Return where it stands, to sort by."""
        return self.file, self.line

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the whole sentence: place, item, what is wrong and what to do."""
        at = translate(_("%(file)s 第 %(line)d 行")) % {"file": self.file, "line": self.line}
        said = translate(self.template) % self.values
        return f"{at}（{self.item}）：{said}" if self.item else f"{at}：{said}"
