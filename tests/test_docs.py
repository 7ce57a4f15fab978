"""The documents tell the truth: their code runs, their commands work, what they name exists.

How a document is marked up:

- A block that opens with ``python run`` is run. The blocks of a document share one namespace, so
  the first stands on its own. What a block prints is the ``text`` block right after it;
  ``pytest tests/test_docs.py --rewrite`` writes those anew.
- A block that opens with ``python`` and a path stands word for word in that file.
- Each line ``$ unsay ...`` of a ``console`` block is run, in order, in one folder per document
  that has a copy of ``designs/``. ``# exits with 1`` at its end is checked. Code 2 (bad usage)
  must be announced like that. A line that says ``# takes minutes`` is not run.
- A path in backticks must exist, and ``path.py::name`` must be defined there.
"""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from tests.helpers import FAULTS, POLICIES, chain
from unsay.cli import main
from unsay.engines.check import ENGINES
from unsay.engines.verdict import EXIT_OK, EXIT_UNKNOWN, EXIT_USAGE, EXIT_VIOLATED, Outcome
from unsay.model import language
from unsay.model.design import policy_table
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

ROOT = Path(__file__).parent.parent
LANGUAGE, ARCHITECTURE = "docs/LANGUAGE.md", "docs/ARCHITECTURE.md"
DOCUMENTS = ("README.md", "CONTRIBUTING.md", ARCHITECTURE, LANGUAGE, "docs/PROOFS.md")
DOCUMENTED_CODES = {EXIT_OK, EXIT_VIOLATED, EXIT_USAGE, EXIT_UNKNOWN}
SECONDS_MAX = 2.0
"""Longer time limits are cut to this: what is tested is the command line, not its patience."""


@dataclass(frozen=True)
class Block:
    """A fenced block. ``start`` and ``end`` are the lines of its fences, counted from 0."""

    info: str
    start: int
    end: int
    text: str


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    found: list[Block] = []
    opened: tuple[str, int] | None = None
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if opened is None and line.startswith("```"):
            opened = (line.strip("`\n "), number)
        elif opened is not None and line.rstrip() == "```":
            info, start = opened
            found.append(Block(info, start, number, "".join(lines[start + 1 : number])))
            opened = None
    assert opened is None, f"the block at line {opened and opened[1] + 1} is never closed"
    return found


def printed_after(block: Block, text: str) -> Block | None:
    """The ``text`` block right after ``block``, which shows what it prints."""
    lines = text.splitlines()
    for other in blocks(text):
        between = lines[block.end + 1 : other.start]
        if other.start > block.end:
            return other if other.info == "text" and not any(between) else None
    return None


def prose(text: str) -> str:
    """The document without its fenced blocks."""
    lines = text.splitlines()
    for block in blocks(text):
        lines[block.start : block.end + 1] = [""] * (block.end + 1 - block.start)
    return "\n".join(lines)


def quoted(document: str) -> list[str]:
    """What stands in backticks in the prose of a document."""
    return re.findall(r"`([^`\n]+)`", prose(read(document)))


# --- Python blocks ---


def run(block: Block, module: ModuleType) -> str:
    """What a block prints. Its lines keep the numbers that they have in the document."""
    source = "\n" * (block.start + 1) + block.text
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(source, "document", "exec", dont_inherit=True), module.__dict__)
    return output.getvalue()


