"""The comparison with other checkers notices what does not agree, and writes only its section."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import peers
from bench.peers import Figures, Peer, PeerError, Work

from tests.readings.texts import bench_subject, design_subject, states_of

SIZE = (2, 1, 1)
STATES = 17


def answering(states: int | None, broken: str | None = None, steps: int | None = None) -> Peer:
    """A checker that gives this answer to everything."""

    def check(work: Work, command: tuple[str, ...], name: str) -> Figures:
        assert (work.folder / f"{name}.pml").exists()
        return work.found(states, broken, steps)

    return Peer("Parrot", "promela", ("parrot",), "teach it", check)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "SIZES", {SIZE: STATES})
    monkeypatch.setattr(peers, "REPEATS", 1)
    monkeypatch.setattr(peers, "ours", lambda size: Figures(STATES, None, None, 0.1, 0.1, 1.0))


@pytest.mark.parametrize(
    ("peer", "agrees"),
    [
        (answering(STATES), True),
        (answering(STATES + 1), False),
        (answering(None, "marked_by_newest_recall", 3), False),
    ],
)
def test_another_count_is_a_problem(peer: Peer, agrees: bool) -> None:
    problems: list[str] = []
    rows = list(peers.protocol_rows([peer], problems))
    assert len(rows) == 2
    assert (problems == []) is agrees


def test_a_checker_that_gives_no_answer_is_a_problem() -> None:
    def fail(work: Work, command: tuple[str, ...], name: str) -> Figures:
        raise PeerError("Parrot: it printed nothing")

    problems: list[str] = []
    silent = Peer("Parrot", "promela", ("parrot",), "teach it", fail)
    assert "it printed nothing" in list(peers.protocol_rows([silent], problems))[1]
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("peer", "agrees"),
    [
        (answering(None, "agreement_at_rest", 6), True),
        (answering(None, "agreement_at_rest", 5), False),
        (answering(None, "no_resurrection", 6), False),
        (answering(168), False),
    ],
)
def test_another_verdict_on_a_design_is_a_problem(peer: Peer, agrees: bool) -> None:
    problems: list[str] = []
    subject = design_subject("ejabberd-4507", ["agreement-at-rest"])
    peers._cell(peer, subject, None, 6, problems)
    assert (problems == []) is agrees


def test_only_nusmv_may_round() -> None:
    assert peers._agree("NuSMV", 3_101_120, 3_101_121)
    assert not peers._agree("NuSMV", 3_101_130, 3_101_121)
    assert not peers._agree("TLC", 3_101_120, 3_101_121)


@pytest.mark.parametrize("agrees", [True, False])
def test_the_section_is_replaced_and_a_problem_is_an_error(
    agrees: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text(f"# Results\n\nours\n\n{peers.SECTION}\n\nold\n")
    monkeypatch.setattr(peers, "RESULTS", results)
    monkeypatch.setattr(peers, "peers", lambda: [answering(STATES if agrees else 0)])
    monkeypatch.setattr("sys.argv", ["peers.py"])
    with pytest.raises(SystemExit) as ended:
        peers.main()
    assert ended.value.code == (0 if agrees else 1)
    text = results.read_text()
    assert text.startswith(f"# Results\n\nours\n\n{peers.SECTION}\n")
    assert text.count(peers.SECTION) == 1
    assert "old" not in text
    assert "| (2, 1, 1) | Parrot |" in text


def test_without_any_checker_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "RESULTS.md"
    monkeypatch.setattr(peers, "RESULTS", results)
    monkeypatch.setattr(peers, "peers", lambda: [Peer("Parrot", "smv", (), "teach it", None)])  # type: ignore[arg-type]
    monkeypatch.setattr("sys.argv", ["peers.py"])
    peers.main()
    assert "Parrot is not installed, so it is not run: teach it" in capsys.readouterr().out
    assert not results.exists()


def test_the_protocol_has_that_many_states() -> None:
    assert states_of(bench_subject(*SIZE)) == STATES
