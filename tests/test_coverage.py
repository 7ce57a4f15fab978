"""docs/COVERAGE.md says the truth: its tables are held to the machine, the manifest and the engine.

``designs/manifest.toml`` has the verdicts of the shipped designs and is checked line by line in
``test_manifest.py``; what a policy changes is checked here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers import POLICIES, chain
from unsay.designs.catalogue import read_manifest, shipped
from unsay.engines.check import Options, check_design
from unsay.model.design import Faults, Lifetimes, Policies, design_from_data, load_design
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "COVERAGE.md").read_text()
SYSTEMS = [f"S{n}" for n in range(1, 18)]
KEYS = {*Policies.model_fields, *Faults.model_fields, *Lifetimes.model_fields}
ONE_WORD_FOR_ALL = {"durable"}
"""Options of it are sets of tables, each of which is in a row of its own."""


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def verdict(design: str, name: str) -> str:
    return read_manifest()[design].expected[name].verdict


@pytest.mark.parametrize("row", table("Systems and problems"), ids=lambda r: f"{r[0]} {r[1]}")
def test_a_row_names_what_there_is_and_two_designs_that_show_it(row: list[str]) -> None:
    _, _, rules, keys, name, broken, sound = row
    assert words(rules)
    assert set(words(rules)) <= build_machine(chain(1, 1)).declared
    assert words(keys)
    assert set(words(keys)) <= KEYS
    assert verdict(broken, name) == "VIOLATED"
    assert verdict(sound, name) == "HOLDS"


def test_every_system_has_a_row() -> None:
    assert {row[0] for row in table("Systems and problems")} == set(SYSTEMS)


def test_every_property_is_broken_by_a_design_and_kept_by_another() -> None:
    rows = table("Properties")
    assert [row[0] for row in rows] == list(PROPERTIES)
    for name, broken, sound, why in rows:
        assert verdict(broken, name) == "VIOLATED", name
        assert verdict(sound, name) == "HOLDS", name
        assert len(why) > 10


def test_every_option_of_every_policy_has_a_row() -> None:
    options = {
        (key, str(o)) for key, os in POLICIES.items() if key not in ONE_WORD_FOR_ALL for o in os
    }
    rows = {(row[0], row[1]) for row in table("Policies")}
    assert options <= rows
    tables = set(Policies.model_fields["durable"].default) - {"early-recalls"}
    assert {o for key, o in rows if key == "durable"} == {f"without {t}" for t in tables}


def with_option(design: str, key: str, option: str, name: str) -> str:
    """The verdict on a property of a shipped design with one policy changed."""
    data = load_design(shipped()[design]).resolved()
    if key == "durable":
        data["faults"]["crash"] = 1
        lost = option.removeprefix("without ")
        kept = [t for t in Policies.model_fields["durable"].default if t != lost]
        data["policies"][key] = kept
    else:
        data["policies"][key] = option
    if data["policies"]["backfill"] == "none":
        data["lifetimes"]["backfill"] = "forever"
    changed, options = design_from_data(data, design), Options("exhaustive", seconds=120)
    return check_design(changed, options, [name]).verdicts[name].outcome.value


def test_the_defaults_keep_every_property_at_a_larger_scope() -> None:
    """Three nodes, two devices of each account, two messages, any number of every usual fault."""
    homes = {"alice": "singapore", "bob": "brazil"}
    defaults = chain(3, 1).resolved() | {
        "devices": {
            f"{a}-{i}": {"account": a, "home": h} for a, h in homes.items() for i in (1, 2)
        },
        "faults": {},
        "scope": {"messages": 2},
    }
    checked = check_design(design_from_data(defaults), Options("exhaustive", seconds=None))
    assert {v.outcome.value for v in checked.verdicts.values()} == {"HOLDS"}
    assert len(checked.verdicts) + len(checked.left_out) == len(PROPERTIES)
    assert len(checked.left_out) <= 4


@pytest.mark.parametrize("row", table("Policies"), ids=lambda r: f"{r[0]} {r[1]}")
def test_every_option_changes_a_verdict(row: list[str]) -> None:
    key, option, other, design, name, one, then = row
    assert one != then
    assert "VIOLATED" in (one, then)
    assert with_option(design, key, option, name) == one
    assert with_option(design, key, other, name) == then
