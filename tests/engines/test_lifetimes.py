"""The least lifetimes: what they have to outlast, and what breaks just below."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.helpers import chain
from unsay.cli import main
from unsay.designs.catalogue import shipped
from unsay.engines.check import Options
from unsay.engines.lifetimes import Least, candidates, lifetimes_of
from unsay.engines.run import replay
from unsay.engines.verdict import Outcome
from unsay.model.design import (
    COMPARED,
    FOREVER,
    HORIZONS,
    MEMORIES,
    Design,
    Memory,
    design_from_data,
    in_words,
    load_design,
    minutes,
)
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

HORIZON = {"retry_horizon": "2h", "offline": "5h", "window": "10h"}
EXACT = Options(engine="exhaustive", seconds=None)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments), env={"COLUMNS": "80"})
    assert "Traceback" not in result.output
    return result


def least(design: Design) -> dict[Memory, Least]:
    return {m.memory: m for m in lifetimes_of(design, EXACT).memories}


def lengths(design: Design) -> dict[Memory, str | None]:
    return {m: it.least.length if it.least else None for m, it in least(design).items()}


@pytest.mark.parametrize("text", ["1min", "59min", "1h", "25h", "1d", "400d", "forever"])
def test_durations_in_minutes_and_back(text: str) -> None:
    assert in_words(minutes(text)) == text


def test_minutes() -> None:
    assert (minutes("90min"), minutes("2h"), minutes("7d")) == (90, 120, 7 * 24 * 60)
    assert in_words(24 * 60) == "1d"
    assert in_words(24 * 60 - 1) == "1439min"


def with_lengths(memory: Memory, length: str, **horizons: str) -> Design:
    data = chain(2, 1).resolved()
    data["lifetimes"] |= horizons | {memory: length}
    data["policies"]["backfill"] = "content"
    data["faults"]["offline"] = 1
    data["policies"]["request_record"] = "expires" if memory == "request_id" else "forever"
    return design_from_data(data, "test")


@pytest.mark.parametrize("memory", MEMORIES)
def test_the_machine_compares_what_it_is_said_to_compare(memory: Memory) -> None:
    """Another machine at each of these lengths and just below; and the same in between."""
    horizons = HORIZON | {"backfill": "30h"}
    sums = sorted({sum(minutes(horizons[h]) for h in c) for c in COMPARED[memory]})
    at = [build_machine(with_lengths(memory, in_words(s), **horizons)).rules for s in sums]
    below = [build_machine(with_lengths(memory, in_words(s - 1), **horizons)).rules for s in sums]
    for i in range(len(sums)):
        assert at[i] != below[i]
        assert i == 0 or below[i] == at[i - 1]
    unrelated = {h for h in HORIZONS if all(h not in c for c in COMPARED[memory])}
    for horizon in unrelated:
        other = horizons | {horizon: "20h"}
        guards = [
            [r for r in build_machine(with_lengths(memory, "3h", **h)).rules if r.layer == "expiry"]
            for h in (horizons, other)
        ]
        assert guards[0] == guards[1]


def test_what_lasts_forever_does_not_expire() -> None:
    design = chain(2, 1, lifetimes={"retry_horizon": "1h", "offline": "1h"})
    expiring = [r.name for r in build_machine(design).rules if r.layer == "expiry"]
    assert expiring == ["horizon_ends"]
    assert not [r for r in build_machine(chain(2, 1)).rules if r.layer == "expiry"]


def test_six_hours_are_too_short_for_seven_days_of_retries() -> None:
    design = load_design(shipped()["mastodon-9830"])
    assert lengths(design)["tombstone"] == "169h"  # and then an hour that a device may be away
    (tombstone, *_) = lifetimes_of(design, EXACT, ["no-resurrection"]).memories
    assert tombstone.own == "6h"
    assert tombstone.least is not None
    assert (tombstone.least.length, tombstone.least.outlasts) == ("7d", ("retry_horizon",))
    assert not tombstone.long_enough
    assert tombstone.below is not None
    assert tombstone.below.design.lifetimes.tombstone == "10079min"
    verdict = tombstone.below.verdicts["no-resurrection"]
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.run is not None
    machine = build_machine(tombstone.below.design)
    assert replay(machine, verdict.run, PROPERTIES["no-resurrection"]).broken
    assert "forget_recall" in [step.rule for step in verdict.run]


def test_devices_that_are_away_for_longer_are_what_counts() -> None:
    """A node that forgot the recall has nothing to tell a device that comes back."""
    sections = {
        "lifetimes": {"retry_horizon": "2h", "offline": "5h"},
        "faults": {"loss": 0, "duplication": 0, "crash": 0, "offline": 1},
    }
    found = least(chain(2, 2, **sections))
    assert found["tombstone"].least is not None
    assert found["tombstone"].least.length == "7h"
    assert found["tombstone"].below is not None
    broken = found["tombstone"].below.verdicts
    assert broken["agreement-at-rest"].outcome is Outcome.VIOLATED
    assert broken["no-resurrection"].outcome is Outcome.HOLDS
    never = {"lifetimes": {"retry_horizon": "2h", "offline": "5h"}}
    asked = ["no-resurrection", "agreement-at-rest", "confirmed-means-done"]
    (tombstone, *_) = lifetimes_of(chain(2, 2, **never), EXACT, asked).memories
    assert tombstone.least is not None
    assert tombstone.least.length == "2h"


def test_a_row_must_outlast_the_window_and_then_the_retries() -> None:
    found = least(chain(2, 1, lifetimes=HORIZON))["tracking_row"]
    assert found.least is not None
    assert (found.least.length, found.least.outlasts) == ("12h", ("window", "retry_horizon"))
    assert found.below is not None
    assert found.below.verdicts["confirmed-means-done"].outcome is Outcome.VIOLATED


def test_without_a_horizon_memory_must_last_forever() -> None:
    # How long messages are kept is asked only where they are not kept for ever.
    asked = [m for m in MEMORIES if m != "message"]
    assert lengths(chain(2, 1)) == dict.fromkeys(asked, FOREVER)


def test_what_a_design_does_not_keep_is_not_asked_about() -> None:
    policies = {"dispatch": "flood", "deduplication": "none"}
    assert list(lengths(chain(2, 1, policies=policies))) == ["tombstone"]


def test_what_expires_at_an_unsaid_time_is_not_forever() -> None:
    faults = {"loss": 0, "duplication": 1, "crash": 0, "offline": 0}
    policies = {"request_record": "expires"}
    found = lifetimes_of(chain(2, 1, policies=policies, faults=faults), EXACT)
    request = {m.memory: m for m in found.memories}["request_id"]
    assert (request.own, request.long_enough) == ("any time", False)
    assert not found.kept


def test_a_note_of_an_early_recall_expires_like_a_tombstone() -> None:
    policies = {"early_recall": "remember-until-first-send"}
    design = chain(1, 1, policies=policies, lifetimes={"tombstone": "6h", "retry_horizon": "7d"})
    assert "forget_note" in {r.name for r in build_machine(design).rules}


def test_what_is_broken_anyway_is_left_out() -> None:
    found = lifetimes_of(chain(2, 1, policies={"confirm": "on-send"}, lifetimes=HORIZON), EXACT)
    assert found.broken == ("confirmed-means-done",)
    assert found.confirmed is not None
    assert all(v.outcome is not Outcome.VIOLATED for v in found.confirmed.verdicts.values())


def test_candidates_are_the_lengths_that_can_be_told_apart() -> None:
    design = chain(2, 1, lifetimes=HORIZON)
    assert [c.length for c in candidates(design, "tombstone")] == ["forever", "7h", "2h", "1min"]
    assert [c.length for c in candidates(design, "tracking_row")] == [
        "forever",
        "12h",
        "10h",
        "1min",
    ]


# On the command line.


def test_the_command_draws_the_run_that_six_hours_allow(tmp_path: Path) -> None:
    result = run("lifetimes", "mastodon-9830", "-p", "no-resurrection", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert re.search(r"^tombstone +6h +7d +outlasts retry_horizon", result.stdout, re.MULTILINE)
    assert "forgets recall m1.recall: its time is over" in result.stdout
    assert "BREAKS HERE" in result.stdout
    stem = tmp_path / "mastodon-9830.tombstone.no-resurrection"
    assert {p.name for p in tmp_path.glob("*.svg")} == {f"{stem.name}.svg"}
    assert stem.with_name(stem.name + ".png").stat().st_size > 10_000


def test_a_design_whose_memory_lasts_long_enough_passes() -> None:
    result = run("lifetimes", "mastodon-9830-repaired", "-p", "no-resurrection", "--json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    tombstone = data["memories"][0]
    assert (tombstone["memory"], tombstone["now"], tombstone["least"]) == ("tombstone", "8d", "7d")
    assert tombstone["long_enough"]
    assert tombstone["below"] == {"no-resurrection": "VIOLATED"}


def test_time_that_runs_out_is_not_an_answer() -> None:
    arguments = ("article-repaired", "-p", "agreement-at-rest", "--time-limit", "0.05")
    result = run("lifetimes", *arguments)
    assert result.exit_code == 3


@pytest.mark.parametrize(
    ("lifetimes", "line"),
    [
        ({"tombstone": "6 h"}, 'expected "forever" or a duration such as "30min", "6h" or "7d"'),
        ({"tombstone": "0h"}, 'expected "forever" or a duration'),
        ({"tombstones": "6h"}, 'unknown key; did you mean "tombstone"?'),
        ({"request_id": "6h"}, 'only allowed with request_record = "expires"'),
    ],
)
def test_lifetimes_that_make_no_sense(lifetimes: dict[str, str], line: str, tmp_path: Path) -> None:
    (key, value), *_ = lifetimes.items()
    text = shipped()["article-repaired"].read_text() + f'\n[lifetimes]\n{key} = "{value}"\n'
    file = tmp_path / "design.toml"
    file.write_text(text)
    result = run("lifetimes", str(file))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert f"lifetimes.{key}" in result.stderr
    assert line in result.stderr


def test_a_message_must_outlast_its_window_and_then_the_retries() -> None:
    """A design that drops recalls of what it does not know needs the message to know it."""
    design = load_design(shipped()["synapse-12603-repaired"])
    (*_, message) = lifetimes_of(design, EXACT, ["recall-terminates"]).memories
    assert message.memory == "message"
    assert message.least is not None
    assert message.least.length == "5d"
    assert message.long_enough


def test_a_tombstone_must_outlast_what_repair_concerns() -> None:
    design = load_design(shipped()["scylladb-15243"])
    (tombstone, *_) = lifetimes_of(design, EXACT, ["no-resurrection"]).memories
    assert (tombstone.own, tombstone.long_enough) == ("6h", False)
    assert tombstone.least is not None
    assert tombstone.least.outlasts == ("retry_horizon", "backfill")
    assert tombstone.least.length == "241h"
