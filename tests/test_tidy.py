"""Style as a test: which way imports run, sizes, docstrings, and rules that stay rules.

DESIGN section 5 and decision 0001. Each check names the offending file and line, and each is
shown, at the end, to see a seeded offence.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 400
FUNCTION_LINES_MAX = 60

PACKAGES = ("bench", "designs", "engines", "model", "properties", "reports", "traces")
CODE = sorted(
    path
    for path in (ROOT / "cli.py", *itertools.chain(*((ROOT / p).rglob("*.py") for p in PACKAGES)))
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEXTS = [
    path
    for suffix in ("py", "md", "toml")
    for folder in ("bench", "designs", "docs", "tests", *PACKAGES)
    for path in (ROOT / folder).rglob(f"*.{suffix}")
] + [ROOT / "cli.py", ROOT / "README.md", ROOT / "pyproject.toml"]

Findings = list[str]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


NAMES = [name_of(path) for path in CODE]


# Imports.

ALLOWED: dict[str, tuple[str, ...]] = {
    "cli": ("reports", "traces", "designs", "engines", "properties", "model"),
    "bench": ("cli", "reports", "traces", "designs", "engines", "properties", "model"),
    "reports": ("traces", "engines", "properties", "model"),
    "traces": ("engines", "properties", "model"),
    "designs": (),
    "engines": ("properties", "model"),
    "properties": ("model.language", "model.recall", "model.recall_bench"),
    "model.recall_bench": ("model.language",),
    "model.recall": ("model.language", "model.design"),
    "model.readings": ("model.language",),
    "model.design": (),
    "model.language": (),
}
"""What each part may import of Unsay, besides itself: cli -> reports -> traces -> engines ->
properties -> model; within model: recall -> (design, language), readings -> language."""

VERSION = "unsay.__version__"
"""The one name of the package itself that everyone may import."""

HEAVY = ("z3", "hypothesis", "oxidd")
"""What the model and the properties must not need: engines are optional readings of them."""


def part_of(name: str) -> str:
    """``model/recall/faults.py`` is in part ``model.recall``; the longest known name counts."""
    dotted = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    parts = dotted.split(".")
    ends = range(len(parts), 0, -1)
    return next((p for e in ends if (p := ".".join(parts[:e])) in ALLOWED), parts[0])


def imported(name: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, at any depth of it."""
    package = ["unsay", *name.removesuffix(".py").split("/")[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def wrong_way(name: str, source: str) -> Findings:
    here = part_of(name)
    allowed = (here, *ALLOWED.get(here, ()))
    found = []
    for line, module in imported(name, source):
        if not within(module, "unsay") or module == VERSION:
            continue
        inner = module.removeprefix("unsay.")
        if not any(within(inner, part) for part in allowed):
            found.append(f"{name}:{line}: {here} must not import {module}")
    return found


def heavy_imports(name: str, source: str) -> Findings:
    return [
        f"{name}:{line}: {module} belongs in an engine or a reading"
        for line, module in imported(name, source)
        if any(within(module, heavy) for heavy in HEAVY)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_imports_run_one_way(name: str) -> None:
    """DESIGN section 5: cli -> reports -> traces -> engines -> properties -> model."""
    assert wrong_way(name, (ROOT / name).read_text(encoding="utf-8")) == []


LIGHT = [
    n for n in NAMES if part_of(n).startswith(("model.recall", "model.language", "properties"))
]


@pytest.mark.parametrize("name", [*LIGHT, *(n for n in NAMES if n.startswith("model/design/"))])
def test_the_model_and_the_properties_need_no_solver(name: str) -> None:
    assert heavy_imports(name, (ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", NAMES)
def test_one_file_knows_the_library_of_diagrams(name: str) -> None:
    """It can be exchanged, which is why it may not spread."""
    if name != "model/readings/sets.py":
        source = (ROOT / name).read_text(encoding="utf-8")
        assert [m for _, m in imported(name, source) if within(m, "oxidd")] == []


# Sizes.


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def too_long(name: str, source: str) -> Findings:
    found = []
    lines = len(source.splitlines())
    if lines > LINES_MAX:
        found.append(f"{name}: {lines} lines, {LINES_MAX} are allowed")
    for node in functions(ast.parse(source)):
        size = (node.end_lineno or node.lineno) - node.lineno + 1
        if size > FUNCTION_LINES_MAX:
            found.append(f"{name}:{node.lineno}: {node.name} has {size} lines")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_files_and_functions_stay_small(name: str) -> None:
    assert too_long(name, (ROOT / name).read_text(encoding="utf-8")) == []


# Docstrings.


def public(name: str) -> bool:
    return not name.startswith("_")


def undocumented(name: str, source: str) -> Findings:
    """Public modules, classes, functions and methods without a docstring of their own.

    Left out: empty packages, overloads, and methods that override: what a method does is said
    where it is first declared.
    """
    tree = ast.parse(source)
    found = [] if ast.get_docstring(tree) or not tree.body else [f"{name}:1: the module"]
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and public(node.name):
            found += _undocumented_in(name, node, ())
    return found


def _undocumented_in(
    name: str, node: ast.ClassDef | ast.FunctionDef, outer: tuple[str, ...]
) -> Findings:
    path = (*outer, node.name)
    found = []
    if not ast.get_docstring(node) and not _is_said_elsewhere(name, node, path):
        found.append(f"{name}:{node.lineno}: {'.'.join(path)}")
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, ast.ClassDef | ast.FunctionDef) and public(inner.name):
                found += _undocumented_in(name, inner, path)
    return found


def _is_said_elsewhere(
    name: str, node: ast.ClassDef | ast.FunctionDef, path: tuple[str, ...]
) -> bool:
    decorators = {ast.unparse(d).split(".")[-1] for d in node.decorator_list}
    if decorators & {"overload", "setter"}:
        return True
    if isinstance(node, ast.ClassDef) or len(path) == 1:
        return False
    module = importlib.import_module("unsay." + name.removesuffix(".py").replace("/", "."))
    owner: object = module
    for each in path[:-1]:
        owner = getattr(owner, each)
    bases: tuple[type, ...] = inspect.getmro(owner)[1:] if isinstance(owner, type) else ()
    return any(node.name in vars(base) for base in bases)


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("bench/")])
def test_everything_public_has_a_docstring(name: str) -> None:
    assert undocumented(name, (ROOT / name).read_text(encoding="utf-8")) == []


# Rules.


def in_the_machine(name: str) -> bool:
    """The layers of the recall machine; ``machine.py`` and ``variants.py`` build structures."""
    return name.startswith("model/recall/") and not name.endswith(
        ("machine.py", "variants.py", "__init__.py")
    )


def takes_a_rule(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    annotations = [ast.unparse(a.annotation) for a in node.args.args if a.annotation]
    return any("RecallRule" in a or "RuleBuilder" in a for a in annotations)


def python_loops(name: str, source: str) -> Findings:
    """Python loops over the elements of a sort, in rule functions and what they call with a rule.

    Looping over a list of the design is how a policy is read; looping over its nodes, devices or
    commands would be looping over a sort.
    """
    found = []
    for function in functions(ast.parse(source)):
        if not takes_a_rule(function):
            continue
        for node in ast.walk(function):
            for over in _looped_over(node):
                if not _of_the_design(over):
                    text = ast.unparse(over)
                    found.append(f"{name}:{over.lineno}: {function.name} loops over {text}")
            word = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
            if word in ("range", "structure", "members", "enumerate"):
                line = getattr(node, "lineno", function.lineno)
                found.append(f"{name}:{line}: {function.name} mentions {word}")
    return found


def _looped_over(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.For | ast.AsyncFor):
        return [node.iter]
    if isinstance(node, ast.While):
        return [node.test]
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return [g.iter for g in node.generators]
    return []


def _of_the_design(over: ast.expr) -> bool:
    text = ast.unparse(over)
    sorts = ("nodes", "devices", "accounts", "scope", "commands", "messages")
    return text.startswith("rule.design.") and not set(text.split(".")) & set(sorts)


@pytest.mark.parametrize("name", [n for n in NAMES if in_the_machine(n)])
def test_rules_do_not_loop_over_elements(name: str) -> None:
    """Decision 0001: a rule may not loop in Python over a sort; use each=, forall, exists."""
    assert python_loops(name, (ROOT / name).read_text(encoding="utf-8")) == []


def test_the_layers_of_the_machine_are_looked_at() -> None:
    """The check above is about real rules: it finds rule functions in every layer but one."""
    counts = {
        n: sum(map(takes_a_rule, functions(ast.parse((ROOT / n).read_text(encoding="utf-8")))))
        for n in NAMES
        if in_the_machine(n)
    }
    assert {n for n, count in counts.items() if not count} == {"model/recall/vocabulary.py"}


# Designs and texts.


@pytest.mark.parametrize(
    "name", sorted(p.name for p in (ROOT / "designs").glob("*.toml") if p.stem != "manifest")
)
def test_a_shipped_design_says_what_it_is(name: str) -> None:
    with (ROOT / "designs" / name).open("rb") as file:
        data = tomllib.load(file)
    assert data["title"].strip()
    assert data["about"].strip()


def test_titles_tell_designs_apart() -> None:
    titles = []
    for path in (ROOT / "designs").glob("*.toml"):
        if path.stem != "manifest":
            titles.append(tomllib.loads(path.read_text(encoding="utf-8"))["title"])
    assert len(titles) > 1
    assert len(set(titles)) == len(titles)


def untidy(name: str, text: str) -> Findings:
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            found.append(f"{name}:{number}: trailing whitespace")
        if "\t" in line:
            found.append(f"{name}:{number}: a tab")
    if text and not text.endswith("\n"):
        found.append(f"{name}: no newline at the end")
    return found


@pytest.mark.parametrize("name", sorted({name_of(p) for p in TEXTS if p.exists()}))
def test_texts_have_no_stray_whitespace(name: str) -> None:
    assert untidy(name, (ROOT / name).read_text(encoding="utf-8")) == []


# The checks see what they are for.

SEEDED = {
    "an engine from a property": (
        wrong_way,
        "properties/recall.py",
        "import os\nfrom unsay.engines.run import Step\n",
        "properties/recall.py:2: properties must not import unsay.engines.run.Step",
    ),
    "the language knows the machine": (
        wrong_way,
        "model/language/rules.py",
        "def f():\n    from unsay.model.recall import machine\n",
        "model/language/rules.py:2: model.language must not import unsay.model.recall.machine",
    ),
    "a relative import upwards": (
        wrong_way,
        "model/readings/smt.py",
        "from ..recall import machine\n",
        "model/readings/smt.py:1: model.readings must not import unsay.model.recall.machine",
    ),
    "a relative import upwards by name": (
        wrong_way,
        "model/readings/smt.py",
        "from .. import design\n",
        "model/readings/smt.py:1: model.readings must not import unsay.model.design",
    ),
    "the whole package": (
        wrong_way,
        "engines/run.py",
        "import unsay.traces.files\n",
        "engines/run.py:1: engines must not import unsay.traces.files",
    ),
    "a solver in a rule": (
        heavy_imports,
        "model/recall/faults.py",
        "import z3.z3core\n",
        "model/recall/faults.py:1: z3.z3core belongs in an engine or a reading",
    ),
    "a strategy in a property": (
        heavy_imports,
        "properties/recall.py",
        "\nfrom hypothesis import strategies\n",
        "properties/recall.py:2: hypothesis.strategies belongs in an engine or a reading",
    ),
    "a long function": (
        too_long,
        "engines/run.py",
        "def f():\n" + "    pass\n" * 60,
        "engines/run.py:1: f has 61 lines",
    ),
    "a long file": (
        too_long,
        "engines/run.py",
        "x = 1\n" * 401,
        "engines/run.py: 401 lines, 400 are allowed",
    ),
    "a silent module": (undocumented, "engines/run.py", "x = 1\n", "engines/run.py:1: the module"),
    "a silent class": (
        undocumented,
        "engines/run.py",
        '"""Words."""\nclass Step:\n    """A step."""\n    class Inner: ...\n',
        "engines/run.py:4: Step.Inner",
    ),
    "a silent function": (
        undocumented,
        "engines/run.py",
        '"""Words."""\ndef replay(): ...\ndef _private(): ...\n',
        "engines/run.py:2: replay",
    ),
    "a silent method": (
        undocumented,
        "engines/run.py",
        '"""Words."""\nclass Replay:\n    """A run."""\n    def rule(self): ...\n',
        "engines/run.py:4: Replay.rule",
    ),
    "a loop over nodes": (
        python_loops,
        "model/recall/faults.py",
        "def f(rule: RecallRule):\n    for v in rule.design.nodes:\n        pass\n",
        "model/recall/faults.py:2: f loops over rule.design.nodes",
    ),
    "a comprehension": (
        python_loops,
        "model/recall/faults.py",
        "def f(c, rule: RuleBuilder[Design]):\n    return [c for c in commands]\n",
        "model/recall/faults.py:2: f loops over commands",
    ),
    "a range": (
        python_loops,
        "model/recall/faults.py",
        "def f(rule: RecallRule):\n    return list(map(g, range(3)))\n",
        "model/recall/faults.py:2: f mentions range",
    ),
    "trailing whitespace": (untidy, "x.py", "x = 1 \n", "x.py:1: trailing whitespace"),
    "a tab": (untidy, "x.py", "if x:\n\ty\n", "x.py:2: a tab"),
    "an unfinished line": (untidy, "x.py", "x = 1", "x.py: no newline at the end"),
}


@pytest.mark.parametrize("case", SEEDED)
def test_a_seeded_offence_is_seen(case: str) -> None:
    check, name, source, finding = SEEDED[case]
    assert check(name, source) == [finding]


PASSING = {
    "itself": (wrong_way, "model/language/rules.py", "from .terms import Term\n"),
    "the version": (wrong_way, "traces/storing.py", "from unsay import __version__\n"),
    "downwards": (wrong_way, "engines/run.py", "from unsay.model.readings import smt\n"),
    "another library": (wrong_way, "model/language/rules.py", "import dataclasses\n"),
    "links of the design": (
        python_loops,
        "model/recall/routing.py",
        "def f(rule: RecallRule):\n    return any(x.fifo for x in rule.design.links)\n",
    ),
    "no rule": (
        python_loops,
        "model/recall/routing.py",
        "def f(design):\n    return [n for n in design.nodes]\n",
    ),
    "an override": (
        undocumented,
        "model/language/terms.py",
        '"""Words."""\nclass Not(Term):\n    """Not."""\n    def __str__(self): ...\n',
    ),
    "an empty package": (undocumented, "engines/__init__.py", ""),
}


@pytest.mark.parametrize("case", PASSING)
def test_what_is_allowed_is_not_refused(case: str) -> None:
    check, name, source = PASSING[case]
    assert check(name, source) == []


def test_there_is_something_to_look_at() -> None:
    assert len(NAMES) > 60
    assert {part_of(n) for n in NAMES} >= set(ALLOWED) - {"bench"}
