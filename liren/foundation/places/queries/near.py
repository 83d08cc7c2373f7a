"""Where somebody is, as far as searches should care."""

from typing import Any

from liren.foundation.places.rules import COUNTY_STEP, AreaRange


def near(viewer: Any) -> AreaRange | None:
    """Return the county of a viewer's seat or of a resident's home; None for wider seats and for nobody."""
    seat = viewer.current if viewer.is_staff else None
    area = seat.area if seat else viewer.area
    return county_around(area) if area // COUNTY_STEP % 100 else None


def county_around(area: int) -> AreaRange:
    """Return the county around an area key, for ranking what lies near."""
    lo = area // COUNTY_STEP * COUNTY_STEP
    return AreaRange(lo, lo + COUNTY_STEP - 1)
