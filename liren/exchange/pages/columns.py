"""What columns mean, beside the first rows: the same on the page of a list and of a source."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from liren.exchange.enums import Target
from liren.exchange.models import Batch
from liren.registry.enums import DesignationKind, ResidenceKind, Source


def columns_of(found: Batch, lines: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return what ``columns.html`` and ``meaning.html`` show: the columns with their samples, and everything to choose from."""
    columns = [
        {
            "index": index, "head": head, "target": found.targets[index] if index < len(found.targets) else "",
            "samples": [line[index] if index < len(line) else "" for line in lines],
        }
        for index, head in enumerate(found.heads)
    ]  # fmt: skip
    return {
        "columns": columns, "targets": Target.choices, "sources": Source.choices, "residences": ResidenceKind.choices, "designations": DesignationKind.choices,
        "designation": found.options.get("constants", {}).get("designation", ""),
    }  # fmt: skip


def options_of(request: HttpRequest) -> dict[str, Any]:
    """Return what else a form says of a list."""
    constants = {Target.DESIGNATION.value: request.POST.get("designation", "")}
    return {
        "blocks": request.POST.get("blocks") == "on",
        "families": request.POST.get("families") == "on",
        "household": "register" if request.POST.get("household") == "register" else "living",
        "residence": request.POST.get("residence", "")
        if request.POST.get("residence", "") in ResidenceKind.values
        else "",
        "constants": {name: value for name, value in constants.items() if value in DesignationKind.values},
    }
