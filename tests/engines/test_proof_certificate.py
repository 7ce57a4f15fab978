"""Certificates: another solver discharges them, and whatever was changed in one is noticed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engines.proofs import BENCH, proved
from unsay.engines.proof import certificate, recheck
from unsay.engines.proof.certificate import Proved, check_target, write_certificate
from unsay.engines.proof.closed import formulas
from unsay.engines.proof.index import INDEX, CertificateError, as_text, read_files, read_index
from unsay.engines.proof.obligations import Said
from unsay.engines.proof.proofs_as_data import proof_of
from unsay.engines.proof.recheck import Judgement, Rechecked, exit_code
from unsay.engines.proof.recheck import recheck as recheck_folder
from unsay.engines.proof.terms_as_data import TermReader
from unsay.model.language import Machine

CLAIM = "marked-by-newest-recall/4-claim-deliver_message.smt2"


def write(folder: Path, machine: Machine = BENCH, *proofs: Proved) -> int:
    return write_certificate(machine, proofs or [proved()], folder, lambda: None)


def again(folder: Path, seconds: float = 20.0) -> list[Rechecked]:
    return recheck_folder(folder, seconds, lambda line: None)


def contents(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates") / "bench"
    write(folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A certificate to spoil."""
    shutil.copytree(written, tmp_path / "certificate")
    return tmp_path / "certificate"


