"""The command line: ``unsay check``, ``draw``, ``replay``, ``show``, ``list``, ``new``, ``schema``.

Exit codes: 0 every property holds as far as was asked; 1 a violation; 2 bad input or usage;
3 unknown, vacuous, or out of budget. Errors are one clear line each on standard error.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from unsay import __version__
from unsay.designs.catalogue import shipped
from unsay.engines.check import ENGINES, Checked, Options, check_design
from unsay.engines.run import ReplayError, replay
from unsay.engines.verdict import EXIT_OK, EXIT_UNKNOWN, EXIT_USAGE, Outcome, Verdict, exit_code
from unsay.model.design import (
    Design,
    DesignError,
    json_schema,
    load_design,
    parse_scope_option,
    policy_table,
    scaffold,
)
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES
from unsay.reports.data import as_data
from unsay.reports.show import shown
from unsay.reports.table import print_table
from unsay.traces import TraceError, as_text, load_trace, write

out = Console(soft_wrap=False, highlight=False)
err = Console(stderr=True, highlight=False)

T = TypeVar("T")
PICTURES = (".svg", ".png", ".itf.json")


class Fail(click.ClickException):
    """One or more lines on standard error, and an exit code."""

    exit_code = EXIT_USAGE

    def show(self, file: Any = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"unsay: {line}", err=True)


class Defect(Fail):
    """An error of this program, which must not pass for a verdict."""

    exit_code = EXIT_UNKNOWN


class Commands(click.Group):
    """A group whose errors are one line each, and whose exit codes are the documented ones."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and leave with its exit code."""
        try:
            super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.UsageError as error:
            where = f" {error.ctx.info_name}" if error.ctx and error.ctx.parent else ""
            Fail(f"{error.format_message()} See: unsay{where} --help").show()
            sys.exit(EXIT_USAGE)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            Fail("interrupted").show()
            sys.exit(EXIT_UNKNOWN)
        except BrokenPipeError:
            # The reader of our output has gone (head, less); say nothing more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(EXIT_UNKNOWN)
        except OSError as error:
            Fail(f"cannot read or write: {error.strerror or error}").show()
            sys.exit(EXIT_USAGE)
        except Exception:
            # A defect of this program must not look like a violation of the design.
            traceback.print_exc()
            sys.exit(EXIT_UNKNOWN)
        sys.exit(EXIT_OK)


class Seconds(click.FloatRange):
    """A number of seconds, which "nan" is not."""

    name = "seconds"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """See ``click.ParamType.convert``."""
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return found


def _named(ctx: click.Context, param: click.Parameter, value: str | None) -> Path | None:
    """A path that was given; an empty one would silently mean this folder."""
    if value == "":
        raise click.BadParameter("expected a path, found an empty one.", ctx, param)
    return None if value is None else Path(value)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="unsay")
def main() -> None:
    """Check recall designs ("unsend", "retract", "revoke") of messaging systems."""


