"""QR codes as drawings: sharp at any size, made without a service."""

import io

import segno

QUIET_ZONE = 2


def svg(text: str, *, dark: str = "#1d2a2f") -> str:
    """Return a QR code (error correction M, at least) of ``text`` as an SVG document without fixed size."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", border=QUIET_ZONE, dark=dark, omitsize=True, xmldecl=False, svgclass=None, lineclass=None
    )
    return drawn.getvalue().decode()
