"""The command line: check, prove, recheck, draw, replay, show, export, list, new, bench, schema.

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
from unsay.designs.catalogue import shipped
from unsay.engines.budget import Budget, peak_mib, since_start
from unsay.engines.check import ENGINES, Options, properties_of
from unsay.engines.checkpoint import Kept, identity, open_checkpoint
from unsay.engines.proof.cache import Cache, default_folder
from unsay.engines.protocol import Task, ask
from unsay.engines.verdict import Outcome, exit_code
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
from unsay.reports import checking, proving
from unsay.reports.lists import LISTS, listed
from unsay.reports.show import shown
from unsay.reports.texts import subject_of, write_texts
from unsay.reports.usage import Commands, Fail, Seconds, err, guarded, known, named, progress
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
@click.option(
    "--no-reductions", is_flag=True, help="Visit also what is known to change nothing; slower.",
)  # fmt: skip
@click.option(
    "--no-proof", is_flag=True, envvar="UNSAY_NO_PROOF", show_envvar=True,
    help="Do not look for proofs for any size where nothing is broken.",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither use proofs found before nor keep these.")
@click.option(
    "--checkpoint", type=click.Path(file_okay=False), callback=named,
    help="Keep the run here; started again with the same folder, it goes on where it was.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print verdicts as JSON.")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False), callback=named,
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
    options = Options(
        engine=engine,
        seconds=time_limit,
        memory_mib=memory_limit,
        seed=seed,
        depth=depth,
        reductions=not no_reductions,
        prove=not no_proof,
        cache=_cache(no_cache),
    )
    wishes = checking.Wishes(options, names, checkpoint, as_json, folder)
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
@click.option(
    "--property", "-p", "names", multiple=True,
    help="Only this property (repeatable). The history that it does not need is left out.",
)  # fmt: skip
@click.option("--scope", help="Another scope, as messages=2,commands=recall+resend.")
@click.option(
    "--depth", type=click.IntRange(min=1, max=200), default=12, show_default=True,
    help="Steps that smtlib looks ahead.",
)  # fmt: skip
@click.option(
    "--out", "-o", "target", type=click.Path(dir_okay=False), callback=named,
    help="File to write, instead of standard output.",
)  # fmt: skip
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
    options = [*(f" -p {n}" for n in names), *([f" --scope {scope}"] if scope else [])]
    options += [f" --depth {depth}"] if format_name == "smtlib" else []
    command = f"unsay export {design} --format {format_name}{''.join(options)}"
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


@main.command(name="list")
@click.argument("what", type=click.Choice(LISTS))
def list_command(what: str) -> None:
    """List what Unsay knows."""
    out.print(listed(what, shipped()))


@main.command()
@click.argument("design")
@click.option("--property", "-p", "names", multiple=True, help="Only this property (repeatable).")
@click.option(
    "--certificate", "folder", type=click.Path(file_okay=False), callback=named,
    help="Write every question and the answer to expect here, for any SMT solver.",
)  # fmt: skip
@click.option(
    "--timeout", type=Seconds(min=0, min_open=True), default=300.0, show_default=True,
    help="Seconds for the whole design.",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither use proofs found before nor keep these.")
@click.option("--lemmas", "-v", is_flag=True, help="Print the lemmas.")
@click.option(
    "--out", "drawn", type=click.Path(file_okay=False), callback=named,
    help="Draw here (.svg, .png) what breaks a claim that is not proved; it may be unreachable.",
)  # fmt: skip
def prove(
    design: str,
    names: tuple[str, ...],
    folder: Path | None,
    timeout: float,
    no_cache: bool,
    lemmas: bool,
    drawn: Path | None,
) -> None:
    """Prove properties for any number of nodes, devices, messages and recalls.

    A DESIGN is a file, or the name of a shipped design (see: unsay list designs).
    """
    for name in names:
        known(name, PROPERTIES, "property")
    wishes = proving.Wishes(folder, timeout, _cache(no_cache), lemmas, drawn, _find(design).stem)
    sys.exit(proving.prove(out, _load(design, None), names, wishes))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--timeout", type=Seconds(min=0, min_open=True), default=20.0, show_default=True,
    help="Seconds for each file.",
)  # fmt: skip
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
@click.option(
    "--time-limit", type=Seconds(min=0, min_open=True), default=600.0, show_default=True,
)  # fmt: skip
@click.option("--memory-limit", type=click.IntRange(min=64), default=4096, show_default=True)
@click.option("--no-reductions", is_flag=True, help="Visit also what is known to change nothing.")
@click.option(
    "--export", "format_name", type=click.Choice(list(FORMATS)),
    help="Count nothing: write the protocol as text for another checker (see: unsay export -h).",
)  # fmt: skip
@click.option(
    "--out", "-o", "target", type=click.Path(dir_okay=False), callback=named,
    help="With --export: file to write, instead of standard output.",
)  # fmt: skip
@click.option(
    "--checkpoint", "folder", type=click.Path(file_okay=False), callback=named,
    help="Keep the run here; started again with the same folder, it goes on where it was.",
)  # fmt: skip
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
    # Slices would decide, but not count.
    reductions = not no_reductions and engine != "exhaustive"
    kept = None
    if folder is not None:
        about = [(machine.name, machine, BENCH_PROPERTIES)]
        run = identity(about, engine=engine, reductions=reductions)
        kept = Kept(guarded(open_checkpoint, folder, run))
    with progress(machine.name) as report:
        budget = Budget(time_limit, memory_limit)
        task = Task(machine, BENCH_PROPERTIES, budget, report, reductions=reductions, kept=kept)
        verdicts = list(guarded(ask, ENGINES[engine], task).values())
    if kept is not None and kept.checkpoint.resumed:
        err.print(f"unsay: resumed from {folder}", soft_wrap=True)
    for v in verdicts:
        if v.outcome is not Outcome.HOLDS:
            err.print(f"unsay: {v.property}: {v.outcome.value} {v.reason}", soft_wrap=True)
    if verdicts[0].states is not None and all(v.complete for v in verdicts):
        figures = f"seconds={since_start():.2f} memory_mib={peak_mib():.0f}"
        click.echo(f"states={verdicts[0].states} {figures}")
    sys.exit(exit_code(verdicts))


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