@main.command()
@click.argument("designs", nargs=-1, required=True, metavar="DESIGN...")
@click.option("--property", "-p", "names", multiple=True, help="Only this property (repeatable).")
@click.option("--engine", "-e", type=click.Choice(sorted(ENGINES)), help="Only this engine.")
@click.option("--scope", help="Another scope, as messages=2,commands=recall+resend.")
@click.option(
    "--time-limit", type=Seconds(min=0, min_open=True), default=120.0, show_default=True,
    help="Seconds for each design.",
)  # fmt: skip
@click.option(
    "--memory-limit", type=click.IntRange(min=64), default=4096, show_default=True, help="MiB.",
)  # fmt: skip
@click.option(
    "--depth", type=click.IntRange(min=1, max=200), default=12, show_default=True,
    help="Steps that the bounded engine looks ahead.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="For random runs.")
@click.option("--json", "as_json", is_flag=True, help="Print verdicts as JSON.")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False), callback=_named,
    help="Write pictures (.svg, .png) and a trace (.itf.json) of each violation here.",
)  # fmt: skip
def check(
    designs: tuple[str, ...],
    names: tuple[str, ...],
    engine: str | None,
    scope: str | None,
    time_limit: float,
    memory_limit: int,
    depth: int,
    seed: int,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Check designs and print a verdict for each property.

    A DESIGN is a file, or the name of a shipped design (see: unsay list designs).
    """
    for name in names:
        _known(name, PROPERTIES, "property")
    loaded = [(_find(d), _load(d, scope)) for d in designs]
    if folder is not None:
        _check_names([path.stem for path, _ in loaded])
        _make(folder)
    verdicts: list[Verdict] = []
    data = []
    for path, design in loaded:
        with _progress(design.title) as report:
            options = Options(engine, time_limit, memory_limit, seed, depth, report)
            checked = _guarded(check_design, design, options, names)
        verdicts += checked.verdicts.values()
        if not as_json:
            print_table(out, checked)  # before anything can go wrong with the pictures
        files = _write_pictures(checked, path.stem, folder) if folder else {}
        if as_json:
            data.append(as_data(checked, str(path), files))
        else:
            _print_runs(checked, files)
        if checked.interrupted:
            err.print("unsay: interrupted; verdicts tell what was known by then")
            break
    if as_json:
        click.echo(json.dumps(data, indent=2))
    interrupted = len(verdicts) == 0 or any(v.reason.startswith("interrupted") for v in verdicts)
    code = exit_code(verdicts)
    sys.exit(EXIT_UNKNOWN if interrupted and code == 0 else code)


def _print_runs(checked: Checked, files: dict[str, list[str]]) -> None:
    for paths in files.values():
        endings = ", ".join(path.removeprefix(_stem(paths[0])) for path in paths[1:])
        out.print(f"drawn: {paths[0]} (and {endings})", soft_wrap=True)
    broken = [v for v in checked.verdicts.values() if v.outcome is Outcome.VIOLATED and v.run]
    if broken:
        # What a user of the chat would notice tells more than what a table of a node holds.
        telling = min(broken, key=lambda v: (not PROPERTIES[v.property].visible, len(v.run or ())))
        run = replay(checked.machine, telling.run or (), PROPERTIES[telling.property])
        out.print()
        words = as_text(run, width=min(out.width, 100), tables=False)
        out.print(words, markup=False, soft_wrap=True)
    out.print()


def _stem(path: str) -> str:
    return path.removesuffix(PICTURES[0])


def _check_names(stems: list[str]) -> None:
    """Pictures are named after their design's file: two of one name would overwrite each other."""
    twice = next((s for s in stems if stems.count(s) > 1), None)
    if twice is not None:
        raise Fail(f'--out: two designs are named "{twice}", and pictures go by that name')


def _write_pictures(checked: Checked, stem: str, folder: Path) -> dict[str, list[str]]:
    written: dict[str, list[str]] = {}
    for name, verdict in checked.verdicts.items():
        if verdict.outcome is not Outcome.VIOLATED or verdict.run is None:
            continue
        run = replay(checked.machine, verdict.run, PROPERTIES[name])
        for suffix in PICTURES:
            path = folder / f"{stem}.{name}{suffix}"
            _guarded(write, run, path)
            written.setdefault(name, []).append(str(path))
    return written


def _make(folder: Path) -> None:
    """Make the folder for pictures, before any time is spent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Fail(f"{folder}: cannot be made: {error.strerror}") from None


@main.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", "target", type=click.Path(path_type=Path), required=True,
    help="File to write, as its ending says: .svg .png .dot .graphml .mmd .txt .itf.json",
)  # fmt: skip
def draw(trace: Path, target: Path) -> None:
    """Draw a saved trace."""
    run = _guarded(load_trace, trace)
    _guarded(write, run, target)
    out.print(f"drawn: {target}", soft_wrap=True)


@main.command(name="replay")
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--design", "design_file", help="The design that the trace must be of.")
def replay_command(trace: Path, design_file: str | None) -> None:
    """Perform a saved trace step by step and say whether it still breaks its property."""
    design = _load(design_file, None) if design_file else None
    run = _guarded(load_trace, trace, design=design)
    out.print(as_text(run, width=min(out.width, 100)), markup=False, soft_wrap=True)
    if run.property is not None:
        what = "is broken" if run.broken else "holds"
        out.print(f"{run.property.name} {what} at the end of this run.")
    sys.exit(1 if run.broken else 0)


@main.command()
@click.argument("design")
@click.option("--scope", help="Another scope, as messages=2,commands=recall+resend.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--rules", is_flag=True, help="Print the rules of the design's machine.")
def show(design: str, scope: str | None, as_json: bool, rules: bool) -> None:
    """Show a design as it is understood, with every default."""
    loaded = _load(design, scope)
    if rules:
        for rule in build_machine(loaded).rules:
            out.print(f"{rule}\n", markup=False, soft_wrap=True)
    elif as_json:
        click.echo(json.dumps(loaded.resolved(), indent=2))
    else:
        out.print(shown(loaded))


@main.command(name="list")
@click.argument("what", type=click.Choice(["designs", "properties", "policies", "engines"]))
def list_command(what: str) -> None:
    """List what Unsay knows."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    if what == "designs":
        for name, path in shipped().items():
            table.add_row(name, Text(load_design(path).title))
    elif what == "properties":
        for p in PROPERTIES.values():
            table.add_row(p.name, Text(p.sentence))
    elif what == "engines":
        for e in ENGINES.values():
            table.add_row(e.name, Text(e.says))
    else:
        for row in policy_table():
            choices = f"{', '.join(row.allowed)}; default: {row.default}"
            table.add_row(row.key, Text(f"{row.sentence} Allowed: {choices}"))
    out.print(table)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False), callback=_named)
