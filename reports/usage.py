"""How commands behave whatever they do: one-line errors, exit codes, progress, kinds of value."""

from __future__ import annotations

import difflib
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

from unsay.engines.checkpoint import CheckpointError
from unsay.engines.proof.index import CertificateError
from unsay.engines.run import ReplayError
from unsay.engines.verdict import EXIT_OK, EXIT_UNKNOWN, EXIT_USAGE
from unsay.model.design import DesignError
from unsay.traces import TraceError

err = Console(stderr=True, highlight=False)

T = TypeVar("T")


_NO_ARGUMENTS: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""What newer versions of click raise for a bare ``unsay``; older ones print the help and leave."""


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
            if isinstance(error, _NO_ARGUMENTS):
                error.show()  # the help itself, as it stands
                sys.exit(EXIT_USAGE)
            where = f" {error.ctx.info_name}" if error.ctx and error.ctx.parent else ""
            # Click lists the choices of a missing option over several lines.
            message = " ".join(error.format_message().split())
            Fail(f"{message} See: unsay{where} --help").show()
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


def named(ctx: click.Context, param: click.Parameter, value: str | None) -> Path | None:
    """A path that was given; an empty one would silently mean this folder."""
    if value == "":
        raise click.BadParameter("expected a path, found an empty one.", ctx, param)
    return None if value is None else Path(value)


def guarded(action: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """``action``'s result; the errors that a user can cause become one line each."""
    try:
        return action(*arguments, **options)
    except DesignError as error:
        raise Fail(str(error)) from None
    except (CertificateError, CheckpointError, TraceError) as error:
        raise Fail(str(error)) from None
    except ReplayError as error:
        raise Defect(str(error)) from None


def known(name: str, names: Any, noun: str) -> None:
    """Refuse a name that is none of ``names``, with the nearest."""
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        raise Fail(f'unknown {noun} "{name}"; {hint}allowed: {", ".join(names)}')


def say_interrupted() -> None:
    """Tell a person who stopped the work what is printed nevertheless."""
    err.print("unsay: interrupted; verdicts tell what was known by then")


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """A status line while a person is watching; nothing otherwise."""
    if not err.is_terminal:
        yield lambda line: None
        return
    with Status(title, console=err) as status:
        yield lambda line: status.update(f"{title}: {line}")
