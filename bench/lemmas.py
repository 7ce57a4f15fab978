"""The archive of lemmas that a search for proofs begins with, and what it is worth.

``python -m bench.lemmas [DESIGN...]`` proves what it can of each sound design that is shipped, and
puts the lemmas of the proofs into ``engines/proof/archive.json``, in place of those that were kept
of that design. With ``--apart`` nothing is written: each design is proved with what the archive has
of designs of other rules, and the table says what became of it. (A lemma that was found for this
design and then used for another is in it.) With ``--empty`` there is no archive at all.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Collection, Sequence
from importlib.resources import files
from pathlib import Path

from bench.proving import SECONDS, kinds

from unsay.engines.budget import Budget
from unsay.engines.proof.archive import Archive
from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.found import Proof
from unsay.engines.proof.prover import never_written
from unsay.model.language import Machine
from unsay.properties import PROPERTIES, PropertyKind

ARCHIVE = Path(str(files("unsay.engines.proof"))) / "archive.json"
CLAIMS = [p for p in PROPERTIES.values() if p.kind is not PropertyKind.EVENTUALLY]


def proved(machine: Machine, archive: Archive, seconds: float) -> list[Attempt]:
    """Attempts at everything, without what earlier runs have kept."""
    return attempts(machine, CLAIMS, Budget(seconds), archive=archive)


def learnt(archive: Archive, name: str, machine: Machine, found: Sequence[Attempt]) -> Archive:
    """``archive`` with the lemmas of what was proved, in place of what it had of that design."""
    own = [*(p.claim(machine) for p in CLAIMS), *never_written(machine)]
    proofs = [a.proof for a in found if isinstance(a.proof, Proof)]
    lemmas = [t for proof in proofs for t in proof.lemmas if t not in own]
    return archive.without(name).with_lemmas(name, lemmas)


def cells(name: str, found: Sequence[Attempt], seconds: float) -> str:
    """What became of one design, as a line of a table."""
    done = [a for a in found if a.proof is not None]
    slowest = max(done, key=lambda a: a.seconds, default=None)
    hopeless = ("broken", "says nothing")
    late = [a for a in found if not (a.proof or a.reason.startswith(hopeless))]
    reasons = "; ".join(f"{a.property.name} ({a.reason})" for a in late)
    longest = "" if slowest is None else f"{slowest.property.name} {slowest.seconds:.0f}"
    count = f"{len(done)} of {len(done) + len(late)}"
    return f"| {name} | {count} | {longest} | {seconds:.0f} | {reasons} |"


def main() -> None:
    """Prove, and print a table; write the archive unless it was only to be tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    every = kinds()
    parser.add_argument("designs", nargs="*", metavar="DESIGN", help=", ".join(every))
    parser.add_argument("--apart", action="store_true", help="each without its own lemmas")
    parser.add_argument("--empty", action="store_true", help="each without any archive")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for a design")
    options = parser.parse_args()
    asked: Collection[str] = options.designs or every
    if unknown := [name for name in asked if name not in every]:
        parser.error(f"no such design, or another of equal rules stands for it: {unknown}")
    print("| design | proved | slowest, s | all, s | not proved |\n|---|---|---|---|---|")
    for name in asked:
        # Read anew: another process may have added to it meanwhile.
        archive = Archive({}) if options.empty else Archive.of_text(ARCHIVE.read_text("utf-8"))
        machine, _ = every[name]
        before = time.monotonic()
        archive = archive.without(name) if options.apart else archive
        found = proved(machine, archive, options.seconds)
        print(cells(name, found, time.monotonic() - before), flush=True)
        if not (options.apart or options.empty):
            latest = Archive.of_text(ARCHIVE.read_text("utf-8"))
            ARCHIVE.write_text(learnt(latest, name, machine, found).text(), "utf-8")


if __name__ == "__main__":
    main()
