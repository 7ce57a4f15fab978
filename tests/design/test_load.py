"""Reading files: every way in which a file is not a design gives one line."""

import os
from pathlib import Path

import pytest

from unsay.model.design import DesignError, design_from_data, load_design, parse_design

from .samples import SMALL, lines_of


def test_a_file_loads_with_every_default(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    design = load_design(path)
    assert design == load_design(str(path)) == parse_design(SMALL)
    assert design.title == "Small"
    assert design.sender == "alice"
    assert design.nodes["brazil"].region == "brazil"
    assert design.policies.dispatch == "tracked"
    assert design.faults.loss == "unbounded"
    assert design.scope.commands == ("recall",)


def test_a_schema_comment_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_bytes(b"\xef\xbb\xbf#:schema ./design.json\r\n" + SMALL.encode())
    assert load_design(path) == parse_design(SMALL)


def _line(path: str | os.PathLike[str]) -> str:
    with pytest.raises(DesignError) as caught:
        load_design(path)
    (line,) = caught.value.lines
    assert line.isprintable()
    return line


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "nope.toml"
    assert _line(missing) == f"{missing}: no such file"
    assert _line(tmp_path) == f"{tmp_path}: is a directory; expected a TOML file"
    assert _line(tmp_path / "a\nb") == f"{tmp_path}/a\\nb: no such file"
    assert _line("a\0b") == "a\\x00b: cannot be the name of a file"
    below = tmp_path / "small.toml"
    below.write_text(SMALL)
    assert _line(below / "x") == f"{below}/x: cannot be read: Not a directory"


def test_files_that_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'title = "caf\xc3\xa9"\nabout = "caf\xe9"\n')
    assert _line(path) == f"{path}:2:13: not UTF-8 text: byte 0xe9"
    path.write_bytes(SMALL.encode("utf-16"))
    assert _line(path) == f"{path}:1:1: not UTF-8 text: byte 0xff"


@pytest.mark.parametrize("content", ["", "\n", "# nothing\n", "\ufeff"])
def test_empty_files(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(content)
    assert _line(path) == f"{path}: the file is empty; a design needs a title, nodes and devices"


def test_files_that_are_too_large(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"#" * 10_000_000)
    assert _line(path) == f"{path}: too large for a design; allowed: 64 KiB"
    assert lines_of("#" * 10_000_000) == ["x.toml: too large for a design; allowed: 64 KiB"]


SYNTAX = [
    ('title = "a"\nabout', "x.toml:2:6: Expected '=' after a key in a key/value pair"),
    (
        "title = 'a'\ntitle = 'b'",
        "x.toml:2:12: this key has a value already; allowed: each key once",
    ),
    ("[nodes.a]\n[nodes.a]", "x.toml:2:9: Cannot declare [nodes.a] twice"),
    ('[nodes."a\\n"]\n[nodes."a\\n"]', 'x.toml:2:13: Cannot declare [nodes."a\\n"] twice'),
    (
        "[policies]\ndispatch = tracked",
        "x.toml:2:12: not a TOML value; text needs quotes, true and false are in lower case",
    ),
    ('title = "a\nb"', "x.toml:1:11: Illegal character '\\n'"),
    ("title = 'a\x1b[2J'", "x.toml:1:11: Found invalid character '\\x1b'"),
    ("a = " + "[" * 20_000, "x.toml: arrays or tables nested too deeply"),
    ("a = " + "{a=" * 20_000, "x.toml: arrays or tables nested too deeply"),
    ("a = 1\nb = " + "1" * 5_000, "x.toml:2:5: number too long"),
    ("a" + ".a" * 30_000 + " = 1", "x.toml:1:1: this key has too many parts for a design"),
    ("\n 'a'" + ' . "a"' * 40 + " = 1", "x.toml:2:2: this key has too many parts for a design"),
]


@pytest.mark.parametrize(("text", "line"), SYNTAX, ids=range(len(SYNTAX)))
def test_syntax_errors_say_where(text: str, line: str) -> None:
    assert lines_of(text) == [line]


def test_decoded_data_need_not_be_of_plain_types() -> None:
    design = parse_design(SMALL)
    data = design.resolved()
    data["links"] = tuple(data["links"])
    assert design_from_data(data) == design


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ([], "trace 1: expected a table, found an array of no values"),
        (None, "trace 1: expected a table, found nothing"),
        ({1: 2}, "trace 1: expected keys of Unicode text, found 1"),
        (
            {"nodes": {"\ud800": {}}},
            'trace 1: nodes: expected keys of Unicode text, found "\\ud800"',
        ),
        ({"title": "\ud800"}, 'trace 1: title: expected Unicode text, found "\\ud800"'),
    ],
)
def test_decoded_data_of_the_wrong_types(data: object, line: str) -> None:
    with pytest.raises(DesignError) as caught:
        design_from_data(data, "trace 1")  # type: ignore[arg-type]
    assert caught.value.lines == (line,)


def test_a_traceback_shows_no_pydantic() -> None:
    with pytest.raises(DesignError) as caught:
        parse_design('title = ""')
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
