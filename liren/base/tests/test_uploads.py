"""What may come in as a file, and how contents lie on disk."""

import io
import os
import struct
import threading
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from liren.base.blobs import Blobs, sm3
from liren.base.errors import Refusal
from liren.base.uploads import DOCX, JPEG, LARGEST, LONGEST_SIDE, PDF, PNG, XLSX, clean_name, read_upload

GPS, ORIENTATION = 0x8825, 0x0112


def photo(size: tuple[int, int] = (400, 300), form: str = "JPEG", *, mode: str = "RGB") -> bytes:
    drawn = io.BytesIO()
    picture = Image.new(mode, size, "#1f6f5c")
    exif = picture.getexif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "secret place"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (31.0, 57.0, 0.0)
    picture.save(drawn, form, exif=exif)
    return drawn.getvalue()


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        for name in names:
            parts.writestr(name, "x")
    return packed.getvalue()


def test_a_photo_is_drawn_anew_without_where_and_when_and_stands_upright() -> None:
    upload = read_upload("C:\\photos\\灯 坏了.JPEG", photo())

    with Image.open(io.BytesIO(upload.content)) as kept:
        assert kept.size == (300, 400), "the camera was held sideways"
        assert not kept.getexif()
        assert b"secret place" not in upload.content
    assert (upload.name, upload.media_type) == ("灯 坏了.jpg", JPEG)


def test_a_large_photo_becomes_smaller() -> None:
    with Image.open(io.BytesIO(read_upload("a.jpg", photo((6000, 2000))).content)) as kept:
        assert max(kept.size) <= LONGEST_SIDE


def test_a_drawing_keeps_its_transparency() -> None:
    upload = read_upload("a.png", photo(form="PNG", mode="RGBA"))

    with Image.open(io.BytesIO(upload.content)) as kept:
        assert (kept.mode, upload.media_type) == ("RGBA", PNG)
        assert "exif" not in kept.info


def test_a_webp_photo_becomes_a_jpeg() -> None:
    assert read_upload("a.webp", photo(form="WEBP")).name == "a.jpg"


def test_a_picture_that_unpacks_beyond_all_measure_is_refused_before_it_is_unpacked() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    for side in (9_000, 12_000, 50_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
            + chunk(b"IEND", b"")
        )
        with pytest.raises(Refusal, match="太大"):
            read_upload("bomb.png", bomb)


def test_half_a_photo_is_refused() -> None:
    with pytest.raises(Refusal, match="打不开"):
        read_upload("a.jpg", photo()[:400])


def test_a_pdf_is_one_by_its_head_and_its_end() -> None:
    assert read_upload("证明.PDF", b"%PDF-1.7\n...\n%%EOF\n").media_type == PDF
    with pytest.raises(Refusal):
        read_upload("证明.pdf", b"%PDF-1.7 cut off")


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script>", b"MZ\x90\x00", b"#!/bin/sh\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
)
def test_the_name_decides_nothing(content: bytes) -> None:
    with pytest.raises(Refusal, match="只能上传"):
        read_upload("photo.jpg", content)


def test_office_files_are_for_staff_and_carry_no_macros() -> None:
    sheet = archive("[Content_Types].xml", "xl/workbook.xml")

    assert read_upload("表.xlsx", sheet, office=True).media_type == XLSX
    assert read_upload("文.docx", archive("[Content_Types].xml", "word/document.xml"), office=True).media_type == DOCX
    for refused, office in (
        (sheet, False),
        (archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), True),
        (archive("anything.txt"), True),
    ):
        with pytest.raises(Refusal, match="只能上传"):
            read_upload("表.xlsx", refused, office=office)


def test_an_empty_and_a_large_file_are_refused() -> None:
    with pytest.raises(Refusal, match="空的"):
        read_upload("a.pdf", b"")
    with pytest.raises(Refusal, match="10 MB"):
        read_upload("a.pdf", b"%PDF-" + b"0" * LARGEST)


@given(st.text(max_size=300))
def test_a_clean_name_has_no_folder_no_control_sign_and_the_right_suffix(name: str) -> None:
    cleaned = clean_name(name, ".pdf")

    assert cleaned.endswith(".pdf")
    assert 4 < len(cleaned) <= 120
    assert not set(cleaned) & set('/\\<>:"|?*\n\r\0')


def test_the_digest_is_the_one_of_the_standard() -> None:
    # GB/T 32905-2016, annex A.1
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_a_content_lies_once_under_its_digest_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")

    digest = blobs.put(b"one")

    assert blobs.put(b"one") == digest
    assert blobs.get(digest) == b"one"
    path = blobs.path(digest)
    assert path.relative_to(tmp_path / "files").parts == (digest[:2], digest[2:4], digest)
    assert path.stat().st_mode & 0o077 == 0
    assert [found for found in (tmp_path / "files").rglob("*") if found.is_file() and found.name != ".lock"] == [path]


def test_the_sweep_takes_what_is_old_and_not_named(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    named, unnamed, fresh, again = (blobs.put(word) for word in (b"named", b"unnamed", b"fresh", b"again"))
    for digest in (named, unnamed, again):
        os.utime(blobs.path(digest), (1000, 1000))
    partial = blobs.path(unnamed).with_name(".partial")
    partial.write_bytes(b"a writer was killed")
    os.utime(partial, (1000, 1000))
    blobs.put(b"again")

    removed = blobs.sweep(before=2000, named=lambda digests: {named} & set(digests))

    assert removed == 2
    assert [blobs.path(digest).exists() for digest in (named, unnamed, fresh, again)] == [True, False, True, True]


def test_writers_of_the_same_content_do_not_hinder_each_other(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    writers = [threading.Thread(target=blobs.put, args=(b"same" * 10_000,)) for _ in range(8)]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert blobs.get(sm3(b"same" * 10_000)) == b"same" * 10_000


def test_a_content_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    path = blobs.path(blobs.put(b"whole"))
    path.write_bytes(b"who")

    blobs.put(b"whole")

    assert path.read_bytes() == b"whole"
