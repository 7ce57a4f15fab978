"""The JSON Schema accepts what the loader accepts, as far as a schema can tell."""

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from unsay.model.design import DesignError, design_from_data, json_schema, scaffold

from .samples import SMALL, designs, lines_of

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)

# What only the loader can know: it says so in these words.
BEYOND_A_SCHEMA = ("unknown node", "already joined", "no links lead", "is not the account")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["title"] == "Unsay design file"
    assert SCHEMA["required"] == ["title", "nodes", "devices"]


def test_every_key_is_described_with_its_default() -> None:
    tables = [SCHEMA, *SCHEMA["$defs"].values()]
    of_accounts = SCHEMA["$defs"]["AccountSpec"]
    tables.remove(of_accounts)  # its market is required, that of a node is not
    assert of_accounts["required"] == ["market"]
    keys = {key: each for table in tables for key, each in table["properties"].items()}
    assert all(each.get("description") for each in keys.values())
    required = {key for table in tables for key in table.get("required", [])}
    from_other_keys = {"sender", "region"}
    assert {
        key for key, each in keys.items() if "default" not in each
    } == required | from_other_keys
    assert keys["dispatch"]["enum"] == ["chase", "tracked", "flood", "gossip"]


def test_every_default_passes() -> None:
    data = tomllib.loads(SMALL)
    for key, each in SCHEMA["properties"].items():
        if "default" in each:
            data.setdefault(key, each["default"])
    VALIDATOR.validate(data)
    assert design_from_data(data) == design_from_data(tomllib.loads(SMALL))


def test_the_scaffold_passes() -> None:
    VALIDATOR.validate(tomllib.loads(scaffold("New")))


@pytest.mark.parametrize(
    "added",
    [
        "[policies]\nretry_limit = 1",
        '[policies]\nretry = "none"\nretry_limit = 1',
        '[policies]\ndeduplication = "none"\nrequest_record = "expires"',
        '[policies]\ndeduplication = "none"\nrepeat_answer = "error"',
        '[policies]\ndurable = ["content", "content"]',
        '[policies]\ndispach = "tracked"',
        "[faults]\nloss = 5",
        "[faults]\nloss = true",
        "[scope]\nmessages = 0",
        '[scope]\ncommands = ["restore"]',
        '[scope]\ncommands = ["resend"]',
        '[scope]\ncommands = ["recall", "edit", "restore"]',
        '[scope]\ncommands = ["edit", "edit", "edit", "edit", "resend"]',
        '[[links]]\nbetween = ["brazil", "brazil"]',
        '[[links]]\nbetween = ["brazil"]',
        '[devices.Carol]\naccount = "carol"\nhome = "brazil"',
        '[devices.carol]\naccount = "carol"',
    ],
)
def test_bad_files_fail(added: str) -> None:
    assert lines_of(f"{SMALL}{added}\n")
    assert not VALIDATOR.is_valid(tomllib.loads(f"{SMALL}{added}\n"))


@settings(max_examples=200, deadline=None)
@given(designs())
def test_any_design_passes(data: dict[str, Any]) -> None:
    VALIDATOR.validate(data)
    VALIDATOR.validate(design_from_data(data).resolved())


# Left out are 1.0, which JSON Schema takes for an integer, and text that ends in a line end,
# which Python's "$" lets pass and the dialect of JSON Schema does not.
WORDS = ["", " ", "a", "b-1", "Big", "none", "limited", "expires", "error", "recall", "restore"]
WORDS += ["resend", "edit", "unbounded", "content", "a\nb", "\u202e", "é", "x" * 201, "x" * 25]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 6),
    st.sampled_from([0.5, 10**30]),
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), max_size=6),
    st.dictionaries(st.sampled_from(WORDS), st.sampled_from(WORDS), max_size=2),
)


@st.composite
def nearly_designs(draw: st.DrawFn) -> dict[str, Any]:
    """A valid design with one value changed, dropped or added anywhere."""
    data = copy.deepcopy(draw(designs()))
    here: Any = data
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if isinstance(here, dict):
            known = ["retry_limit", "retry", "request_record", "commands", "sender", "zzz", "A"]
            keys += draw(st.lists(st.sampled_from(known), max_size=2))
        if not keys:
            return data
        key = draw(st.sampled_from(keys))
        below = here[key] if isinstance(here, list) or key in here else None
        if isinstance(below, dict | list) and below and draw(st.integers(0, 5)):
            here = below
            continue
        if isinstance(here, dict) and draw(st.booleans()):
            here.pop(key, None)
        else:
            here[key] = draw(ODD)
        return data


@settings(max_examples=200, deadline=None)
@given(nearly_designs())
def test_schema_and_loader_agree_on_nearly_valid_designs(data: dict[str, Any]) -> None:
    lines: tuple[str, ...] = ()
    try:
        design_from_data(data)
    except DesignError as error:
        lines = error.lines
    within = [line for line in lines if not any(words in line for words in BEYOND_A_SCHEMA)]
    # A name that refers to nothing may be malformed besides: the schema is free to see that.
    if within or not lines:
        assert VALIDATOR.is_valid(data) == (not lines), lines
