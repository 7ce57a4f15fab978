"""Checkpoints: a folder in which a long run keeps what it has found, to go on from there.

A folder belongs to one run: these designs, these properties, this program. Its parts are files of
one form: a line with a checksum, a line of JSON, and bytes. A part is written under another name,
flushed to the disk and then renamed, so that whatever moment the process is killed at, the former
part or the new one is there in full. Nothing of a folder is ever executed.

Why like this, and what it costs: docs/decisions/0006-checkpoints.md.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import unsay.engines
import unsay.model
import unsay.properties
from unsay import __version__
from unsay.engines.run import Step
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Machine, Symbol
from unsay.model.readings.ground import Ground
from unsay.properties import Property

SECONDS = 10.0
"""At least so long between two times that a long search is kept."""

_COST_SHARE = 0.05
"""Keeping takes at most about this share of a run's time: a slow disk is written to less often."""

_HEAD = b"unsay-checkpoint-1 "
_MANIFEST = "manifest.part"
_UNFINISHED = ".writing"


class CheckpointError(Exception):
    """A folder that cannot be gone on from; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Part:
    """One file of a folder, as it was read: what it says, its bytes, and its checksum."""

    about: dict[str, Any]
    data: bytes
    checksum: str


@dataclass
class Checkpoint:
    """A folder that belongs to one run, opened by ``open_checkpoint``.

    Attributes:
        folder: Where its parts are.
        run: A digest of what the run is about; each part carries it.
        seconds: At least so long between two times that a long search is kept.
        resumed: Something of a former sitting was gone on from.
    """

    folder: Path
    run: str
    seconds: float = SECONDS
    resumed: bool = False
    _written: set[str] = field(default_factory=set)

    def load(self, name: str) -> Part | None:
        """The part of that name, or None if there is none.

        Raises:
            CheckpointError: it is damaged, or belongs elsewhere.
        """
        path = self.folder / f"{name}.part"
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, f"cannot be read: {error.strerror}") from None
        part = _parse(path, raw, name, self.run)
        self.resumed |= name not in self._written
        return part

    def save(self, name: str, about: dict[str, Any], data: bytes = b"") -> str:
        """Put a part in place of the former of that name; its checksum.

        Raises:
            CheckpointError: the disk does not take it.
        """
        self._written.add(name)
        return _write(self.folder / f"{name}.part", name, self.run, about, data)

    def remove(self, name: str) -> None:
        """Forget the part of that name, if there is one."""
        (self.folder / f"{name}.part").unlink(missing_ok=True)


@dataclass
class Place:
    """Where one long search is kept, now and then.

    Attributes:
        checkpoint: The folder.
        name: The part's name in it.
    """

    checkpoint: Checkpoint
    name: str
    _next: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._next = time.monotonic() + self.checkpoint.seconds

    @property
    def due(self) -> bool:
        """Whether it is time to keep the search again."""
        return time.monotonic() >= self._next

    def load(self) -> Part | None:
        """What was kept, or None."""
        return self.checkpoint.load(self.name)

    def save(self, about: dict[str, Any], data: bytes, since: float) -> None:
        """Keep a search. ``since`` is when its keeping began, by ``time.monotonic``."""
        self.checkpoint.save(self.name, about, data)
        self.saved(since)

    def saved(self, since: float) -> None:
        """The search is kept; ``since`` is when that began."""
        now = time.monotonic()
        self._next = now + max(self.checkpoint.seconds, (now - since) / _COST_SHARE)

    def damaged(self, why: str) -> CheckpointError:
        """The error to raise where what was kept makes no sense."""
        return _refused(self.checkpoint.folder / f"{self.name}.part", why)


# One run.


@dataclass(frozen=True)
class Kept:
    """What one design's check has of a checkpoint.

    Attributes:
        checkpoint: The folder.
        number: Which of the run's designs it is.
    """

    checkpoint: Checkpoint
    number: int = 1

    def place(self, engine: str, *names: str) -> Place:
        """Where a search of an engine is kept, by names that tell it from others."""
        own = [str(self.number), engine, *names]
        return Place(self.checkpoint, ".".join(own))

    def verdicts(self, engine: str) -> dict[str, Verdict]:
        """What an engine has decided in former sittings, and in this."""
        part = self.checkpoint.load(f"{self.number}.{engine}.verdicts")
        try:
            return {} if part is None else {n: _verdict(v) for n, v in part.about.items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            where = self.checkpoint.folder / f"{self.number}.{engine}.verdicts.part"
            raise _refused(where, "its verdicts make no sense") from None

    def decided(self, engine: str, verdicts: Iterable[Verdict]) -> None:
        """Keep what an engine has decided for good."""
        known = self.verdicts(engine) | {v.property: v for v in verdicts}
        about = {name: _plain(v) for name, v in known.items()}
        self.checkpoint.save(f"{self.number}.{engine}.verdicts", about)


def group_name(properties: Sequence[Property], keep: Iterable[Symbol]) -> str:
    """A name for the search that judges these properties together, with this history."""
    return digest([sorted(map(str, keep)), [p.name for p in properties]])[:16]


def digest(what: object) -> str:
    """A hash of something that JSON can say, or whose ``str`` says all."""
    return hashlib.sha256(json.dumps(what, default=str).encode()).hexdigest()


def layout(grounded: Ground, *more: object) -> str:
    """A hash of what cells, values and action numbers mean; nothing kept can be read by another."""
    actions = [[a.rule.name, a.arguments] for a in grounded.actions]
    return digest(
        [
            actions,
            [[c, sorted(d)] for c, d in sorted(grounded.domains.items())],
            grounded.initial,
            *more,
        ]
    )


def machine_digest(machine: Machine) -> str:
    """A hash of all that a machine does: its tables, its rules and its structure."""
    structure = machine.structure
    return digest(
        [
            machine.name,
            [repr(s) for s in machine.symbols],
            [[str(r), r.kind.value, r.at, r.fairness.value] for r in machine.rules],
            machine.faults_recur,
            [[str(sort), names] for sort, names in structure.elements.items()],
            [[str(s), sorted(cells.items())] for s, cells in structure.rigid.items()],
        ]
    )


@functools.cache
def program() -> str:
    """The version of this program and a hash of its sources: other code may search otherwise."""
    found = hashlib.sha256()
    for package in (unsay.engines, unsay.model, unsay.properties):
        root = Path(package.__path__[0])
        for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".json")):
            found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return f"{__version__} ({found.hexdigest()[:12]})"


def identity(
    machines: Sequence[tuple[str, Machine, Sequence[Property]]], **options: Any
) -> dict[str, Any]:
    """What a run is about.

    Args:
        machines: For each design what people call it, its machine and the properties to decide.
        options: All else on which verdicts and counts hang, named as on the command line.
    """
    return {
        "program": program(),
        "designs": [
            {
                "name": name,
                "machine": machine_digest(machine),
                "properties": [p.name for p in properties],
                "claims": digest(
                    [[str(p.kind), p.claim(machine), p.situation(machine)] for p in properties]
                ),
            }
            for name, machine, properties in machines
        ],
        "options": options,
    }


def open_checkpoint(folder: Path, run: dict[str, Any], seconds: float = SECONDS) -> Checkpoint:
    """The folder, to go on with a run or to begin it.

    Args:
        folder: Where to keep it; made if there is none.
        run: What the run is about, by ``identity``.
        seconds: At least so long between two times that a long search is kept.

    Raises:
        CheckpointError: the folder is of another run, is damaged, or is something else.
    """
    path, own = folder / _MANIFEST, digest(run)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(p.name for p in folder.iterdir())
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be made or read: {error.strerror}") from None
    rest = [n for n in names if not n.endswith(_UNFINISHED)]
    if not rest:
        _write(path, "manifest", own, run, b"")
        return Checkpoint(folder, own, seconds)
    if _MANIFEST not in rest:
        raise CheckpointError(
            f"{folder}: is neither empty nor a checkpoint (it has {rest[0]}); take another folder"
        )
    manifest = _parse(path, _read(path), "manifest", None).about
    if manifest != run:
        raise CheckpointError(f"{folder}: {_difference(manifest, run)}; {_ADVICE}")
    for name in rest:
        if name.endswith(".part"):
            _parse(folder / name, _read(folder / name), name.removesuffix(".part"), own)
    return Checkpoint(folder, own, seconds)


_ADVICE = "take another folder, or remove this one to begin again"


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    """In what two runs differ, in words."""
    if old.get("program") != new["program"]:
        return f"is a checkpoint of unsay {old.get('program')}, and this is {new['program']}"
    olds, news = old.get("designs", []), new["designs"]
    names = [", ".join(str(d.get("name")) for d in designs) for designs in (olds, news)]
    if names[0] != names[1]:
        return f"is a checkpoint of {names[0]}, not of {names[1]}"
    for one, other in zip(olds, news, strict=True):
        if one.get("properties") != other["properties"]:
            wanted = ", ".join(map(str, one.get("properties", [])))
            return f"is a checkpoint of other properties of {other['name']}: {wanted}"
        if one != other:
            return f"is a checkpoint of {other['name']} with other rules or at another scope"
    before, now = old.get("options", {}), new["options"]
    for key in now:
        if before.get(key) != now[key]:
            was, wanted = (_option(key, options.get(key)) for options in (before, now))
            return f"is a checkpoint made {was}, not {wanted}"
    return "is a checkpoint of another run"


def _option(name: str, value: Any) -> str:
    """``without --no-proof``, ``with --engine explicit``."""
    flag = f"--{name.replace('_', '-')}"
    if value is None or value is False:
        return f"without {flag}"
    return f"with {flag}" if value is True else f"with {flag} {value}"


# Files.


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from None


def _write(path: Path, name: str, run: str, about: dict[str, Any], data: bytes) -> str:
    head = {"run": run, "part": name, "about": about}
    rest = json.dumps(head, separators=(",", ":")).encode() + b"\n" + data
    checksum = hashlib.sha256(rest).hexdigest()
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            file.write(_HEAD + checksum.encode() + b"\n" + rest)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written: {error.strerror}") from None
    return checksum


def _flush_folder(folder: Path) -> None:
    """Make a renaming last. Where folders cannot be opened (Windows), it lasts anyway."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _parse(path: Path, raw: bytes, name: str, run: str | None) -> Part:
    first, _, rest = raw.partition(b"\n")
    if not first.startswith(_HEAD):
        raise _refused(path, "is damaged or no part of a checkpoint")
    checksum = hashlib.sha256(rest).hexdigest()
    if first.removeprefix(_HEAD).decode("ascii", "replace") != checksum:
        raise _refused(path, "is damaged: its checksum is not that of its content")
    line, _, data = rest.partition(b"\n")
    try:
        head = json.loads(line)
        about, found = head["about"], (head["part"], head["run"])
    except (ValueError, KeyError, TypeError):
        raise _refused(path, "is damaged: its second line makes no sense") from None
    if not isinstance(about, dict) or found[0] != name or run not in (None, found[1]):
        raise _refused(path, "belongs to another checkpoint")
    return Part(about, data, checksum)


def _refused(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"{path}: {why}; {_ADVICE}".replace("this one", str(path.parent)))


# Verdicts.


def _plain(verdict: Verdict) -> dict[str, Any]:
    run = verdict.run
    steps = None if run is None else [[s.rule, *s.arguments] for s in run]
    return {**vars(verdict), "outcome": verdict.outcome.value, "run": steps}


def _verdict(data: dict[str, Any]) -> Verdict:
    run = data["run"]
    steps = None if run is None else tuple(Step(rule, tuple(names)) for rule, *names in run)
    lemmas = None if data["lemmas"] is None else tuple(data["lemmas"])
    outcome = Outcome(data["outcome"])
    return Verdict(**{**data, "outcome": outcome, "run": steps, "lemmas": lemmas})
