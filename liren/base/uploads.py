"""What may come in as a file: decided by the content, never by the name; pictures are made anew, without where and when."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import filetype
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from liren.base.errors import Refusal

LARGEST = 10 * 1024 * 1024
LONGEST_SIDE = 2560
MOST_PIXELS = 64_000_000
QUALITY = 85
NAME_LENGTH = 120

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUFFIXES = {JPEG: ".jpg", PNG: ".png", PDF: ".pdf", XLSX: ".xlsx", DOCX: ".docx"}
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was found good: ``content`` is what to keep, which for a picture is not what came in."""

    name: str
    media_type: str
    content: bytes


def read_upload(name: str, content: bytes, *, office: bool = False) -> Upload:
    """Return a file as it may be kept; refuse anything but pictures, PDF and, with ``office``, XLSX and DOCX up to 10 MB."""
    if not content:
        raise Refusal(_("这个文件是空的，请重新选择。"), field="file")
    if len(content) > LARGEST:
        raise Refusal(_("文件超过 10 MB，请压缩或分成几个再上传。"), field="file")
    kind = filetype.guess_mime(content) or ""
    if kind in PICTURES:
        media_type, content = picture(content)
    elif kind == PDF and content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        media_type = PDF
    elif office and kind in {XLSX, DOCX, "application/zip"} and (found := _office(content)):
        media_type = found
    elif kind in {"image/heic", "image/heif"}:
        raise Refusal(_("打不开这种照片（HEIC）。请在手机相机设置里选“兼容性最佳”，或发一张截图。"), field="file")
    else:
        raise Refusal(
            _("只能上传照片（JPG、PNG、WebP）、PDF、Excel 或 Word 文件。")
            if office
            else _("只能上传照片（JPG、PNG、WebP）或 PDF 文件。"),
            field="file",
        )
    return Upload(clean_name(name, SUFFIXES[media_type]), media_type, content)


def read_uploads(uploaded: Iterable["UploadedFile[Any]"], *, office: bool = False) -> list[Upload]:
    """Return the files of a form as they may be kept; one that is too large is refused before it is read."""
    found = []
    for file in uploaded:
        # one byte more than is allowed is enough to say so
        found.append(read_upload(file.name or "", file.read(LARGEST + 1), office=office))
    return found


def picture(content: bytes) -> tuple[str, bytes]:
    """Return a picture drawn anew, upright, at most 2560 px long, with nothing that the camera wrote beside it."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            return _redrawn(opened)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refusal(_("这张照片太大，请缩小后再上传。"), field="file") from None
    except (OSError, ValueError, SyntaxError):
        raise Refusal(_("这张照片打不开，可能没有传完整，请重新选择。"), field="file") from None


def _redrawn(opened: Image.Image) -> tuple[str, bytes]:
    if opened.width * opened.height > MOST_PIXELS:  # known from the header: nothing is unpacked yet
        raise Image.DecompressionBombError
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG unpacks at a fraction of its size
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    drawn = io.BytesIO()
    if opened.format == "PNG":
        clear = upright.has_transparency_data
        kept = upright.convert("RGBA" if clear else "RGB")
        bare = Image.frombytes(kept.mode, kept.size, kept.tobytes())  # pixels only
        bare.save(drawn, "PNG", optimize=True)
        return PNG, drawn.getvalue()
    kept = upright.convert("RGB")
    bare = Image.frombytes(kept.mode, kept.size, kept.tobytes())
    bare.save(drawn, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return JPEG, drawn.getvalue()


def _office(content: bytes) -> str:
    """Return the type of an office file without macros, from the names of its parts; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, ValueError):
        return ""
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return ""
    return XLSX if "xl/workbook.xml" in names else DOCX if "word/document.xml" in names else ""


def clean_name(name: str, suffix: str) -> str:
    """Return a name to show and to save under: no folders, no signs of control, the suffix of the content."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    last = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    stem = re.sub(r'[<>:"|?*\s]+', " ", PurePath(last).stem).strip(" .")
    return (stem[: NAME_LENGTH - len(suffix)] or _("附件")) + suffix
