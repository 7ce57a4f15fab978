"""The JSON Schema of design files, for editors and other tools, made from the models."""

from typing import Any, get_args

from unsay.model.design.design import Design
from unsay.model.design.policies import Policies
from unsay.model.design.section import Section
from unsay.model.design.spec import COMMANDS_MAX, Act

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a design file.

    It accepts what ``load_design`` accepts as far as a schema can tell: it knows nothing of
    whether names refer to something, whether links repeat and whether all nodes are reached.
    """
    schema = Design.model_json_schema()
    tables = schema["$defs"]
    for key in ("nodes", "devices"):
        _close_names(schema["properties"][key])
    for key, field in Design.model_fields.items():
        if isinstance(field.default, Section):
            schema["properties"][key]["default"] = {}
    tables["LinkSpec"]["properties"]["between"]["uniqueItems"] = True
    tables["Policies"] |= _policy_rules()
    tables["Scope"]["properties"]["commands"]["allOf"] = _command_rules()
    return {"$schema": DRAFT, **schema, "title": "Unsay design file"}


def _close_names(table: Schema) -> None:
    # Pydantic says what entries with a well-formed name must be, and lets all others in.
    patterns = table.pop("patternProperties", {})
    for pattern, entry in patterns.items():
        table["propertyNames"] = {"pattern": pattern}
        table["additionalProperties"] = entry


def _policy_rules() -> Schema:
    """What ``checks.policy_problems`` checks, as a schema."""
    defaults = Policies.model_fields
    without_record = {key: _only(defaults[key].default) for key in _NEED_A_RECORD}
    return {
        "dependentSchemas": {
            "retry_limit": {"properties": {"retry": _only("limited")}, "required": ["retry"]}
        },
        "if": {"properties": {"deduplication": _only("none")}, "required": ["deduplication"]},
        "then": {"properties": without_record},
    }


_NEED_A_RECORD = ("request_record", "repeat_answer")


def _command_rules() -> list[Schema]:
    """What ``checks.scope_problems`` checks, as one schema for each position of each act."""
    rules = [{"not": _act_at(0, "restore")}, {"not": _act_at(0, "resend")}]
    for position in range(1, COMMANDS_MAX):
        recalled_just_before = _act_at(position - 1, "recall")
        recalled_before = {"anyOf": [_act_at(before, "recall") for before in range(position)]}
        rules += [
            {"if": _act_at(position, "restore"), "then": recalled_just_before},
            {"if": _act_at(position, "resend"), "then": recalled_before},
        ]
    return rules


def _act_at(position: int, act: str) -> Schema:
    assert act in get_args(Act)
    items: list[Schema | bool] = [*[True] * position, _only(act)]
    # Without a least length, an array too short for the position would match as well.
    return {"prefixItems": items, "minItems": position + 1}


def _only(value: str) -> Schema:
    return {"const": value}
