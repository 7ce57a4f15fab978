"""A second reader of TLA+ texts: enough of TLA+ to perform the modules that we write.

The parser is that of tree-sitter, so what is performed is what TLA+ says, indented lists included.
It shares nothing with the writer, and knows no rule. Values are Python's: strings, numbers, truths,
tuples, frozen sets; a function is a dict from its argument, or from a tuple of arguments.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import tree_sitter
import tree_sitter_tlaplus

Environment = dict[str, Any]
Node = tree_sitter.Node

INFIX: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "#": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "\\in": lambda a, b: a in b,
    "..": lambda a, b: frozenset(range(a, b + 1)),
}


@cache
def parser() -> tree_sitter.Parser:
    with pytest.warns(DeprecationWarning, match="int argument"):
        return tree_sitter.Parser(tree_sitter.Language(tree_sitter_tlaplus.language()))


def words(node: Node | None) -> str:
    assert node is not None
    assert node.text is not None
    return node.text.decode()


def named(node: Node) -> list[Node]:
    """The children that are no punctuation."""
    return [c for c in node.named_children if c.type not in PUNCTUATION]


PUNCTUATION = {
    "comment", "set_in", "all_map_to", "case_arrow", "case_box", "langle_bracket",
    "rangle_bracket", "bullet_conj", "bullet_disj", "label_as", "forall", "exists", "def_eq",
}  # fmt: skip


@dataclass
class Moment:
    """A state, and the next one where a step is judged."""

    now: Environment
    after: Environment | None = None


class Module:
    """A module's operators, as functions."""

    def __init__(self, text: str) -> None:
        (module,) = parser().parse(text.encode()).root_node.children
        self._definitions: dict[str, tuple[list[str], Node]] = {}
        self._constants: Environment = {}
        self.variables: list[str] = []
        for child in module.named_children:
            if child.type == "operator_definition":
                names = child.children_by_field_name("parameter")
                parameters = [words(n) for n in names if n.is_named]
                body = child.child_by_field_name("definition")
                assert body is not None
                self._definitions[words(child.child_by_field_name("name"))] = (parameters, body)
            elif child.type == "variable_declaration":
                self.variables += [words(c) for c in named(child)]

    def start(self) -> Environment:
        """The state that ``Init`` describes: one equation for each variable."""
        state: Environment = {}
        for item in named(self._body("Init")):
            (equation,) = named(item)
            left, right = named_sides(equation)
            assert words(left) not in state
            state[words(left)] = self.value(right, {}, Moment({}))
        assert set(state) == set(self.variables)
        return state

    def holds(self, name: str, now: Environment, after: Environment | None = None) -> bool:
        """The truth of an operator without parameters, of a state or of a step."""
        body = self._body(name)
        if body.type == "bound_prefix_op" and words(body).startswith("[]"):
            (inner,) = [c for c in named(body) if c.type == "step_expr_or_stutter"]
            body = named(inner)[0]
        return bool(self.value(body, {}, Moment(now, after)))

    def steps(self, now: Environment) -> Iterator[tuple[str, tuple[Any, ...], Environment]]:
        """Every step of ``Next``: operator, arguments, the next state."""
        for group in words(self._body("Next")).split("\\/"):
            body = self._body(group.strip())
            if words(body) == "FALSE":
                continue
            for item in named(body):
                (quantified,) = named(item)
                for env in self._bound(quantified, {}, Moment(now)):
                    call = quantified.child_by_field_name("expression")
                    assert call is not None
                    operator, arguments = self._call(call, env, Moment(now))
                    after = self._perform(operator, arguments, now)
                    if after is not None:
                        yield operator, arguments, after

    def _perform(
        self, operator: str, arguments: tuple[Any, ...], now: Environment
    ) -> Environment | None:
        parameters, body = self._definitions[operator]
        env, after = dict(zip(parameters, arguments, strict=True)), {}
        for item in named(body):
            (conjunct,) = named(item)
            if (primed := primed_variable(conjunct)) is not None:
                assert primed not in after
                after[primed] = self.value(named_sides(conjunct)[1], env, Moment(now))
            elif words(conjunct).startswith("UNCHANGED"):
                for name in named(named(conjunct)[-1]):
                    assert words(name) not in after
                    after[words(name)] = now[words(name)]
            elif not self.value(conjunct, env, Moment(now)):
                return None
        assert set(after) == set(self.variables), operator
        return after

    def _body(self, name: str) -> Node:
        return self._definitions[name][1]

    def _call(self, node: Node, env: Environment, at: Moment) -> tuple[str, tuple[Any, ...]]:
        given = [n for n in node.children_by_field_name("parameter") if n.is_named]
        arguments = tuple(self.value(n, env, at) for n in given)
        return words(node.child_by_field_name("name")), arguments

    def _bound(self, node: Node, env: Environment, at: Moment) -> Iterator[Environment]:
        """``env`` with each choice of values for the variables that a node binds."""
        bounds = [c for c in node.named_children if c.type == "quantifier_bound"]
        names = [words(b.child_by_field_name("intro")) for b in bounds]
        # Two things of one name would be an error in TLA+.
        for name in names:
            assert name not in {*env, *self._definitions, *self.variables}, name
        sets = [self.value(b.child_by_field_name("set"), env, at) for b in bounds]
        for values in itertools.product(*sets):
            yield {**env, **dict(zip(names, values, strict=True))}

    def value(self, node: Node | None, env: Environment, at: Moment) -> Any:
        """The value of an expression."""
        assert node is not None
        return getattr(self, f"_{node.type}")(node, env, at)

    # One method for each kind of expression, by its name in the grammar.

    def _string(self, node: Node, env: Environment, at: Moment) -> Any:
        return words(node)[1:-1]

    def _nat_number(self, node: Node, env: Environment, at: Moment) -> Any:
        return int(words(node))

    def _boolean(self, node: Node, env: Environment, at: Moment) -> Any:
        return words(node) == "TRUE"

    def _boolean_set(self, node: Node, env: Environment, at: Moment) -> Any:
        return frozenset([False, True])

    def _identifier_ref(self, node: Node, env: Environment, at: Moment) -> Any:
        name = words(node)
        if name in env:
            return env[name]
        if name in self.variables:
            return at.now[name]
        parameters, body = self._definitions[name]
        assert not parameters
        # What reads no variable is the same in every state.
        if name not in self._constants:
            try:
                self._constants[name] = self.value(body, {}, Moment({}))
            except KeyError:
                return self.value(body, {}, at)
        return self._constants[name]

    def _parentheses(self, node: Node, env: Environment, at: Moment) -> Any:
        return self.value(named(node)[0], env, at)

    def _label(self, node: Node, env: Environment, at: Moment) -> Any:
        return self.value(node.child_by_field_name("expression"), env, at)

    def _conj_list(self, node: Node, env: Environment, at: Moment) -> Any:
        return all(self.value(named(item)[0], env, at) for item in named(node))

    def _disj_list(self, node: Node, env: Environment, at: Moment) -> Any:
        return any(self.value(named(item)[0], env, at) for item in named(node))

    def _bound_infix_op(self, node: Node, env: Environment, at: Moment) -> Any:
        left, right = named_sides(node)
        sign = words(node.child_by_field_name("symbol"))
        if sign == "/\\":
            return self.value(left, env, at) and self.value(right, env, at)
        if sign == "\\/":
            return self.value(left, env, at) or self.value(right, env, at)
        if sign == "=>":
            return not self.value(left, env, at) or self.value(right, env, at)
        return INFIX[sign](self.value(left, env, at), self.value(right, env, at))

    def _bound_prefix_op(self, node: Node, env: Environment, at: Moment) -> Any:
        inner = named(node)[-1]
        if words(node).startswith("UNCHANGED"):
            assert at.after is not None
            return all(at.after[words(n)] == at.now[words(n)] for n in named(inner))
        assert words(node).startswith("~")
        return not self.value(inner, env, at)

    def _bound_postfix_op(self, node: Node, env: Environment, at: Moment) -> Any:
        assert words(node).endswith("'")
        assert at.after is not None
        return self.value(node.child_by_field_name("lhs"), env, Moment(at.after))

    def _bounded_quantification(self, node: Node, env: Environment, at: Moment) -> Any:
        check = all if words(node).startswith("\\A") else any
        body = node.child_by_field_name("expression")
        return check(self.value(body, inner, at) for inner in self._bound(node, env, at))

    def _bound_op(self, node: Node, env: Environment, at: Moment) -> Any:
        operator, arguments = self._call(node, env, at)
        parameters, body = self._definitions[operator]
        return self.value(body, dict(zip(parameters, arguments, strict=True)), at)

    def _finite_set_literal(self, node: Node, env: Environment, at: Moment) -> Any:
        return frozenset(self.value(n, env, at) for n in named(node))

    def _tuple_literal(self, node: Node, env: Environment, at: Moment) -> Any:
        return tuple(self.value(n, env, at) for n in named(node))

    def _function_evaluation(self, node: Node, env: Environment, at: Moment) -> Any:
        function, *arguments = named(node)
        return self.value(function, env, at)[self._place(arguments, env, at)]

    def _place(self, arguments: list[Node], env: Environment, at: Moment) -> Any:
        values = tuple(self.value(a, env, at) for a in arguments)
        return values[0] if len(values) == 1 else values

    def _function_literal(self, node: Node, env: Environment, at: Moment) -> Any:
        bounds = [c for c in node.named_children if c.type == "quantifier_bound"]
        names = [words(b.child_by_field_name("intro")) for b in bounds]
        body, made = named(node)[-1], {}
        for inner in self._bound(node, env, at):
            values = tuple(inner[n] for n in names)
            made[values[0] if len(values) == 1 else values] = self.value(body, inner, at)
        return made

    def _set_of_functions(self, node: Node, env: Environment, at: Moment) -> Any:
        domain, values = (n for n in named(node) if n.type != "maps_to")
        sets = [self.value(n, env, at) for n in factors(domain)]
        places = {p[0] if len(sets) == 1 else p for p in itertools.product(*sets)}
        return Functions(places, self.value(values, env, at))

    def _case(self, node: Node, env: Environment, at: Moment) -> Any:
        for arm in named(node):
            condition, value = named(arm)
            if self.value(condition, env, at):
                return self.value(value, env, at)
        raise AssertionError(f"no case applies: {words(node)}")

    def _if_then_else(self, node: Node, env: Environment, at: Moment) -> Any:
        chosen = "then" if self.value(node.child_by_field_name("if"), env, at) else "else"
        return self.value(node.child_by_field_name(chosen), env, at)

    def _except(self, node: Node, env: Environment, at: Moment) -> Any:
        made = dict(self.value(node.child_by_field_name("expr_to_update"), env, at))
        for update in (c for c in node.named_children if c.type == "except_update"):
            specifiers = update.children_by_field_name("update_specifier")
            (specifier,) = [s for s in specifiers if s.type == "except_update_specifier"]
            place = self._place(named(named(specifier)[0]), env, at)
            assert place in made
            value = update.child_by_field_name("new_val")
            # @ is what the cell holds by then: earlier changes count.
            made[place] = self.value(value, {**env, "@": made[place]}, at)
        return made

    def _prev_func_val(self, node: Node, env: Environment, at: Moment) -> Any:
        return env["@"]


@dataclass
class Functions:
    """All functions from ``places`` to ``values``."""

    places: set[Any]
    values: Any

    def __contains__(self, function: Environment) -> bool:
        return set(function) == self.places and all(v in self.values for v in function.values())


def factors(node: Node) -> list[Node]:
    """The sets of a product: A \\X B \\X C is of triples."""
    if node.type != "bound_infix_op" or words(node.child_by_field_name("symbol")) != "\\X":
        return [node]
    left, right = named_sides(node)
    return [*factors(left), right]


def named_sides(node: Node) -> tuple[Node, Node]:
    left, right = node.child_by_field_name("lhs"), node.child_by_field_name("rhs")
    assert left is not None
    assert right is not None
    return left, right


def primed_variable(node: Node) -> str | None:
    """The variable that an equation gives its next value."""
    if node.type != "bound_infix_op" or words(node.child_by_field_name("symbol")) != "=":
        return None
    left, _ = named_sides(node)
    return words(left)[:-1] if left.type == "bound_postfix_op" else None
