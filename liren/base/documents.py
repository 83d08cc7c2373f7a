"""Papers: Typst templates and JSON data in, PDF with embedded Chinese fonts out; no network, the same bytes every time."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

ROOT = Path(__file__).resolve().parents[1]

_turn = threading.Lock()


def pdf(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return a paper as PDF/A-2a.

    ``template`` is a path below the package, such as ``services/window/documents/receipt.typ``. The template reads ``data``
    (anything that JSON can hold) from ``sys.inputs.data``: nothing is ever pasted into its source. ``at`` is the moment the
    file names as that of its making: the same data at the same moment give the same bytes. Raise ``typst.TypstError`` for a template that is wrong.
    """
    with _turn:  # the compiler keeps what it has learnt about fonts and templates and serves one caller at a time
        made = _compiler().compile(
            ROOT / template,
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
            pdf_standards="a-2a",  # for archives, and readable aloud
            timestamp=int(at.timestamp()),
        )
    if not isinstance(made, bytes):
        raise TypeError("one paper is one file")
    return made


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False,  # the same paper on every machine
        include_embedded_fonts=False,
        font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)],
    )
    nowhere = ROOT / "base" / "paper"  # templates use no packages, so none is looked for elsewhere
    return typst.Compiler(root=ROOT, font_paths=fonts, package_path=nowhere, package_cache_path=nowhere)
