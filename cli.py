"""The command line: check, prove, comply, draw, replay, show, export, list, new, bench and others.

Exit codes: 0 every property holds as far as was asked; 1 a violation; 2 bad input or usage;
3 unknown, vacuous, or out of budget. Errors are one clear line each on standard error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from unsay import __version__
from unsay.designs.catalogue import market_examples, shipped
from unsay.engines.budget import Budget
from unsay.engines.check import ENGINES, Options, properties_of
from unsay.engines.proof.cache import Cache, default_folder
from unsay.model.design import (
    Design,
    json_schema,
    load_design,
    parse_scope_option,
    scaffold,
)
from unsay.model.language import ModelError
from unsay.model.readings.text.claims import Subject
from unsay.model.readings.text.formats import FORMATS
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import PROPERTIES
from unsay.properties.recall_bench import BENCH_PROPERTIES
from unsay.reports import checking, counting, options, proving
from unsay.reports import comply as complying
from unsay.reports import lifetimes as living
from unsay.reports.lists import LISTS, listed
from unsay.reports.show import shown
from unsay.reports.texts import subject_of, write_texts
from unsay.reports.usage import Commands, Fail, guarded, known, named
from unsay.traces import as_text, load_trace, write
from unsay.traces.files import write_atomically

out = Console(soft_wrap=False, highlight=False)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="unsay")
def main() -> None:
    """Check recall designs ("unsend", "retract", "revoke") of messaging systems."""


@main.command()
@click.argument("designs", nargs=-1, required=True, metavar="DESIGN...")
@options.only()
@click.option("--engine", "-e", type=click.Choice(sorted(ENGINES)), help="Only this engine.")
@options.scope
@options.seconds("--time-limit", 120.0, "Seconds for each design.")
@click.option(
    "--memory-limit", type=click.IntRange(min=64), default=4096, show_default=True, help="MiB.",
)  # fmt: skip
@options.depth("Steps that the bounded engine looks ahead.")
@click.option("--seed", type=int, default=0, show_default=True, help="For random runs.")
@click.option(
    "--no-reductions", is_flag=True, help="Visit also what is known to change nothing; slower.",
)  # fmt: skip
@click.option(
    "--no-proof", is_flag=True, envvar="UNSAY_NO_PROOF", show_envvar=True,
    help="Do not look for proofs for any size where nothing is broken.",
)  # fmt: skip
@options.no_cache
@options.checkpoint("checkpoint")
@options.as_json("Print verdicts as JSON.")
@options.folder(
    "--out", "folder",
    "Write pictures (.svg, .png) and a trace (.itf.json) of each violation here.",
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
    no_reductions: bool,
    no_proof: bool,
    no_cache: bool,
    checkpoint: Path | None,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Check designs and print a verdict for each property.

    A DESIGN is a file, or the name of a shipped design (see: unsay list designs). Where nothing is
    broken, what time is left goes into proofs for any size.
    """
    for name in names:
        known(name, PROPERTIES, "property")
    loaded = [(_find(d), _load(d, scope)) for d in designs]
    how = Options(
        engine=engine,
        seconds=time_limit,
        memory_mib=memory_limit,
        seed=seed,
        depth=depth,
        reductions=not no_reductions,
        prove=not no_proof,
        cache=_cache(no_cache),
    )
    wishes = checking.Wishes(how, names, checkpoint, as_json, folder)
    sys.exit(checking.check(out, loaded, wishes))


@main.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", "target", type=click.Path(path_type=Path), required=True,
    help="File to write, as its ending says: .svg .png .dot .graphml .mmd .txt .itf.json",
)  # fmt: skip
def draw(trace: Path, target: Path) -> None:
    """Draw a saved trace."""
    run = guarded(load_trace, trace)
    guarded(write, run, target)
    out.print(f"drawn: {target}", soft_wrap=True)


@main.command(name="replay")
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--design", "design_file", help="The design that the trace must be of.")
def replay_command(trace: Path, design_file: str | None) -> None:
    """Perform a saved trace step by step and say whether it still breaks its property."""
    design = _load(design_file, None) if design_file else None
    run = guarded(load_trace, trace, design=design)
    out.print(as_text(run, width=min(out.width, 100)), markup=False, soft_wrap=True)
    if run.property is not None:
        what = "is broken" if run.broken else "holds"
        where = "at the end of" if run.loop is None else "in"
        out.print(f"{run.property.name} {what} {where} this run.")
    sys.exit(1 if run.broken else 0)