def edit_index(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change an index, and make its own digest right again."""
    data = json.loads((folder / INDEX).read_text())
    del data["format"], data["digest"]
    change(data)
    (folder / INDEX).write_text(as_text(data))


# What is in it.


def test_another_solver_discharges_every_file(written: Path) -> None:
    found = again(written)
    assert {r.judgement for r in found} == {Judgement.DISCHARGED}
    assert {r.expected for r in found} == {"sat", "unsat"}
    assert exit_code(found) == 0


def test_every_obligation_and_every_sanity_question_has_a_file(written: Path) -> None:
    names = [n for n in contents(written) if n.endswith(".smt2")]
    proof = proved().proof
    shown = [n for n in names if n.startswith("marked-by-newest-recall/")]
    assert len(shown) == sum(len(f.bearing(BENCH)) for f in formulas(proof))
    assert len([n for n in names if n.startswith("sanity/")]) == 2 + len(BENCH.rules)
    assert set(names) == {e["file"] for e in read_index(written)["files"]}


def test_a_file_says_what_it_is(written: Path) -> None:
    text = (written / CLAIM).read_text()
    lines = text[: text.index("(set-logic")].splitlines()
    assert all(line.startswith("; ") for line in lines)
    assert lines[-1] == "; Expected answer: unsat"
    assert BENCH.rule("deliver_message").says in text
    assert proved().property.sentence in text
    assert text.count("(check-sat)") == 1


def test_the_readme_lists_claims_axioms_and_how_to_check(written: Path) -> None:
    text = (written / "README.md").read_text()
    for part in (proved().property.sentence, "unsay recheck .", "cvc5 --finite-model-find"):
        assert part in text


def test_the_proof_can_be_read_back(written: Path) -> None:
    (data,) = read_index(written)["properties"]
    assert proof_of(data["proof"], TermReader(BENCH)) == proved().proof


def test_equal_proofs_give_equal_bytes(written: Path, tmp_path: Path) -> None:
    write(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(written)


# Writing.


def test_a_certificate_is_replaced_as_a_whole(folder: Path) -> None:
    before = contents(folder)
    (folder / CLAIM).unlink()
    write(folder)
    assert contents(folder) == before
    assert [p.name for p in folder.parent.iterdir()] == ["certificate"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    write(tmp_path)
    assert read_index(tmp_path)["rules"] == [r.name for r in BENCH.rules]


def test_another_folder_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(CertificateError, match=r"neither empty nor a certificate .*thesis\.tex"):
        write(tmp_path)
    assert contents(tmp_path) == {"thesis.tex": b"years of work"}


def test_a_certificate_with_other_files_is_not_written_over(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    before = contents(folder)
    with pytest.raises(CertificateError, match=r"no part of its certificate \(notes\.txt\)"):
        write(folder)
    assert contents(folder) == before


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "certificate").write_text("mine")
    with pytest.raises(CertificateError, match="is no folder"):
        check_target(tmp_path / "certificate")


def test_nothing_is_written_where_z3_answers_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text is asked, not only the terms that it was made of."""
    monkeypatch.setattr(certificate, "answer_to", lambda text, limit: Said("unknown"))
    asked = r"not written: Z3 answers unknown to marked-by-newest-recall/1"
    with pytest.raises(CertificateError, match=asked):
        write(tmp_path / "certificate")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_what_was_stopped(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_certificate(BENCH, [proved()], tmp_path / "certificate", stop)
    assert list(tmp_path.iterdir()) == []


# Tampering.


def refusal(folder: Path) -> str:
    with pytest.raises(CertificateError) as caught:
        again(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_changed_file_is_noticed(folder: Path) -> None:
    text = (folder / CLAIM).read_text()
    (folder / CLAIM).write_text(text.replace("(check-sat)", "(assert false)\n(check-sat)"))
    assert refusal(folder) == f"{folder / CLAIM}: was changed: its hash is not that of the index"


def test_a_missing_file_is_noticed(folder: Path) -> None:
    (folder / CLAIM).unlink()
    assert refusal(folder).startswith(f"{folder / CLAIM}: cannot be read")


def test_a_file_too_many_is_noticed(folder: Path) -> None:
    (folder / "sanity/99-more.smt2").write_text("(check-sat)\n")
    assert refusal(folder).endswith("99-more.smt2: is no part of the certificate")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": "other"}', "\x00", "[" * 9999])
def test_what_is_no_index_is_refused(folder: Path, text: str) -> None:
    (folder / INDEX).write_text(text)
    assert refusal(folder).startswith(f"{folder / INDEX}: is ")


def test_no_folder_and_no_certificate_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: is no certificate: it has no {INDEX}"
    assert "is no certificate" in refusal(tmp_path / "nowhere")


def test_a_changed_index_is_noticed(folder: Path) -> None:
    text = (folder / INDEX).read_text()
    (folder / INDEX).write_text(text.replace('"expected": "unsat"', '"expected": "sat"', 1))
    assert "was changed: its digest" in refusal(folder)


def drop_claim(data: dict[str, Any]) -> None:
    data["files"] = [f for f in data["files"] if f["file"] != CLAIM]


def drop_sanity(data: dict[str, Any]) -> None:
    data["files"] = [f for f in data["files"] if f["file"] != "sanity/01-axioms.smt2"]


def drop_start(data: dict[str, Any]) -> None:
    data["properties"][0]["formulas"][0]["start"] = None


def drop_rule(data: dict[str, Any]) -> None:
    del data["properties"][0]["formulas"][0]["steps"]["send"]


def leave(data: dict[str, Any]) -> None:
    data["files"][0]["file"] = "../secret"


def drop_formulas(data: dict[str, Any]) -> None:
    data["properties"][0]["formulas"] = []


def no_files(data: dict[str, Any]) -> None:
    del data["files"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop_claim, "lacks a file for marked-by-newest-recall"),
        (drop_sanity, "lacks a question on axioms, initial state or guards"),
        (drop_start, "lacks a file for marked-by-newest-recall"),
        (drop_rule, "does not tell of each rule"),
        (leave, "lists a file outside of the folder: ../secret"),
        (drop_formulas, "says nothing of marked-by-newest-recall"),
        (no_files, "a part of it makes no sense"),
    ],
)
def test_an_index_that_lacks_something_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    """Also where its digest was made right again."""
    edit_index(folder, change)
    with pytest.raises(CertificateError, match=said):
        read_index(folder)


# Answers.


def forge(folder: Path, name: str, text: str) -> None:
    """Put another file in a certificate, with the right hash."""
    (folder / name).write_text(text)

    def change(data: dict[str, Any]) -> None:
        (entry,) = (f for f in data["files"] if f["file"] == name)
        entry["sha256"] = hashlib.sha256(text.encode()).hexdigest()

    edit_index(folder, change)


def judged(folder: Path, name: str, seconds: float = 20.0) -> Rechecked:
    return next(r for r in again(folder, seconds) if r.file == name)


def test_a_false_obligation_is_contradicted(folder: Path) -> None:
    text = (folder / CLAIM).read_text()
    forge(folder, CLAIM, text[: text.index("(assert")] + "(check-sat)\n")
    found = again(folder)
    assert next(r for r in found if r.file == CLAIM).judgement is Judgement.CONTRADICTED
    assert exit_code(found) == 1


def test_axioms_that_contradict_each_other_are_contradicted(folder: Path) -> None:
    forge(folder, "sanity/01-axioms.smt2", "(set-logic ALL)\n(assert false)\n(check-sat)\n")
    found = judged(folder, "sanity/01-axioms.smt2")
    assert (found.answer, found.judgement) == ("unsat", Judgement.CONTRADICTED)


@pytest.mark.parametrize(
    "text", ["(check-sat", "unsat", '(echo "unsat")\n', "(check-sat)\n(check-sat)\n", ""]
)
def test_what_is_no_single_answer_counts_as_none(folder: Path, text: str) -> None:
    forge(folder, CLAIM, text)
    found = judged(folder, CLAIM)
    assert found.judgement is not Judgement.DISCHARGED
    assert exit_code([found]) in (1, 3)


def test_a_solver_that_hangs_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = folder.parent / "hangs.py"
    hangs.write_text("while True:\n    pass\n")
    monkeypatch.setattr(recheck, "_PROGRAM", hangs)
    monkeypatch.setattr(recheck, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(recheck, "_WAYS", {"sat": ((),), "unsat": ((),)})
    found = again(folder, seconds=0.01)
    assert {(r.answer, r.judgement) for r in found} == {("timeout", Judgement.UNKNOWN)}
    assert exit_code(found) == 3


def test_without_cvc5_that_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck.importlib.util, "find_spec", lambda name: None)
    assert refusal(folder) == ("cvc5 is not installed; install it with: pip install 'unsay[proof]'")


def test_hashes_are_those_of_the_bytes(written: Path) -> None:
    index = read_index(written)
    found = read_files(written, index)
    assert {n: hashlib.sha256(b).hexdigest() for n, b in found.items()} == {
        e["file"]: e["sha256"] for e in index["files"]
    }
