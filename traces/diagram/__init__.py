"""The space-time diagram: lanes side by side, time downwards, a copy in flight as an arrow.

Reading order: ``scene`` (what a drawing is made of), ``metrics`` (how wide text is), ``plan``
(where lanes and events go), ``arrows`` and ``naming`` (how copies travel and where their names
fit), ``supposed`` and ``ways`` (what mere runs do not have), ``draw`` (all of it onto a scene),
``svg`` and ``png`` (a scene as a file).
"""

from unsay.traces.diagram.draw import draw
from unsay.traces.diagram.png import as_png
from unsay.traces.diagram.svg import as_svg

__all__ = ["as_png", "as_svg", "draw"]
