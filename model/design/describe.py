"""What a key expects, in words, read off the type it is declared with.

Error lines, the scaffold and the listing of policies all take their words from here, so
that none of them can disagree with the models.
"""

import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from unsay.model.design.errors import Path, quoted


@dataclass(frozen=True)
class Expect:
    """Marks a type with the words for what it accepts, where they do not follow from it."""

    phrase: str


@dataclass(frozen=True)
class DerivedDefault:
    """Marks a key whose default is taken from other keys."""

    phrase: str


class Shape(NamedTuple):
    """A declared type without its ``Annotated`` wrapping, and what was noted in that wrapping."""

    kind: object
    notes: tuple[object, ...] = ()


def shape_of(annotation: object, notes: Iterable[object] = ()) -> Shape:
    """The shape of a declared type, with further ``notes`` (those of a field) added."""
    gathered = [*notes]
    while get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        for note in inner:
            gathered += note.metadata if isinstance(note, FieldInfo) else [note]
    return Shape(annotation, tuple(gathered))


def field_shape(field: FieldInfo) -> Shape:
    """The shape of a field of a model."""
    return shape_of(field.annotation, field.metadata)


def child(shape: Shape, part: str | int) -> Shape | None:
    """The shape one step further down a path, or None where ``shape`` has no parts."""
    kind, arguments = shape.kind, get_args(shape.kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return None if field is None else field_shape(field)
    if get_origin(kind) is dict:
        return shape_of(arguments[1])
    if get_origin(kind) is tuple:
        index = 0 if arguments[-1] is Ellipsis else int(part)
        return shape_of(arguments[index]) if index < len(arguments) else None
    return None


def key_shape(shape: Shape | None) -> Shape | None:
    """The shape of the keys of a table of named entries, None for anything else."""
    if shape is None or get_origin(shape.kind) is not dict:
        return None
    return shape_of(get_args(shape.kind)[0])


def child_at(shape: Shape, path: Path) -> Shape | None:
    """The shape at the end of ``path``, or None when the path leaves the model."""
    reached: Shape | None = shape
    for part in path:
        if reached is None:
            return None
        reached = child(reached, part)
    return reached


def values(shape: Shape) -> tuple[str, ...]:
    """The words a key may be set to, for keys that take one of a few words."""
    origin, arguments = get_origin(shape.kind), get_args(shape.kind)
    if origin is Literal:
        return tuple(str(word) for word in arguments)
    if origin in (Union, types.UnionType):
        return tuple(word for option in arguments for word in values(shape_of(option)))
    return ()


def allowed(shape: Shape) -> tuple[str, ...]:
    """Everything a key may be set to, one entry per choice; empty when it is free text."""
    origin, arguments = get_origin(shape.kind), get_args(shape.kind)
    if origin is Literal:
        return values(shape)
    if shape.kind is bool:
        return ("true", "false")
    if shape.kind is int:
        return (_span(shape),)
    if origin in (Union, types.UnionType):
        return tuple(choice for option in arguments for choice in allowed(shape_of(option)))
    if origin is tuple and arguments[-1] is Ellipsis:
        return allowed(shape_of(arguments[0]))
    return ()


def expected(shape: Shape) -> str:
    """What a key expects, as words that follow "expected"."""
    for note in shape.notes:
        if isinstance(note, Expect):
            return note.phrase
    origin, arguments = get_origin(shape.kind), get_args(shape.kind)
    if origin is Literal:
        words = ", ".join(quoted(word) for word in values(shape))
        return words if len(arguments) == 1 else f"one of {words}"
    if origin in (Union, types.UnionType):
        return " or ".join(expected(shape_of(option)) for option in arguments)
    if origin is tuple:
        return _expected_array(shape)
    if shape.kind is bool:
        return "true or false"
    if shape.kind is int:
        return f"a whole number from {_span(shape)}"
    return "a table"


def _expected_array(shape: Shape) -> str:
    item = shape_of(get_args(shape.kind)[0])
    if not values(item):
        return f"an array, each value {expected(item)}"
    most = _bound(shape, "max_length")
    limit = "" if most is None else f"at most {most} "
    return f"an array of {limit}values from {', '.join(quoted(word) for word in values(item))}"


def _span(shape: Shape) -> str:
    return f"{_bound(shape, 'ge')} to {_bound(shape, 'le')}"


def _bound(shape: Shape, attribute: str) -> int | None:
    limits = (getattr(note, attribute, None) for note in shape.notes)
    return next((limit for limit in limits if limit is not None), None)
