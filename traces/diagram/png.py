"""A scene as PNG, rasterised from its SVG by resvg, which needs nothing but its wheel."""

from __future__ import annotations

from contextlib import ExitStack
from importlib.resources import as_file

import resvg_py

from unsay.traces.diagram.metrics import FAMILY, covered, font_file
from unsay.traces.diagram.scene import Scene
from unsay.traces.diagram.svg import as_svg
from unsay.traces.errors import TraceError

ZOOM = 2.0
"""Pixels of the PNG for each of the scene: sharp on screens of today, and in print."""


def as_png(scene: Scene) -> bytes:
    """The PNG image of ``scene``, on any machine: the fonts come with the package.

    Only for text in scripts that they lack (a title in Chinese) are the machine's fonts used.

    Raises:
        TraceError: the picture is too large to be one image.
    """
    known = all(covered(text.text) for text in scene.texts)
    with ExitStack() as stack:
        fonts = [str(stack.enter_context(as_file(font_file(bold)))) for bold in (False, True)]
        try:
            return resvg_py.svg_to_bytes(
                svg_string=as_svg(scene),
                zoom=ZOOM,
                skip_system_fonts=known,
                font_files=fonts,
                font_family=FAMILY,
                sans_serif_family=FAMILY,
            )
        except ValueError as error:
            raise TraceError(f"the picture cannot be made a PNG, use SVG: {error}") from None