@main.command()
@click.argument("design")
@options.scope
@options.as_json()
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


@main.command(
    help="Write a design's machine and properties as text for another checker, to standard "
    "output or to a file. The text is made from the same rules that are checked here.\n\n"
    "A DESIGN is a file, or the name of a shipped design (see: unsay list designs)."
    + "".join(f"\n\n{name}: {f.says}." for name, f in FORMATS.items())
)
@click.argument("design")
@click.option(
    "--format", "-f", "format_name", type=click.Choice(list(FORMATS)), required=True,
    help="What to write.",
)  # fmt: skip
@options.only("Only this property (repeatable). The history that it does not need is left out.")
@options.scope
@options.depth("Steps that smtlib looks ahead.")
@options.target("File to write, instead of standard output.")
def export(
    design: str,
    format_name: str,
    names: tuple[str, ...],
    scope: str | None,
    depth: int,
    target: Path | None,
) -> None:
    """Write a design's machine and properties as text for another checker."""
    for name in names:
        known(name, PROPERTIES, "property")
    loaded = _load(design, scope)
    given = [*(f" -p {n}" for n in names), *([f" --scope {scope}"] if scope else [])]
    given += [f" --depth {depth}"] if format_name == "smtlib" else []
    command = f"unsay export {design} --format {format_name}{''.join(given)}"
    machine, properties = build_machine(loaded), properties_of(loaded, names)
    subject = subject_of(machine, properties, Path(design).stem, command, depth)
    _write_text(format_name, subject, target)


def _write_text(format_name: str, subject: Subject, target: Path | None) -> None:
    """Print a text, or write it and what goes beside it to files."""
    if target is None:
        click.echo(FORMATS[format_name].write(subject), nl=False)
        return
    written = guarded(write_texts, format_name, subject, target)
    out.print(f"written: {' and '.join(map(str, written))}", soft_wrap=True)


@main.command()
@click.argument("design")
@click.option("--no-run", is_flag=True, help="Do not check the runs of the design.")
@options.seconds("--time-limit", 120.0, "Seconds for the runs.")
@click.option("--own-paths", is_flag=True, help="Only the copies of this design.")
@options.as_json("Print it as JSON, without runs.")
def comply(design: str, no_run: bool, time_limit: float, own_paths: bool, as_json: bool) -> None:
    """Say whether a design can keep the rules of its markets, and if not, which contradict.

    Where it can, its runs are checked, too. Not legal advice. See also: unsay list markets.
    """
    how, wishes = Options(seconds=time_limit), complying.Wishes(own_paths, as_json, not no_run)
    sys.exit(complying.comply(out, _find(design), _load(design, None), how, wishes))


@main.command()
@click.argument("design")
@options.only("Keep only this one (repeatable).")
@options.seconds("--time-limit", 120.0, "Seconds for each lifetime that is tried.")
@options.as_json()
@options.folder(
    "--out", "folder",
    "Write pictures and traces of what refutes shorter lifetimes here.",
)  # fmt: skip
def lifetimes(
    design: str, names: tuple[str, ...], time_limit: float, as_json: bool, folder: Path | None
) -> None:
    """Compute how long what a design remembers has to live at least."""
    for name in names:
        known(name, PROPERTIES, "property")
    wishes = living.Wishes(names, as_json, folder)
    how = Options(seconds=time_limit)
    sys.exit(living.lifetimes(out, _find(design), _load(design, None), how, wishes))


@main.command()
@click.argument("names", nargs=-1, required=True, metavar="MARKET...")
def markets(names: tuple[str, ...]) -> None:
    """Print examples of rules, to be pasted into a design file and edited. Not legal advice."""
    for name in names:
        known(name, market_examples(), "market")
    texts = [market_examples()[name].read_text(encoding="utf-8") for name in names]
    click.echo("\n".join(texts), nl=False)


@main.command(name="list")
@click.argument("what", type=click.Choice(LISTS))
def list_command(what: str) -> None:
    """List what Unsay knows."""
    out.print(listed(what, shipped(), market_examples()))