def with_output(text: str, block: Block, output: str) -> str:
    """The document with the ``text`` block after ``block`` replaced, or put there."""
    lines = text.splitlines()
    old = printed_after(block, text)
    new = ["```text", *output.splitlines(), "```"]
    if old is None:
        lines[block.end + 1 : block.end + 1] = ["", *new]
    else:
        lines[old.start : old.end + 1] = new
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_runnable_python_prints_what_the_document_says(
    document: str, rewrite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("documented")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    text = read(document)
    runnable = [b for b in blocks(text) if b.info == "python run"]
    assert runnable or document != LANGUAGE
    outputs = [(b, run(b, module)) for b in runnable]
    if rewrite:
        for block, output in reversed(outputs):
            if output or printed_after(block, text):
                text = with_output(text, block, output)
        (ROOT / document).write_text(text, encoding="utf-8")
        return
    for block, output in outputs:
        shown = printed_after(block, text)
        assert output == (shown.text if shown else ""), f"{document}:{block.start + 1}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_is_of_a_known_kind_and_python_is_python(document: str) -> None:
    for block in blocks(read(document)):
        kind, _, more = block.info.partition(" ")
        assert kind in ("", "python", "text", "console", "toml"), block
        assert not more or kind == "python", block
        if kind == "python":
            ast.parse(block.text)
            assert more in ("", "run") or block.text in read(more), block
        if kind == "toml":
            tomllib.loads(block.text)


# --- Commands ---


@dataclass(frozen=True)
class Command:
    """One ``$ unsay ...`` line: its arguments, and what its comment says."""

    line: str
    arguments: list[str]
    comment: str

    @property
    def expected(self) -> int | None:
        match = re.search(r"exits with (\d)", self.comment)
        return int(match[1]) if match else None

    @property
    def slow(self) -> bool:
        return "takes minutes" in self.comment


def commands(document: str) -> Iterator[Command]:
    for block in blocks(read(document)):
        if block.info != "console":
            continue
        for line in block.text.replace("\\\n", " ").splitlines():
            if re.match(r"\$ unsay\b", line):
                call, _, comment = line.partition(" #")
                yield Command(line, arguments(call.removeprefix("$ unsay")), comment)


def arguments(call: str) -> list[str]:
    """The words of a call, up to a pipe or the like; long time limits are cut."""
    lexer = shlex.shlex(call, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|&;<>()"):
            break
        limits = words and words[-1] == "--time-limit"
        words.append(str(min(float(word), SECONDS_MAX)) if limits else word)
    return words


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_exit_as_documented(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "designs", tmp_path / "designs")
    monkeypatch.chdir(tmp_path)
    for command in commands(document):
        if command.slow:
            continue
        result = CliRunner().invoke(main, command.arguments, catch_exceptions=False)
        told = f"{document}: {command.line}\n{result.output}"
        assert "Traceback" not in result.output, told
        if command.expected is None:
            assert result.exit_code in DOCUMENTED_CODES - {EXIT_USAGE}, told
        else:
            assert command.expected in DOCUMENTED_CODES, told
            assert result.exit_code == command.expected, told


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_within_the_prose_exist(document: str) -> None:
    for text in quoted(document):
        if match := re.match(r"unsay ([a-z]+)\b", text):
            assert match[1] in main.commands, text


# --- Names ---


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_and_symbols_exist(document: str) -> None:
    missing = [text for text in quoted(document) if not _exists(text)]
    assert not missing


def _exists(text: str) -> bool:
    """Whether ``text`` is no path of this project, or one that is there."""
    match = re.fullmatch(r"([\w.*-]+/[\w./*-]*|cli\.py)(?:::([\w.]+))?", text)
    if match is None:
        return True
    path, symbol = match[1], match[2]
    if not path.endswith((".py", ".md")) and not (ROOT / path.split("/")[0]).exists():
        return True  # not ours: and/or, unsay-out/
    if "*" in path:
        return any(ROOT.glob(path))
    return (ROOT / path).exists() and (symbol is None or symbol in _defined(ROOT / path))


def _defined(path: Path) -> set[str]:
    """The names at the top of a Python file, and ``Class.member``."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = _names(node)
        found |= names
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{n}" for member in node.body for n in _names(member)}
    return found


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", prose(read(document)))
    missing = [t for t in targets if not ((ROOT / document).parent / t).exists()]
    assert not missing


# --- Nothing is left out ---


def test_every_name_of_the_language_is_explained() -> None:
    text = read(LANGUAGE)
    assert not [n for n in language.__all__ if not re.search(rf"\b{n}\b", text)]


def test_every_verdict_and_every_folder_is_explained() -> None:
    text = read(ARCHITECTURE)
    assert not [o.value for o in Outcome if f"`{o.value}`" not in text]
    with (ROOT / "pyproject.toml").open("rb") as file:
        packages = tomllib.load(file)["tool"]["setuptools"]["packages"]
    folders = {p.removeprefix("unsay.").replace(".", "/") for p in packages if p != "unsay"}
    linked = {p.name for p in (ROOT / "src/unsay").iterdir() if p.is_dir()}
    found = {f.parent.relative_to(ROOT) for n in linked for f in (ROOT / n).rglob("__init__.py")}
    assert folders == {f.as_posix() for f in found if "__pycache__" not in f.parts}
    assert not [f for f in sorted(folders) if f"`{f}/`" not in text]


# --- What the recipes of CONTRIBUTING.md say will complain ---


def test_the_readme_has_every_property_in_its_own_words() -> None:
    text = read("README.md")
    assert not [p.name for p in PROPERTIES.values() if p.name not in text or p.sentence not in text]


def test_the_random_designs_know_every_policy() -> None:
    rows = (row for row in policy_table() if row.key.startswith("policies."))
    # Not drawn from a list of words: a number (retry_limit) and a set of tables (durable).
    words = {r.key.removeprefix("policies."): r for r in rows if r.default in r.allowed}
    assert set(words) | {"durable"} == set(POLICIES)
    for key, row in words.items():
        assert set(POLICIES[key]) == set(row.allowed)
        assert POLICIES[key][0] == row.default


@pytest.mark.parametrize("key", POLICIES)
def test_every_option_of_a_policy_makes_a_machine_of_its_own(key: str) -> None:
    faults = dict.fromkeys(FAULTS, 1)
    parts = {
        "faults": faults,
        "lifetimes": {"window": "1d"},
        "scope": {"commands": ["recall", "resend", "admin-recall"]},
    }
    made = [
        build_machine(chain(2, 2, True, 2, True, policies={key: o}, **parts)) for o in POLICIES[key]
    ]
    for one, other in itertools.combinations(made, 2):
        claims = [[p.claim(m) for p in PROPERTIES.values()] for m in (one, other)]
        assert (one.rules, one.structure, claims[0]) != (other.rules, other.structure, claims[1])


def test_every_engine_has_the_contract() -> None:
    for name in ENGINES:
        assert "(Contract)" in read(f"tests/engines/test_{name}.py"), name
