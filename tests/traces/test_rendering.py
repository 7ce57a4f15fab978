"""One entry point for all formats, and files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.traces.samples import example
from unsay.traces import FORMATS, TraceError, load_trace, render, write
from unsay.traces.files import write_atomically

BEGINNINGS = {
    "x.svg": b"<svg ",
    "x.png": b"\x89PNG",
    "x.dot": b"digraph ",
    "x.graphml": b"<?xml ",
    "x.mmd": b"sequenceDiagram",
    "x.txt": b"When nothing is under way",
    "x.itf.json": b'{"#meta": {',
    "a.b.SVG": b"<svg ",
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_suffix_chooses_the_format(tmp_path: Path, name: str) -> None:
    write(example("no-retry"), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(BEGINNINGS[name])
    assert os.listdir(tmp_path) == [name]


def test_every_format_has_a_suffix() -> None:
    assert len(FORMATS) == 7
    for format in FORMATS:
        assert isinstance(render(example("no-retry"), format), bytes if format == "png" else str)


@pytest.mark.parametrize("name", ["x.gif", "x.json", "svg", "x", ""])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(TraceError) as caught:
        write(example("no-retry"), f"{tmp_path}/{name}")
    assert str(caught.value).endswith(
        "does not end in a known suffix; allowed: .svg, .png, .dot, .graphml, .mmd, .txt, .itf.json"
    )
    assert os.listdir(tmp_path) == []


def test_unknown_format() -> None:
    with pytest.raises(TraceError, match=r"^gif: is not a format; allowed: svg, png, dot,"):
        render(example("no-retry"), "gif")  # type: ignore[arg-type]


def test_written_trace_loads(tmp_path: Path) -> None:
    write(example("no-retry"), tmp_path / "x.itf.json")
    assert load_trace(tmp_path / "x.itf.json").broken


def test_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("before")
    write_atomically(path, "after\n")
    assert path.read_bytes() == b"after\n"


def test_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.txt"
    path.write_text("before")

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(TraceError, match=r"x\.txt: cannot be written: No space left on device$"):
        write_atomically(path, "after")
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["x.txt"]


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("before")
    try:
        (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    except OSError:
        pytest.skip("this system has no symbolic links for us")
    write_atomically(tmp_path / "link.txt", "after")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "after"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no/such/folder.txt", "cannot be written: No such file or directory"),
        (".", "is a directory"),
        ("a\0b", "cannot be the name of a file"),
    ],
)
def test_places_that_cannot_be_written(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(TraceError) as caught:
        write_atomically(f"{tmp_path}/{name}", "x")
    assert str(caught.value).endswith(expected)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_no_regular_file_is_not_replaced() -> None:
    with pytest.raises(TraceError, match="is not a regular file"):
        write_atomically(os.devnull, "x")
