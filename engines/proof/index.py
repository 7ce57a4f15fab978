"""The index of a certificate: what its files are, and whether they are still what they were."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from unsay.engines.checkpoint import digest
from unsay.engines.proof.closed import implied_by_itself
from unsay.engines.proof.obligations import NO_STEP

INDEX = "certificate.json"
_FORMAT = "unsay-certificate-1"
_ANSWERS = ("sat", "unsat")


class CertificateError(Exception):
    """A folder that is no certificate, is damaged, or cannot be written. One line, says which."""


def as_text(data: dict[str, Any]) -> str:
    """The index as it is written, with a hash of itself."""
    return json.dumps({"format": _FORMAT, "digest": digest(data), **data}, indent=1) + "\n"


def read_index(folder: Path) -> dict[str, Any]:
    """The index of a certificate, found to be complete.

    Raises:
        CertificateError: there is none, or it was changed, or a part of a proof is not listed.
    """
    path = folder / INDEX
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise CertificateError(f"{folder}: is no certificate: it has no {INDEX}") from None
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CertificateError(f"{path}: is damaged: it is no text") from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise CertificateError(f"{path}: is damaged: it is no JSON") from None
    if not isinstance(data, dict) or data.pop("format", None) != _FORMAT:
        raise CertificateError(f"{path}: is no index of a certificate of this version of unsay")
    if data.pop("digest", None) != digest(data):
        raise CertificateError(f"{path}: was changed: its digest is not that of what it says")
    try:
        _check(data)
    except (KeyError, TypeError, AttributeError):
        raise CertificateError(f"{path}: is damaged: a part of it makes no sense") from None
    except _IncompleteError as error:
        raise CertificateError(f"{path}: {error}") from None
    return data


class _IncompleteError(Exception):
    """What is missing; ``read_index`` puts the path before it."""


def _check(data: dict[str, Any]) -> None:
    expected = {entry["file"]: entry["expected"] for entry in data["files"]}
    for name, answer in expected.items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise _IncompleteError(f"lists a file outside of the folder: {name}")
        if answer not in _ANSWERS:
            raise _IncompleteError(f"expects the answer {answer} to {name}")
    sane = [name for name in expected if name.startswith("sanity/")]
    if len(sane) != len(data["rules"]) + 2 or any(expected[n] != "sat" for n in sane):
        raise _IncompleteError("lacks a question on axioms, initial state or guards")
    for p in data["properties"]:
        if not p["formulas"]:
            raise _IncompleteError(f"says nothing of {p['name']}")
        if _circular(p["proof"]["obligations"]):
            raise _IncompleteError(f"shows a formula of {p['name']} by itself")
        step = p["kind"] == "step"
        for number, formula in enumerate(p["formulas"]):
            if set(formula["steps"]) != set(data["rules"]):
                raise _IncompleteError(f"does not tell of each rule whether it keeps {p['name']}")
            needed = _needed(formula, about_steps=step and number == 0)
            if any(expected.get(n) != "unsat" for n in needed):
                raise _IncompleteError(f"lacks a file for {p['name']}: {formula['says']}")


def _needed(formula: dict[str, Any], about_steps: bool) -> list[Any]:
    """The files that show a formula; each has to be there."""
    # A claim about steps is about no initial state; and no rule may be left out of it.
    if about_steps:
        return list(formula["steps"].values())
    if formula["implied"] is not None:
        return [formula["implied"]]
    return [*(f for f in formula["steps"].values() if f is not None), formula["start"]]


def _circular(obligations: list[dict[str, Any]]) -> bool:
    """Whether some formula that others imply is implied by itself in the end."""
    shown = (o for o in obligations if o["rule"] == NO_STEP.name)
    edges = ((int(o["formula"]), int(k)) for o in shown for k in o["assumed"])
    return implied_by_itself(edges) is not None


def read_files(folder: Path, index: dict[str, Any]) -> dict[str, bytes]:
    """The files of a certificate, found to be as they were written.

    Raises:
        CertificateError: one is missing, or was changed, or there is one too many.
    """
    found = {}
    for entry in index["files"]:
        path = folder / entry["file"]
        try:
            found[entry["file"]] = path.read_bytes()
        except OSError as error:
            raise CertificateError(f"{path}: cannot be read: {error.strerror}") from None
        if hashlib.sha256(found[entry["file"]]).hexdigest() != entry["sha256"]:
            raise CertificateError(f"{path}: was changed: its hash is not that of the index")
    for path in sorted(folder.rglob("*.smt2")):
        if path.relative_to(folder).as_posix() not in found:
            raise CertificateError(f"{path}: is no part of the certificate")
    return found
