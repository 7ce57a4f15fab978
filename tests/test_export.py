"""``unsay export`` and ``unsay bench --export``: what is written where, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from unsay.cli import main
from unsay.model.readings.text.formats import FORMATS

DESIGN = "ejabberd-4507-repaired"


def unsay(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize("name", FORMATS)
def test_a_text_goes_to_standard_output_or_whole_to_a_file(name: str, tmp_path: Path) -> None:
    short = ("-p", "confirmed-means-done", "--depth", 1)
    printed = unsay("export", DESIGN, "--format", name, *short)
    assert printed.exit_code == 0
    assert "unsay export ejabberd-4507-repaired --format" in printed.stdout
    assert "confirmed-means-done" in printed.stdout
    assert printed.stdout.isascii()
    file = tmp_path / f"Ejabberd4507Repaired{FORMATS[name].ending}"
    written = unsay("export", DESIGN, "--format", name, *short, "--out", file)
    assert written.exit_code == 0
    assert file.read_text(encoding="utf-8") == printed.stdout
    beside = {f"{file.stem}{ending}" for ending, _ in FORMATS[name].beside}
    assert {f.name for f in tmp_path.iterdir()} == beside | {file.name}
    assert all(other in written.stdout.replace("\n", "") for other in beside)


@pytest.mark.parametrize("name", FORMATS)
def test_the_benchmark_protocol(name: str) -> None:
    printed = unsay("bench", 2, 1, 1, "--export", name)
    assert printed.exit_code == 0
    assert f"unsay bench 2 1 1 --export {name}" in printed.stdout
    assert "states=" not in printed.stdout


def test_a_module_is_called_like_its_file(tmp_path: Path) -> None:
    file = tmp_path / "Mine.tla"
    assert unsay("export", DESIGN, "-f", "tla", "-o", file).exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("---- MODULE Mine ----\n")
    assert "Mine.tla" in (tmp_path / "Mine.cfg").read_text(encoding="utf-8")


def test_the_scope_is_that_asked_for() -> None:
    small = unsay("export", DESIGN, "-f", "tla").stdout
    large = unsay("export", DESIGN, "-f", "tla", "--scope", "messages=2").stdout
    assert '"m2"' not in small
    assert '"m2"' in large
    assert "--scope messages=2" in large


REFUSED = {
    "no such format": (("-f", "alloy"), "alloy"),
    "no format": ((), "--format"),
    "no such property": (("-f", "tla", "-p", "no-resurection"), 'did you mean "no-resurrection"'),
    "a wrong ending": (("-f", "tla", "-o", "FOLDER/x.smv"), "ends in .tla"),
    "no name of a module": (("-f", "tla", "-o", "FOLDER/my-recall.tla"), "try MyRecall"),
    "a word of TLA+": (("-f", "tla", "-o", "FOLDER/Next.tla"), "try NextDesign"),
    "no such folder": (("-f", "smv", "-o", "FOLDER/none/x.smv"), "cannot be written"),
    "a wrong scope": (("-f", "smv", "--scope", "messages=none"), "messages"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_one_line_and_writes_nothing(case: str, tmp_path: Path) -> None:
    options, told = REFUSED[case]
    arguments = [o.replace("FOLDER", str(tmp_path)) for o in options]
    result = unsay("export", DESIGN, *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert told in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_for_a_count_is_refused(tmp_path: Path) -> None:
    result = unsay("bench", 2, 1, 1, "--out", tmp_path / "x.tla")
    assert result.exit_code == 2
    assert "--export" in result.stderr
