"""Text: measured with the fonts that are drawn with, broken and shortened to fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsay.traces.diagram.metrics import covered, elide, font_file, text_width, wrap
from unsay.traces.diagram.scene import Box
from unsay.traces.diagram.sfnt import advances

words = st.text(st.sampled_from("abcWi-. é漢\u0301"), max_size=40)
rooms = st.floats(15, 300)


def test_widths_are_those_of_the_font() -> None:
    # DejaVu Sans Condensed, from its hmtx table, in 2048ths of the size.
    assert text_width("m", 2048) == 1795
    assert text_width("i", 2048) == 512
    assert text_width("m", 2048, bold=True) == 1920
    assert text_width("", 12) == 0


def test_characters_that_the_font_lacks() -> None:
    assert text_width("漢", 10) == 10
    assert text_width("\u0e4a", 10) == 0 or not covered("\u0e4a")
    assert covered("Zürich → Σ Москва")
    assert not covered("撤回")


@pytest.mark.parametrize("content", [b"", b"hello", font_file(False).read_bytes()[:200]])
def test_other_files_are_no_fonts(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a TrueType font"):
        advances(content)


@given(words, rooms)
def test_wrapped_lines_fit_and_lose_nothing(text: str, room: float) -> None:
    lines = wrap(text, 11, room)
    assert all(text_width(line, 11) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(words, rooms, st.integers(1, 3))
def test_no_more_lines_than_allowed(text: str, room: float, lines_max: int) -> None:
    lines = wrap(text, 11, room, lines_max=lines_max)
    assert 1 <= len(lines) <= lines_max
    assert all(text_width(line, 11) <= room for line in lines)


@given(words, rooms)
def test_elided_text_fits(text: str, room: float) -> None:
    shown = elide(text, 11, room)
    assert text_width(shown, 11) <= room
    assert shown == text or shown.endswith("…")


def test_breaks_at_blanks_then_hyphens_then_anywhere() -> None:
    assert wrap("sends m1.send again", 10, 60) == ["sends", "m1.send", "again"]
    assert wrap("china-centre-north", 10, 60) == ["china-centre-", "north"]
    assert wrap("wwwwwwwwww", 10, 40) == ["wwwww", "wwwww"]
    assert wrap("wwwwwwww-a", 10, 40) == ["wwwww", "www-a"]


def test_box_crossed_by_a_line() -> None:
    box = Box(0, 0, 10, 10)
    assert box.crossed_by((-5, 5), (15, 5))
    assert box.crossed_by((2, 2), (3, 3))
    assert box.crossed_by((5, -5), (5, 15))
    assert not box.crossed_by((-5, 5), (-1, 5))
    assert not box.crossed_by((-5, 8), (5, 18))
    assert not box.crossed_by((12, -5), (12, 15))