@main.command()
@click.argument("design")
@options.only()
@options.folder(
    "--certificate", "folder",
    "Write every question and the answer to expect here, for any SMT solver.",
)  # fmt: skip
@options.seconds("--timeout", 300.0, "Seconds for the whole design.")
@options.no_cache
@click.option(
    "--no-archive", is_flag=True,
    help="Look for every lemma anew: use none that other designs' proofs needed, nor kept proofs.",
)  # fmt: skip
@click.option("--lemmas", "-v", is_flag=True, help="Print the lemmas.")
@options.folder(
    "--out", "drawn",
    "Draw here (.svg, .png) what breaks a claim that is not proved; it may be unreachable.",
)  # fmt: skip
def prove(
    design: str,
    names: tuple[str, ...],
    folder: Path | None,
    timeout: float,
    no_cache: bool,
    no_archive: bool,
    lemmas: bool,
    drawn: Path | None,
) -> None:
    """Prove properties for any number of nodes, devices, messages and recalls.

    A DESIGN is a file, or the name of a shipped design (see: unsay list designs).
    """
    for name in names:
        known(name, PROPERTIES, "property")
    cache = _cache(no_cache or no_archive)
    stem = _find(design).stem
    wishes = proving.Wishes(folder, timeout, cache, not no_archive, lemmas, drawn, stem)
    sys.exit(proving.prove(out, _load(design, None), names, wishes))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@options.seconds("--timeout", 20.0, "Seconds for each file.")
@click.option("--all", "-v", "every", is_flag=True, help="Print every file.")
def recheck(folder: Path, timeout: float, every: bool) -> None:
    """Have another solver, cvc5, check a certificate again, file by file."""
    sys.exit(proving.recheck_folder(out, folder, timeout, every))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False), callback=named)
@click.option("--title", default="My recall design", show_default=True)
def new(file: Path, title: str) -> None:
    """Write a design file to start from, with every key explained."""
    if file.exists():
        raise Fail(f"{file}: exists already; choose another name")
    guarded(write_atomically, file, guarded(scaffold, title))
    out.print(f"written: {file}; next: unsay check {file}", soft_wrap=True)


@main.command()
@click.argument("nodes", type=click.IntRange(min=2))
@click.argument("messages", type=click.IntRange(min=1))
@click.argument("recalls", type=click.IntRange(min=1))
@click.option("--engine", "-e", type=click.Choice(sorted(ENGINES)), default="exhaustive")
@options.seconds("--time-limit", 600.0)
@click.option("--memory-limit", type=click.IntRange(min=64), default=4096, show_default=True)
@click.option("--no-reductions", is_flag=True, help="Visit also what is known to change nothing.")
@click.option(
    "--export", "format_name", type=click.Choice(list(FORMATS)),
    help="Count nothing: write the protocol as text for another checker (see: unsay export -h).",
)  # fmt: skip
@options.target("With --export: file to write, instead of standard output.")
@options.checkpoint("folder")
def bench(
    nodes: int,
    messages: int,
    recalls: int,
    engine: str,
    time_limit: float,
    memory_limit: int,
    no_reductions: bool,
    format_name: str | None,
    target: Path | None,
    folder: Path | None,
) -> None:
    """Count the states of the benchmark protocol "recall-bench" at one size.

    Both of its invariants are checked. Time is that of the whole process, memory its peak.
    """
    try:
        machine = build_bench(Size(nodes, messages, recalls))
    except ModelError as error:
        raise Fail(str(error)) from None
    if format_name is not None:
        command = f"unsay bench {nodes} {messages} {recalls} --export {format_name}"
        subject = subject_of(machine, BENCH_PROPERTIES, machine.name, command)
        _write_text(format_name, subject, target)
        return
    if target is not None:
        raise Fail("--out: goes with --export")
    budget = Budget(time_limit, memory_limit)
    sys.exit(counting.count_states(machine, engine, budget, not no_reductions, folder))


@main.command()
def schema() -> None:
    """Print the JSON Schema of design files, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


def _cache(unwanted: bool) -> Cache | None:
    """Where proofs are kept, unless that is not wanted."""
    return None if unwanted else Cache(default_folder())


def _find(design: str) -> Path:
    """The file of a design given by path or by the name of a shipped one."""
    path = Path(design)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    known(design, shipped(), "design (neither a file nor a shipped one)")
    return shipped()[design]


def _load(design: str, scope: str | None) -> Design:
    loaded: Design = guarded(load_design, _find(design), known_properties=PROPERTIES)
    if scope is None:
        return loaded
    return guarded(loaded.with_scope, **guarded(parse_scope_option, scope))


if __name__ == "__main__":
    main()
