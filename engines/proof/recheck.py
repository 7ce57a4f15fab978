"""Another solver's word on a certificate: cvc5 discharges each file on its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from unsay.engines.proof.index import CertificateError, read_files, read_index
from unsay.engines.verdict import EXIT_OK, EXIT_UNKNOWN, EXIT_VIOLATED

_PROGRAM = Path(__file__).with_name("ask_cvc5.py")
_GRACE_SECONDS = 2.0
"""For starting a process, and for cvc5 to keep to its own limit."""

_WAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "unsat": ((), ("enum-inst=true",), ("finite-model-find=true",)),
    "sat": (("finite-model-find=true",), ()),
}
"""Options of cvc5 to try for an answer, in order; each gets its share of the time."""


class Judgement(Enum):
    """What another solver says of one file."""

    DISCHARGED = "discharged"
    CONTRADICTED = "contradicted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rechecked:
    """One file, checked again.

    Attributes:
        file: Its name in the folder.
        expected: The answer that the certificate promises.
        answer: The answer: sat, unsat, unknown, timeout, or an error in one line.
        seconds: Time that it took.
    """

    file: str
    expected: str
    answer: str
    seconds: float

    @property
    def judgement(self) -> Judgement:
        """Whether the answer is the one that was promised, or the opposite, or none."""
        if self.answer == self.expected:
            return Judgement.DISCHARGED
        definite = self.answer in ("sat", "unsat")
        return Judgement.CONTRADICTED if definite else Judgement.UNKNOWN

    @property
    def about(self) -> str:
        """The property that the file is about, or "sanity"."""
        return self.file.split("/")[0]


def recheck(folder: Path, seconds: float, report: Callable[[str], None]) -> list[Rechecked]:
    """Have cvc5 answer every file of a certificate.

    Args:
        folder: The certificate.
        seconds: Limit for one file.
        report: Told of progress.

    Raises:
        CertificateError: cvc5 is not installed, or the folder is no certificate, or was changed.
    """
    if importlib.util.find_spec("cvc5") is None:
        raise CertificateError("cvc5 is not installed; install it with: pip install 'unsay[proof]'")
    index = read_index(folder)
    texts = read_files(folder, index)
    expected = {entry["file"]: entry["expected"] for entry in index["files"]}
    with tempfile.TemporaryDirectory(prefix="unsay-") as own:
        # What is asked is what was read and compared, whatever happens to the folder meanwhile.
        copies = {name: Path(own) / f"{i}.smt2" for i, name in enumerate(texts)}
        for name, text in texts.items():
            copies[name].write_bytes(text)
        pool = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1))
        try:
            asked = {
                pool.submit(_ask, name, copies[name], expected[name], seconds): name
                for name in texts
            }
            found = {}
            for done in as_completed(asked):
                found[asked[done]] = done.result()
                report(f"{len(found)} of {len(asked)} files")
        finally:
            pool.shutdown(cancel_futures=True)
    return [found[name] for name in texts]


def _ask(name: str, path: Path, expected: str, seconds: float) -> Rechecked:
    started = time.monotonic()
    answer = "unknown"
    ways = _WAYS[expected]
    for number, options in enumerate(ways):
        left = seconds - (time.monotonic() - started)
        share = left / (len(ways) - number)
        if share <= 0:
            break
        answer = _run(path, options, share)
        if answer in ("sat", "unsat"):
            break
    return Rechecked(name, expected, answer, time.monotonic() - started)


def _run(path: Path, options: tuple[str, ...], seconds: float) -> str:
    """One answer, from a process of its own, which is stopped when its time is up."""
    limit = str(max(1, int(seconds * 1000)))
    # -P: what lies beside the program must not stand for modules of the standard library.
    command = [sys.executable, "-P", str(_PROGRAM), str(path), limit, *options]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + _GRACE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    marked = (line.split(" ", 1) for line in done.stdout.splitlines())
    answers = [words[1] for words in marked if words[0] == "answer" and len(words) > 1]
    if done.returncode != 0 or len(answers) != 1:
        return (done.stderr.strip() or f"{len(answers)} answers").splitlines()[-1]
    if answers[0] in ("sat", "unsat"):
        return answers[0]
    return "timeout" if "TIMEOUT" in answers[0].upper() else answers[0]


def exit_code(found: list[Rechecked]) -> int:
    """0 all discharged; 1 an answer contradicts the certificate; 3 some have no answer."""
    judged = {r.judgement for r in found}
    if Judgement.CONTRADICTED in judged:
        return EXIT_VIOLATED
    return EXIT_UNKNOWN if Judgement.UNKNOWN in judged else EXIT_OK
