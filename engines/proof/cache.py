"""Proofs that were found before, kept in the user's cache folder.

A proof is looked up by all that it depends on: every rule, axiom and table, the property, this
program and Z3. That there is none hangs on the design's structure as well, where samples begin; and
that there was no time to find one, on what else was asked for. A whole file of that name is
believed: Z3 discharged every obligation of a proof when it was written. Whoever can write there can
as well change this program.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import z3

from unsay.engines.checkpoint import digest, machine_digest, program
from unsay.model.language import Machine
from unsay.properties import Property

_FORMAT = "unsay-proof-1"


def default_folder() -> Path:
    """Where proofs are kept unless somebody says otherwise."""
    return platformdirs.user_cache_path("unsay") / "proofs"


def key(machine: Machine, p: Property) -> str:
    """A hash of all that a proof of ``p`` depends on. The structure of a design is not in it."""
    return digest(
        [
            _FORMAT,
            program(),
            z3.get_version_string(),
            machine.spelt,
            [p.name, p.kind.value, repr(p.claim(machine)), repr(p.situation(machine))],
        ]
    )


def _of_failure(name: str, machine: Machine) -> str:
    """A hash of all that it depends on that no proof was found, of which ``name`` is the key."""
    return digest([name, machine_digest(machine)])


def _of_clock(name: str, machine: Machine, asked: Iterable[Property]) -> str:
    """A hash of what a search that is too long depends on but for the time; ``name`` is the key."""
    return digest([_of_failure(name, machine), "ran out", *sorted(p.name for p in asked)])


@dataclass(frozen=True)
class Cache:
    """Kept proofs, one file each.

    Attributes:
        folder: Where they are.
    """

    folder: Path

    def found(self, machine: Machine, p: Property) -> dict[str, Any] | None:
        """What is kept of ``p``: a proof of it, or else that none was found for this design."""
        name = key(machine, p)
        return self.load(name) or self.load(_of_failure(name, machine))

    def keep(self, machine: Machine, p: Property, proved: bool, data: dict[str, Any]) -> None:
        """Keep a proof of ``p``, or that none was found, as ``found`` looks for it."""
        name = key(machine, p)
        self.save(name if proved else _of_failure(name, machine), data)

    def ran_out(self, machine: Machine, p: Property, asked: Iterable[Property]) -> float | None:
        """Seconds that there were for all of ``asked`` when that for ``p`` ran out."""
        data = self.load(_of_clock(key(machine, p), machine, asked)) or {}
        seconds = data.get("seconds")
        return seconds if isinstance(seconds, float) else None

    def keep_ran_out(
        self, machine: Machine, p: Property, asked: Iterable[Property], seconds: float
    ) -> None:
        """Keep that the time for ``p`` ran out, as ``ran_out`` looks for it."""
        name = _of_clock(key(machine, p), machine, asked)
        self.save(name, {"seconds": float(seconds)})

    def load(self, name: str) -> dict[str, Any] | None:
        """What is kept under a key; None if there is nothing, or nothing of use."""
        try:
            first, _, rest = self._path(name).read_text("utf-8").partition("\n")
            if first != f"{_FORMAT} {digest(rest)}":
                return None
            found = json.loads(rest)
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and found.get("key") == name else None

    def save(self, name: str, data: dict[str, Any]) -> None:
        """Keep ``data`` under a key, whole or not at all. A full disk is nobody's business here."""
        text = json.dumps({**data, "key": name})
        path = self._path(name)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.writing")
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_text(f"{_FORMAT} {digest(text)}\n{text}", "utf-8")
                os.replace(unfinished, path)
            finally:
                unfinished.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
