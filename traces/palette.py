"""Colours: Okabe and Ito's palette, which people with any common colour blindness can tell apart.

Nothing is told by colour alone: shapes and dashes say the same, for a print in grey.
"""

from __future__ import annotations

BLACK = "#1a1a1a"
BLUE = "#0072b2"
VERMILION = "#d55e00"
GREEN = "#009e73"
ORANGE = "#e69f00"
LILAC = "#aa4f84"
"""Okabe and Ito's reddish purple, darkened so that a thin line of it is clear on white."""
GREY = "#8a8a8a"
DARK_GREY = "#555555"
PALE_GREY = "#eeeeee"
LINE_GREY = "#c4c4c4"
WHITE = "#ffffff"
BLUSH = "#fdeee4"
"""Vermilion at a tenth: the band across the breaking step."""
ICE = "#e3f0f8"
"""Blue at a tenth: a chip for content that is shown."""
CREAM = "#fff7dd"
"""A note."""


def paler(colour: str, part: float) -> str:
    """``colour`` (``#rrggbb``) mixed with white: 0 leaves it, 1 is white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(p + (255 - p) * part):02x}" for p in parts)
