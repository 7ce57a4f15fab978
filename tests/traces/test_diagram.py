"""The picture: nothing overlaps, nothing is cut off, and what went wrong is on it."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace as with_fields
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from tests.traces.files import SLOW
from tests.traces.samples import EXAMPLES, example, runs, steps, two_nodes, walk
from unsay.engines.run import Replay, replay
from unsay.model.design import design_from_data
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES
from unsay.traces.diagram import as_png, as_svg, draw
from unsay.traces.diagram.columns import WIDTH_WANTED
from unsay.traces.diagram.metrics import ASCENT, DESCENT
from unsay.traces.diagram.scene import Box, Layer, Path, Rect, Scene, bounds
from unsay.traces.palette import BLUSH, GREY, VERMILION
from unsay.traces.story import tell, transit_words

SVG = "{http://www.w3.org/2000/svg}"


def text_boxes(svg: str) -> list[tuple[str, Box]]:
    """The boxes of all texts, from the file alone."""
    found = []
    for element in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        x, y, size, width = (
            float(element.attrib[key]) for key in ("x", "y", "font-size", "textLength")
        )
        anchor = element.attrib.get("text-anchor", "start")
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        box = Box(left, y - ASCENT * size, left + width, y + DESCENT * size)
        found.append((element.text or "", box))
    return found


def check(run: Replay) -> Scene:
    """No two texts overlap, none leaves the page, and every arrow has its name."""
    scene = draw(run)
    boxes = text_boxes(as_svg(scene))
    for text, box in boxes:
        page = Box(0, 0, scene.width, scene.height)
        assert bounds([page, box]) == page, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        # Numbers in the file are rounded to a tenth.
        assert not a.grown(-0.1).overlaps(b.grown(-0.1)), (one, other)
    names = Counter(transit_words(t) for t in tell(run).transits)
    drawn = Counter(text for text, _ in boxes)
    assert all(drawn[name] >= count for name, count in names.items())
    return scene


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    scene = check(example(name))
    assert scene.width <= 1200


@settings(SLOW, max_examples=10)
@given(runs())
def test_any_run(run: Replay) -> None:
    check(run)


@pytest.mark.parametrize("dispatch", ["tracked", "flood", "chase"])
@pytest.mark.parametrize("faults", [0, 1])
def test_long_runs_over_five_nodes_and_six_devices(dispatch: str, faults: int) -> None:
    nodes = ["singapore", "china-centre", "brazil", "frankfurt", "us-east"]
    devices = ["alice-phone", "alice-laptop", "bob-phone", "carol-tablet", "dave-phone", "eve-pc"]
    design = design_from_data(
        {
            "title": "Five regions",
            "nodes": {n: {} for n in nodes},
            "links": [{"between": pair} for pair in itertools.pairwise(nodes)],
            "devices": {
                d: {"account": d.split("-")[0], "home": nodes[i % 5]} for i, d in enumerate(devices)
            },
            "policies": {"dispatch": dispatch},
            "faults": dict.fromkeys(("loss", "duplication", "crash", "offline"), faults),
            "scope": {"messages": 1, "commands": ["edit", "recall"]},
        }
    )
    for seed in range(3):
        run = walk(design, 25, seed, "agreement-at-rest")
        assert len(run.steps) == 25
        assert check(run).width <= WIDTH_WANTED


def test_largest_design_and_longest_names() -> None:
    nodes = [f"node-{i}-".ljust(24, "w") for i in range(12)]
    devices = [f"device-{i}-".ljust(24, "m") for i in range(16)]
    design = design_from_data(
        {
            "title": "W" * 200,
            "nodes": {n: {"region": "W" * 24} for n in nodes},
            "links": [{"between": pair} for pair in itertools.pairwise(nodes)],
            "devices": {
                d: {"account": "m" * 24, "home": nodes[i % 12]} for i, d in enumerate(devices)
            },
            "scope": {"messages": 1, "commands": ["recall"]},
        }
    )
    check(walk(design, 12, 1))


def test_run_without_steps() -> None:
    texts = [t.text for t in check(replay(build_machine(two_nodes()), [])).texts]
    assert "no step is needed" in texts


@pytest.mark.parametrize("name", EXAMPLES)
def test_same_run_gives_the_same_bytes(name: str) -> None:
    one, other = (as_svg(draw(example(name))) for _ in range(2))
    assert one == other
    assert as_png(draw(example(name))) == as_png(draw(example(name)))


def test_title_verdict_and_the_break() -> None:
    scene = draw(example("push-only"))
    texts = [t.text for t in scene.texts]
    assert texts[0] == PROPERTIES["agreement-at-rest"].sentence
    assert "broken at step 7 of 7" in texts
    assert "at device bob-phone, message m1" in texts
    assert "Design: Two regions · Property: agreement-at-rest" in texts
    assert texts.count("breaks here") == 1
    bands = [s for s in scene.layers[Layer.BACK] if isinstance(s, Rect) and s.fill == BLUSH]
    label = next(t for t in scene.texts if t.text == "comes back online")
    assert len(bands) == 1
    assert bands[0].box.top < label.box.top < label.box.bottom < bands[0].box.bottom


def test_who_is_to_blame_is_outlined_at_the_end() -> None:
    scene = draw(example("push-only"))
    outlined = [
        s.box for s in scene.layers[Layer.PLATE] if isinstance(s, Rect) and s.stroke == VERMILION
    ]
    inside = [
        t.text
        for box in outlined
        for t in scene.texts
        if box.left < t.box.left < box.right and box.top < t.box.top < box.bottom
    ]
    assert inside == ["bob-phone", "has no m1"]


def test_run_that_breaks_nothing_has_no_break() -> None:
    texts = [
        t.text for t in draw(replay(build_machine(two_nodes()), steps("crash(china, 1)"))).texts
    ]
    assert "breaks here" not in texts
    assert "a run of 1 step" in texts


def test_offline_lane_is_dashed() -> None:
    scene = draw(example("push-only"))
    dashed = [
        s for s in scene.layers[Layer.TRACK] if isinstance(s, Path) and s.stroke == GREY and s.dash
    ]
    header = next(t for t in scene.texts if t.text == "bob-phone")
    assert len(dashed) == 1
    assert dashed[0].points[0][0] == pytest.approx((header.box.left + header.box.right) / 2)


def test_lost_copy_ends_in_a_cross_before_its_target() -> None:
    scene = draw(example("no-retry"))
    strokes = [s for s in scene.layers[Layer.DOT] if isinstance(s, Path) and s.stroke == VERMILION]
    assert len(strokes) == 2 * 2
    centres = {t.text: (t.box.left + t.box.right) / 2 for t in reversed(scene.texts)}
    middle = sum(x for x, _ in strokes[0].points) / 2
    assert centres["singapore"] < middle < centres["china"]
    lost = {t.text for t in scene.texts if t.bold and t.text.endswith(" lost")}
    assert lost == {"m1.recall lost", "m1.send lost"}


def test_every_kind_of_arrow_has_its_own_dash() -> None:
    dashes = {
        s.dash
        for name in EXAMPLES
        for s in draw(example(name)).layers[Layer.ARROW]
        if isinstance(s, Path) and s.stroke != VERMILION and not s.closed
    }
    assert dashes >= {"", "1.5 3.5", "6 3"}


def test_legend_has_only_what_the_picture_has() -> None:
    texts = {t.text for t in draw(example("last-arrival")).texts}
    assert {"a user acts", "the system acts", "still in flight", "hides it"} <= texts
    assert not {"a fault strikes", "lost", "offline"} & texts


def test_markup_in_names_is_escaped() -> None:
    data = two_nodes().resolved()
    data["title"] = "<script>alert('&amp;')</script> \uffff"
    data["nodes"]["china"]["region"] = '"><!--'
    run = replay(build_machine(design_from_data(data)), steps("issue(m1.send, singapore)"))
    texts = [text for text, _ in text_boxes(as_svg(draw(run)))]
    assert "<script>alert('&amp;')</script> \ufffd" in texts
    assert '"><!--' in texts


def test_new_rule_table_and_flow_are_drawn_under_their_names() -> None:
    machine = build_machine(two_nodes())
    rename = {"wire": "pigeon", "online": "awake"}
    symbols = {s: with_fields(s, name=rename.get(s.name, s.name)) for s in machine.symbols}
    run = replay(machine, steps("issue(m1.send, singapore); crash(china, 1)"))
    renamed = with_fields(
        machine,
        symbols=tuple(symbols.values()),
        rules=(),
        flows=tuple(with_fields(f, symbol=symbols[f.symbol]) for f in machine.flows),
    )
    states = tuple({(symbols[s], p): v for (s, p), v in state.items()} for state in run.states)
    views = tuple(v for v in machine.views if v.name == "nothing")
    story = tell(
        with_fields(
            run,
            machine=with_fields(renamed, rules=machine.rules, views=views),
            states=states,
        )
    )
    assert "pigeon m1.send in flight" in {transit_words(t) for t in story.transits}
    assert [c.words for c in story.events[1].changes] == ["not awake"]


def test_png_needs_no_font_of_the_machine() -> None:
    image = as_png(draw(example("last-arrival")))
    scene = draw(example("last-arrival"))
    assert image.startswith(b"\x89PNG")
    width = int.from_bytes(image[16:20], "big")
    assert width == round(2 * scene.width)
    # Without its words the same picture is much smaller: they have been drawn.
    scene.layers[Layer.TEXT] = []
    assert len(as_png(scene)) < 0.6 * len(image)
