"""A first design file for ``unsay new``: complete, commented, and made from the models."""

import json
import textwrap
from collections.abc import Iterator, Mapping

from pydantic.fields import FieldInfo

from unsay.model.design.describe import DerivedDefault, expected, field_shape
from unsay.model.design.design import Design
from unsay.model.design.load import parse_design
from unsay.model.design.section import Section
from unsay.model.design.spec import DeviceSpec, LinkSpec, NodeSpec

_WIDTH = 96

_Tables = dict[str, dict[str, object]]
"""Headers of tables, and the keys that are set in each."""

_NODES: _Tables = {"[nodes.singapore]": {}, "[nodes.brazil]": {}}
_LINKS: list[dict[str, object]] = [{"between": ("singapore", "brazil")}]
_DEVICES: _Tables = {
    "[devices.alice-phone]": {"account": "alice", "home": "singapore"},
    "[devices.bob-phone]": {"account": "bob", "home": "brazil"},
}
# So few that a first check decides every property in a moment.
_FAULTS: dict[str, object] = {"loss": 1, "duplication": 1, "crash": 0, "offline": 1}
EXAMPLES = {
    "accounts": """
# [accounts.bob]
# market = "brazil"
""",
    "markets": """
# [markets.brazil]
# title = "Brazil"
#
# [[markets.brazil.rules]]
# name = "keep"
# demand = "retain-at-least"
# days = 180
# source = "assumed"
""",
}
"""Tables that a first design does not need, as comments."""
# What the defaults that are taken from other keys come to in this very file.
_DERIVED = {"sender": "alice", "region": "singapore"}


def scaffold(title: str) -> str:
    """A TOML design named ``title``, in which every key is explained.

    Two nodes, a device at each, few faults, and defaults for all else: keys with a default are
    there as comments, to be uncommented and changed.

    Raises ``DesignError`` when the title is empty, too long or not a single line.
    """
    text = "\n".join(_file(title))
    parse_design(text, name="new design")
    return text


def _file(title: str) -> Iterator[str]:
    several: dict[str, tuple[type[Section], list[tuple[str, dict[str, object]]]]] = {
        "nodes": (NodeSpec, list(_NODES.items())),
        "links": (LinkSpec, [("[[links]]", link) for link in _LINKS]),
        "devices": (DeviceSpec, list(_DEVICES.items())),
    }
    for key, field in Design.model_fields.items():
        if key in several:
            model, tables = several[key]
            yield from _explained(field)
            for position, (header, given) in enumerate(tables):
                yield from _table(header, model, given, explain=position == 0)
        elif key in EXAMPLES:
            yield from _explained(field)
            yield from EXAMPLES[key].split("\n")[1:]
        elif isinstance(field.default, Section):
            yield from _comment(field.description or "")
            given = _FAULTS if key == "faults" else {}
            yield from _table(f"[{key}]", type(field.default), given, explain=True)
        else:
            yield from _key(key, field, {"title": title}, explain=True)


def _table(
    header: str, model: type[Section], given: Mapping[str, object], *, explain: bool
) -> Iterator[str]:
    yield header
    for key, field in model.model_fields.items():
        yield from _key(key, field, given, explain=explain)
    yield from () if explain else [""]


def _key(
    key: str, field: FieldInfo, given: Mapping[str, object], *, explain: bool
) -> Iterator[str]:
    if explain:
        yield from _explained(field)
    if key in given:
        yield f"{key} = {_toml(given[key])}"
    elif explain:
        yield f"# {key} = {_toml(_DERIVED.get(key, field.default))}"
    yield from [""] if explain else ()


def _explained(field: FieldInfo) -> Iterator[str]:
    shape = field_shape(field)
    yield from _comment(field.description or "")
    derived = [note.phrase for note in shape.notes if isinstance(note, DerivedDefault)]
    default = derived[0] if derived else "" if field.is_required() else _toml(field.default)
    status = "Required." if field.is_required() else f"Default: {default}."
    yield from _comment(f"Allowed: {expected(shape)}. {status}")


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _toml(value: object) -> str:
    # JSON writes text, numbers, booleans and arrays of them as TOML does, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
