"""Files that cannot be read and folders that cannot be written: one line, and nothing left behind.

The suite often runs as root, who may read and write everything. So permission is refused by hand,
where files are opened; all else is a real obstacle: a directory where a file is wanted, a file
where a directory is wanted, a link that leads nowhere or in a circle.
"""

from __future__ import annotations

import builtins
import io
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from unsay.cli import main
from unsay.designs.catalogue import shipped

DENIED = "Permission denied"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def refused(result: Result, *expected: str) -> None:
    """One line that says what and where, exit code 2, and nothing on standard output."""
    assert result.exit_code == 2, result.output
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("unsay: ")
    assert all(words in result.stderr for words in expected), result.stderr
    assert result.stdout == ""


def deny(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Refuse to open ``path``, or anything in it, as the system does for those who may not."""
    real_open, real_low = io.open, os.open

    def denied(file: Any) -> bool:
        return not isinstance(file, int) and Path(os.fspath(file)).is_relative_to(path)

    def opened(file: Any, *arguments: Any, **options: Any) -> Any:
        if denied(file):
            raise PermissionError(13, DENIED, str(file))
        return real_open(file, *arguments, **options)

    def opened_low(file: Any, *arguments: Any, **options: Any) -> int:
        if denied(file):
            raise PermissionError(13, DENIED, str(file))
        return real_low(file, *arguments, **options)

    monkeypatch.setattr(builtins, "open", opened)
    monkeypatch.setattr(io, "open", opened)
    monkeypatch.setattr(os, "open", opened_low)


@pytest.fixture
def design(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_bytes(shipped()["ejabberd-4507"].read_bytes())
    return path


def reading(file: Path) -> dict[str, tuple[object, ...]]:
    """Every command that reads the file."""
    return {
        "check": ("check", file),
        "show": ("show", file),
        "export": ("export", file, "--format", "tla"),
        "draw": ("draw", file, "--out", file.with_name("never.svg")),
        "replay": ("replay", file),
    }


COMMANDS = tuple(reading(Path("x")))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_may_not_be_read(
    command: str, design: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deny(monkeypatch, design)
    refused(run(*reading(design)[command]), f"mine.toml: cannot be read: {DENIED}")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_that_leads_nowhere(command: str, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "gone.toml")
    refused(run(*reading(link)[command]), "link.toml: no such file")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_that_leads_to_itself(command: str, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(link)
    refused(run(*reading(link)[command]), "link.toml: cannot be read: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_directory_where_a_file_is_wanted(command: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    refused(run(*reading(folder)[command]), "folder.toml: is a directory; expected a ")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("option", ["--out", "--checkpoint"])
def test_a_folder_whose_name_a_file_has(option: str, design: Path, tmp_path: Path) -> None:
    """Click refuses the file itself; a folder within it cannot be made."""
    taken = tmp_path / "taken"
    taken.write_text("mine")
    refused(run("check", design, option, taken), "is a file")
    refused(run("check", design, option, taken / "deep"), "deep: cannot be made", "directory")
    assert taken.read_text() == "mine"


@pytest.mark.parametrize("option", ["--out", "--checkpoint"])
def test_a_folder_whose_name_is_a_link_to_nowhere(
    option: str, design: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    refused(run("check", design, option, link), "link: cannot be made")
    assert not (tmp_path / "gone").exists()


def test_a_folder_that_may_not_be_written(
    design: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdicts are out before the first picture; the checkpoint is tried before any work."""
    out = tmp_path / "out"
    out.mkdir()
    deny(monkeypatch, out)
    pictures = run("check", design, "-p", "converges", "--out", out)
    assert pictures.exit_code == 2
    assert "VIOLATED" in pictures.stdout
    (line,) = pictures.stderr.splitlines()
    assert line.endswith(f"mine.converges.svg: cannot be written: {DENIED}")
    refused(run("check", design, "--checkpoint", out), f"cannot be written: {DENIED}")
    assert list(out.iterdir()) == []


WRITTEN: dict[str, tuple[str, ...]] = {
    "new": ("new", "{target}"),
    "export": ("export", "ejabberd-4507", "--format", "tla", "--out", "{target}"),
    "bench": ("bench", "2", "1", "1", "--export", "tla", "--out", "{target}"),
}


def writing(command: str, target: Path) -> list[str]:
    return [argument.format(target=target) for argument in WRITTEN[command]]


@pytest.mark.parametrize("command", WRITTEN)
def test_a_file_in_a_folder_that_is_none(command: str, tmp_path: Path) -> None:
    target = tmp_path / "none" / "file.tla"
    refused(run(*writing(command, target)), "file.tla: cannot be written: ")
    assert not target.parent.exists()


@pytest.mark.parametrize("command", WRITTEN)
def test_a_file_that_may_not_be_written(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deny(monkeypatch, tmp_path)
    refused(run(*writing(command, tmp_path / "file.tla")), f"cannot be written: {DENIED}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", WRITTEN)
def test_a_disk_that_is_full_leaves_no_half_of_a_file(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(run(*writing(command, tmp_path / "file.tla")), "No space left on device")
    assert list(tmp_path.iterdir()) == []
