"""The first file of a new design, and the listing: made from the models, so never stale."""

import re

import pytest

from unsay.model.design import (
    Design,
    DesignError,
    FairnessSpec,
    Faults,
    Lifetimes,
    Policies,
    PolicyRow,
    Retention,
    Scope,
    parse_design,
    policy_table,
    scaffold,
)
from unsay.model.design.scaffold import EXAMPLES
from unsay.model.design.spec import DeviceSpec, LinkSpec, NodeSpec

COMMENTED_KEY = re.compile(r"^# (\w+ = .+)$", re.MULTILINE)


def test_it_loads_and_equals_the_defaults_but_for_few_faults() -> None:
    design = parse_design(scaffold("My design"))
    assert design.title == "My design"
    assert (design.policies, design.scope) == (Policies(), Scope())
    assert design.faults == Faults(loss=1, duplication=1, crash=0, offline=1)
    assert list(design.nodes) == ["singapore", "brazil"]
    assert [link.between for link in design.links] == [("singapore", "brazil")]
    assert design.owners == ("alice", "bob")
    assert not design.about
    assert design.sources == design.properties == ()


@pytest.mark.parametrize("title", ['He said "no"', "back\\slash", "北京 → São Paulo", "x" * 200])
def test_any_title_survives(title: str) -> None:
    assert parse_design(scaffold(title)).title == title


@pytest.mark.parametrize("title", ["", " ", "a\nb", "\x7f", "\ud800", "x" * 201])
def test_titles_that_no_file_could_have(title: str) -> None:
    with pytest.raises(DesignError) as caught:
        scaffold(title)
    (line,) = caught.value.lines
    assert line.startswith("new design: title: expected ")


def test_every_key_is_there_with_its_sentence() -> None:
    text = scaffold("Everything")
    prose = " ".join(line.removeprefix("# ") for line in text.splitlines())
    models = (Design, NodeSpec, LinkSpec, DeviceSpec, Policies, Faults, FairnessSpec, Scope)
    for model in models:
        for key, field in model.model_fields.items():
            assert f"{key} = " in text or f"[{key}" in text, key
            assert field.description
            assert field.description in prose, key
    assert all(len(line) <= 100 for line in text.splitlines())


def test_every_commented_key_can_be_uncommented() -> None:
    text = scaffold("Everything")
    keys = COMMENTED_KEY.findall(text)
    several = sum(
        len(s.model_fields) for s in (Policies, Faults, FairnessSpec, Retention, Lifetimes)
    )
    of_a_market = 6
    assert len(keys) == 5 + 4 + 2 + several - 4 + 2 + of_a_market
    for key in keys:
        if key.startswith("retry_limit") or any(f"# {key}" in text for text in EXAMPLES.values()):
            continue
        assert parse_design(text.replace(f"# {key}", key)) == parse_design(text), key
    limited = text.replace('# retry = "until-acked"', 'retry = "limited"')
    assert parse_design(limited.replace("# retry_limit = 1", "retry_limit = 1")) == parse_design(
        limited
    )


def test_a_piece_of_it_reads_well() -> None:
    assert """
# When the sender is told that the recall is done: as soon as it is sent, when any node has
# acked, or when all have.
# Allowed: one of "on-send", "any-acked", "all-acked". Default: "all-acked".
# confirm = "all-acked"
""" in scaffold("Any")


def test_the_listing_covers_policies_and_faults() -> None:
    rows = {row.key: row for row in policy_table()}
    sections = {
        "policies": Policies,
        "lifetimes": Lifetimes,
        "faults": Faults,
        "fairness": FairnessSpec,
    }
    assert list(rows) == [f"{name}.{key}" for name, s in sections.items() for key in s.model_fields]
    assert rows["fairness.delivery"].allowed == ("strong", "weak", "none")
    assert rows["policies.sync"].allowed == (
        "full",
        "content-only",
        "new-only",
        "gappy",
        "any-node",
        "push-only",
    )
    assert rows["policies.sync"].default == "full"
    assert rows["policies.retry_limit"].allowed == ("1 to 4",)
    assert rows["policies.durable"].default == (
        "content, tombstones, requests, tracking, early-recalls, audit-rows"
    )
    assert rows["faults.loss"] == PolicyRow(
        "faults.loss",
        ("unbounded", "0 to 4"),
        "unbounded",
        "Copies and acks in flight that are lost.",
    )
    assert rows["faults.reorder"].allowed == ("true", "false")
    assert rows["faults.reorder"].default == "true"
    assert all(row.sentence.endswith(".") for row in rows.values())
