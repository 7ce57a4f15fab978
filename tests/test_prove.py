"""``unsay prove`` and ``unsay recheck`` as a person uses them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.standing import standing
from unsay.cli import main
from unsay.engines.proof import attempts as attempts_module
from unsay.engines.proof import recheck as recheck_module
from unsay.engines.proof.found import Failure
from unsay.engines.proof.index import INDEX
from unsay.engines.proof.obligations import Goal
from unsay.engines.proof.search import Search
from unsay.model.language import Term
from unsay.properties import PROPERTIES, PropertyKind

DESIGN = "mastodon-4739-repaired"
PROPERTY = "idempotent-effects"


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert "Traceback" not in result.output
    return result


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("proved") / "certificate"
    return run("prove", DESIGN, "-p", PROPERTY, "-v", "--certificate", str(folder)), folder


def test_a_proof_is_told_with_its_lemmas(proved: tuple[Result, Path]) -> None:
    result, folder = proved
    assert result.exit_code == 0
    assert "PROVED" in result.stdout
    assert "any number of nodes, devices, messages and commands; faults: " in result.stdout
    assert "claims and lemmas also hold in all " in result.stdout
    assert "  1. for every " in result.stdout
    assert re.search(r"^  \w+\[[\w, ]+\]: .+\.$", result.stdout, re.MULTILINE)
    assert (folder / INDEX).is_file()


def test_the_certificate_is_of_this_design_and_another_solver_agrees(
    proved: tuple[Result, Path],
) -> None:
    _, folder = proved
    data = json.loads((folder / INDEX).read_text())
    shown = json.loads(run("show", DESIGN, "--json").stdout)
    assert data["design"] == shown
    assert [p["name"] for p in data["properties"]] == [PROPERTY]
    result = run("recheck", str(folder))
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    for part, files, discharged, contradicted, unknown, *_ in rows[1:]:
        assert part in ("sanity", PROPERTY)
        assert (files, contradicted, unknown) == (discharged, "0", "0")


def test_a_second_time_nothing_is_searched(
    proved: tuple[Result, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Search, "prove", lambda self, goal: pytest.fail("it searches"))
    again = run("prove", DESIGN, "-p", PROPERTY, "--certificate", str(tmp_path / "again"))
    assert again.exit_code == 0
    assert "found before" in " ".join(again.stdout.split())
    files = {p.relative_to(proved[1]): p for p in proved[1].rglob("*") if p.is_file()}
    assert files
    for name, path in files.items():
        assert (tmp_path / "again" / name).read_bytes() == path.read_bytes()


def test_that_there_is_no_proof_is_not_found_out_a_second_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = run("prove", DESIGN, "-p", "authorised")
    assert first.exit_code == 3
    assert "says nothing" in first.stdout
    monkeypatch.setattr(attempts_module, "samples", lambda machine: pytest.fail("it looks"))
    again = run("prove", DESIGN, "-p", "authorised")
    assert again.exit_code == 3
    assert "says nothing" in again.stdout


def test_no_cache_neither_uses_nor_keeps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, proved: tuple[Result, Path]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = run("prove", DESIGN, "-p", "version-override", "--no-cache")
    assert result.exit_code == 0
    assert "found before" not in result.stdout
    assert list(tmp_path.rglob("*.json")) == []


def test_without_the_archive_everything_is_looked_for_anew(
    monkeypatch: pytest.MonkeyPatch, proved: tuple[Result, Path]
) -> None:
    remembered: list[list[Term]] = []

    def stopped(search: Search, goal: Goal) -> Failure:
        remembered.append(list(search.remembered(goal)))
        return Failure("stopped")

    monkeypatch.setattr(Search, "prove", stopped)
    for option in ("--no-archive", "--no-cache"):
        result = run("prove", DESIGN, "-p", PROPERTY, option)
        assert result.exit_code == 3
        assert "found before" not in result.stdout
    assert not remembered[0]
    assert remembered[1]


def test_what_is_broken_is_unknown_and_has_no_certificate(tmp_path: Path) -> None:
    folder = tmp_path / "certificate"
    result = run("prove", "mastodon-4739", "-p", "version-override", "--certificate", str(folder))
    assert result.exit_code == 3
    assert "UNKNOWN" in result.stdout
    assert "broken at a small size" in " ".join(result.stdout.split())
    assert result.stderr == f"unsay: {folder}: no certificate: nothing was proved\n"
    assert not folder.exists()


def no_lemma(search: Search, goal: Goal) -> Failure:
    """As when no lemma is found: what breaks the claim alone."""
    return Failure("no lemma", standing(search.machine, PROPERTIES[PROPERTY]))


def test_a_step_that_nothing_excludes_is_told_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Search, "prove", no_lemma)
    folder = tmp_path / "pictures"
    result = run("prove", DESIGN, "-p", PROPERTY, "--no-cache", "--out", str(folder))
    assert result.exit_code == 3
    stem = f"{DESIGN}.{PROPERTY}.unproved"
    assert sorted(p.name for p in folder.iterdir()) == [f"{stem}.png", f"{stem}.svg"]
    drawn = f"drawn: {folder / stem}.svg (and .png); this state may not be reachable"
    assert drawn in result.stdout.splitlines()
    assert "This state may not be reachable" in result.stdout.splitlines()
    svg = (folder / f"{stem}.svg").read_text(encoding="utf-8")
    assert "<title>This state may not be reachable" in svg
    assert f"Property: {PROPERTY}" in svg
    assert (folder / f"{stem}.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_folder_it_is_told_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Search, "prove", no_lemma)
    result = run("prove", DESIGN, "-p", PROPERTY, "--no-cache")
    assert "This state may not be reachable" in result.stdout.splitlines()
    assert "drawn: " not in result.stdout


def test_what_is_proved_is_not_drawn(proved: tuple[Result, Path], tmp_path: Path) -> None:
    result = run("prove", DESIGN, "-p", PROPERTY, "--out", str(tmp_path))
    assert result.exit_code == 0
    assert list(tmp_path.iterdir()) == []
    assert "drawn: " not in result.stdout
    assert "reachable\n" not in result.stdout


def test_a_broken_claim_about_steps_is_drawn_from_its_run(tmp_path: Path) -> None:
    result = run("prove", "mastodon-4739", "-p", "idempotent-state", "--out", str(tmp_path))
    assert result.exit_code == 3
    stem = "mastodon-4739.idempotent-state.unproved"
    svg = (tmp_path / f"{stem}.svg").read_text(encoding="utf-8")
    assert "What differs: newest[" in svg
    assert "may not be reachable" not in svg + result.stdout


def test_a_folder_that_cannot_be_made_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(Search, "prove", lambda self, goal: pytest.fail("it searches"))
    result = run("prove", DESIGN, "-p", PROPERTY, "--out", str(tmp_path / "file" / "pictures"))
    assert result.exit_code == 2
    assert "cannot be made" in result.stderr


def test_what_comes_in_the_end_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    """It takes minutes; and what sends again for ever is not proved, with the reason."""
    asked = [p for p in PROPERTIES.values() if p.kind is PropertyKind.EVENTUALLY]
    result = run("prove", DESIGN, "--timeout", "1")
    assert not any(p.name in result.stdout for p in asked)
    result = run("prove", "mastodon-4739", "-p", "comes-to-rest", "--no-cache")
    assert result.exit_code == 3
    assert "broken at a small size" in " ".join(result.stdout.split())
    assert "again and again" in result.stdout


def test_check_knows_the_engine() -> None:
    result = run("check", DESIGN, "-p", "version-override", "--engine", "proof", "--json")
    assert result.exit_code == 0
    ((verdict,),) = [d["verdicts"] for d in json.loads(result.stdout)]
    assert (verdict["verdict"], verdict["engine"]) == ("PROVED", "proof")
    assert verdict["reach"].startswith("any size, ")
    assert isinstance(verdict["lemmas"], list)


def test_check_proves_what_it_found_no_fault_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And finds it again; unless somebody is in a hurry."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = ("check", DESIGN, "-p", "version-override", "-p", "converges")
    assert "PROVED" not in run(*asked).stdout
    monkeypatch.delenv("UNSAY_NO_PROOF")
    assert "PROVED" not in run(*asked, "--no-proof").stdout
    assert list(tmp_path.rglob("*.json")) == []
    result = run(*asked)
    assert result.exit_code == 0
    assert re.search(r"version-override +PROVED +proof +any size, with no lemma", result.stdout)
    assert re.search(r"converges +HOLDS +exhaustive", result.stdout)
    monkeypatch.setattr(Search, "prove", lambda self, goal: pytest.fail("it searches"))
    assert run(*asked).stdout.count("PROVED") == 1


def test_check_says_what_is_not_proved_and_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("UNSAY_NO_PROOF")
    monkeypatch.setattr(Search, "prove", lambda self, goal: Failure("no idea"))
    asked = ("check", DESIGN, "-p", "version-override", "--no-cache")
    result = run(*asked)
    assert result.exit_code == 0
    assert "not proved for any size: version-override (no idea)" in result.stdout
    (data,) = json.loads(run(*asked, "--json").stdout)
    assert data["unproved"] == {"version-override": "no idea"}
    assert [v["verdict"] for v in data["verdicts"]] == ["HOLDS"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["prove", "no-such-design"], 'unknown design (neither a file nor a shipped one) "no-such'),
        (["prove", DESIGN, "-p", "idempotent-effect"], 'did you mean "idempotent-effects"?'),
        (["prove", DESIGN, "--timeout", "nan"], "is not a number of seconds"),
        (["prove", DESIGN, "--certificate", ""], "expected a path, found an empty one"),
        (["recheck", "nowhere"], f"nowhere: is no certificate: it has no {INDEX}"),
        (["recheck"], "Missing argument"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], expected: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_folder_of_something_else_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    monkeypatch.setattr(Search, "prove", lambda self, goal: pytest.fail("it searches"))
    result = run("prove", DESIGN, "--certificate", str(tmp_path))
    assert result.exit_code == 2
    assert "thesis.tex" in result.stderr


def test_a_tampered_certificate_exits_with_2(proved: tuple[Result, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for path in proved[1].rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(proved[1])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (copy / "sanity" / "01-axioms.smt2").write_text("(check-sat)\n")
    result = run("recheck", str(copy))
    assert result.exit_code == 2
    assert "was changed" in result.stderr


def test_recheck_without_cvc5_exits_with_2(
    proved: tuple[Result, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recheck_module.importlib.util, "find_spec", lambda name: None)
    result = run("recheck", str(proved[1]))
    assert result.exit_code == 2
    assert result.stderr == (
        "unsay: cvc5 is not installed; install it with: pip install 'unsay[proof]'\n"
    )


@pytest.mark.parametrize(("answer", "code"), [("sat", 1), ("timeout", 3), ("unsat", 1)])
def test_answers_of_the_other_solver_are_told(
    proved: tuple[Result, Path], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr(recheck_module, "_run", lambda path, options, seconds: answer)
    result = run("recheck", str(proved[1]))
    assert result.exit_code == code
    word = "unknown" if answer == "timeout" else "contradicted"
    assert f"{word}: " in result.stdout
    assert f": {answer}, expected " in result.stdout
