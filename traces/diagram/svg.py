"""A scene as SVG: plain elements, no styles or scripts, the same bytes for the same scene.

Each text carries the width that it was laid out with (``textLength``): a viewer without the
font squeezes or stretches another one, and no label ever runs into its neighbour.
"""

from __future__ import annotations

from xml.etree import ElementTree

from unsay.traces.diagram.metrics import FAMILY
from unsay.traces.diagram.scene import Circle, Path, Rect, Scene, Shape, Text
from unsay.traces.palette import WHITE
from unsay.traces.printing import xml_text

FALLBACKS = f"{FAMILY}, DejaVu Sans, Arial, Helvetica, Liberation Sans, sans-serif"


def as_svg(scene: Scene) -> str:
    """The SVG document of ``scene``."""
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": _number(scene.width),
            "height": _number(scene.height),
            "viewBox": f"0 0 {_number(scene.width)} {_number(scene.height)}",
            "font-family": FALLBACKS,
            "role": "img",
        },
    )
    ElementTree.SubElement(root, "title").text = xml_text(scene.title)
    ElementTree.SubElement(root, "desc").text = xml_text(scene.description)
    everything = {"width": "100%", "height": "100%", "fill": WHITE}
    ElementTree.SubElement(root, "rect", everything)
    for layer, shapes in scene.layers.items():
        if shapes:
            group = ElementTree.SubElement(root, "g", {"id": layer.name.lower()})
            for shape in shapes:
                _add(group, shape)
    ElementTree.indent(root, " ")
    document: str = ElementTree.tostring(root, encoding="unicode")
    return document + "\n"


def _add(group: ElementTree.Element, shape: Shape) -> None:
    match shape:
        case Text():
            _add_text(group, shape)
        case Rect(box=box):
            attributes = {
                "x": _number(box.left),
                "y": _number(box.top),
                "width": _number(box.width),
                "height": _number(box.height),
            }
            if shape.radius:
                attributes["rx"] = _number(shape.radius)
            _finish(ElementTree.SubElement(group, "rect", attributes), shape)
        case Circle(centre=(x, y)):
            attributes = {"cx": _number(x), "cy": _number(y), "r": _number(shape.radius)}
            _finish(ElementTree.SubElement(group, "circle", attributes), shape)
        case Path():
            steps = [f"{_number(x)} {_number(y)}" for x, y in shape.points]
            d = "M" + " L".join(steps) + ("Z" if shape.closed else "")
            _finish(ElementTree.SubElement(group, "path", {"d": d}), shape)


def _add_text(group: ElementTree.Element, text: Text) -> None:
    if not text.text.strip():
        return
    attributes = {
        "x": _number(text.at[0]),
        "y": _number(text.at[1]),
        "font-size": _number(text.size),
        "fill": text.colour,
        "textLength": _number(text.width),
        "lengthAdjust": "spacingAndGlyphs",
    }
    if text.anchor != "start":
        attributes["text-anchor"] = text.anchor
    if text.bold:
        attributes["font-weight"] = "bold"
    ElementTree.SubElement(group, "text", attributes).text = xml_text(text.text)


def _finish(element: ElementTree.Element, shape: Rect | Path | Circle) -> None:
    """The attributes that every shape has, and its tip, which a browser shows on hovering."""
    element.set("fill", shape.fill)
    if shape.stroke != "none":
        element.set("stroke", shape.stroke)
        element.set("stroke-width", _number(shape.stroke_width))
        if isinstance(shape, (Rect, Path)) and shape.dash:
            element.set("stroke-dasharray", shape.dash)
    if shape.tip:
        ElementTree.SubElement(element, "title").text = xml_text(shape.tip)


def _number(value: float) -> str:
    """With one digit after the point, and none where it is 0: never ``-0``, never an exponent."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
