"""The comparison with another prover: what that one said, and a lemma that it breaks is noticed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bench import provers
from bench.peers import written
from bench.provers import Case, Run

from unsay.model.recall_bench import Size, build_bench
from unsay.properties.recall_bench import confirmed_means_applied, marked

INVARIANT = """checking init:
frame is safe and inductive. done!
!(exists n:Node. source(n) & confirmed(n))
!(exists n:Node. confirmed(n) & r(n))
updr found inductive invariant!
"""
BROKEN = "error case.pyv:1:1: invariant lemma_2 is not preserved by transition issue\n"
ANSWERS = {
    INVARIANT: "invariant of 2 formulas",
    "frame is safe and inductive. done!\n\nupdr found inductive invariant!\n": (
        "invariant of 0 formulas"
    ),
    "updr found abstract counterexample!\n": "no universal invariant",
    "checking init:\nall ok!\n": "all ok",
    BROKEN: "lemma_2 broken by issue",
    "unknown!\nreason unknown: timeout\n": "unknown",
    "Traceback\nValueError: a | b\n": "stopped: ValueError: a / b",
    "": "stopped: it printed nothing",
}


@pytest.mark.parametrize("said", ANSWERS)
def test_what_it_printed_in_a_few_words(said: str) -> None:
    assert provers.answer(said) == ANSWERS[said]


CASE = Case("both", build_bench(Size(2, 1, 1)), (marked, confirmed_means_applied), ("bench",))


def parrot(folder: Path, said: str) -> tuple[str, ...]:
    """A prover that gives this answer to ``verify`` and finds an invariant by ``updr``."""
    program = folder / "parrot.py"
    program.write_text(
        "import sys\n"
        "text = open(sys.argv[2]).read()\n"
        "assert 'safety [confirmed_means_applied]' in text\n"
        "assert ('safety [lemma_1]' in text) == (sys.argv[1] == 'verify')\n"
        f"print({INVARIANT!r} if sys.argv[1] == 'updr' else {said!r})\n"
    )
    return (sys.executable, str(program))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provers, "REPEATS", 1)
    monkeypatch.setattr(provers, "proved_here", lambda case, folder: Run("PROVED", 1.0, 2.0))


UNFOUNDED = "error case.pyv:9:1: theorem lemma_3 does not hold\n"


@pytest.mark.parametrize(
    ("said", "agrees"), [("all ok!", True), (BROKEN, False), (UNFOUNDED, False)]
)
def test_a_lemma_that_it_breaks_is_a_problem(said: str, agrees: bool, tmp_path: Path) -> None:
    problems: list[str] = []
    line = provers.row(CASE, parrot(tmp_path, said), problems)
    assert (problems == []) is agrees
    assert line.startswith("| both | PROVED, ")
    assert "lemmas | 1.0 (2.0) | invariant of 2 formulas | " in line
    assert provers.answer(said) in line


def test_one_that_does_not_end_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provers, "SECONDS", 1)
    endless = (sys.executable, "-c", "while True: pass")
    run = provers.asked_of_mypyvy(CASE, endless, "updr", tmp_path)
    assert run.said == "no end within 1 processor seconds"
    assert 0.5 < run.cpu_seconds < 3


def test_without_it_nothing_is_run_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "RESULTS.md"
    monkeypatch.setattr(provers, "RESULTS", results)
    monkeypatch.delenv("MYPYVY", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["provers.py"])
    provers.main()
    assert capsys.readouterr().out.startswith("skipped: mypyvy not found")
    assert not results.exists()


def test_its_place_is_told_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYPYVY", "python3 'my tools/mypyvy.py'")
    assert provers.mypyvy() == ("python3", "my tools/mypyvy.py")


REPLACED: dict[str, Callable[[str, str], str]] = {
    "in the middle": lambda mine, other: f"# R\n\n{mine}\nold\n\n{other}\nkept\n",
    "at the end": lambda mine, other: f"# R\n\n{other}\nkept\n\n{mine}\nold\n",
    "new": lambda mine, other: f"# R\n\n{other}\nkept\n",
}


@pytest.mark.parametrize("case", REPLACED)
def test_only_its_own_section_is_replaced(case: str) -> None:
    text = written(REPLACED[case](provers.SECTION, "## Other"), f"{provers.SECTION}\n\nnew\n")
    assert text.count(f"{provers.SECTION}\n\nnew\n") == 1
    assert "## Other\nkept\n" in text
    assert "old" not in text