@click.option("--title", default="My recall design", show_default=True)
def new(file: Path, title: str) -> None:
    """Write a design file to start from, with every key explained."""
    if file.exists():
        raise Fail(f"{file}: exists already; choose another name")
    try:
        file.write_text(_guarded(scaffold, title), encoding="utf-8")
    except OSError as error:
        raise Fail(f"{file}: cannot be written: {error.strerror}") from None
    out.print(f"written: {file}; next: unsay check {file}", soft_wrap=True)


@main.command()
def schema() -> None:
    """Print the JSON Schema of design files, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


def _find(design: str) -> Path:
    """The file of a design given by path or by the name of a shipped one."""
    path = Path(design)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    _known(design, shipped(), "design (neither a file nor a shipped one)")
    return shipped()[design]


def _load(design: str, scope: str | None) -> Design:
    loaded: Design = _guarded(load_design, _find(design), known_properties=PROPERTIES)
    if scope is None:
        return loaded
    return _guarded(loaded.with_scope, **_guarded(parse_scope_option, scope))


def _known(name: str, names: Any, noun: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        raise Fail(f'unknown {noun} "{name}"; {hint}allowed: {", ".join(names)}')


def _guarded(action: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """``action``'s result; the errors that a user can cause become one line each."""
    try:
        return action(*arguments, **options)
    except DesignError as error:
        raise Fail(str(error)) from None
    except TraceError as error:
        raise Fail(str(error)) from None
    except ReplayError as error:
        raise Defect(str(error)) from None


@contextmanager
def _progress(title: str) -> Iterator[Callable[[str], None]]:
    """A status line while a person is watching; nothing otherwise."""
    if not err.is_terminal:
        yield lambda line: None
        return
    with Status(title, console=err) as status:
        yield lambda line: status.update(f"{title}: {line}")


if __name__ == "__main__":
    main()
