"""Budgets: how long an engine may run and how much memory it may hold."""

from __future__ import annotations

import gc
import math
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_MIB = 1024 * 1024
_PROCESS = psutil.Process()
_STARTTIME = 22
"""The field of /proc/PID/stat (man 5 proc); the two before the name's end are not in the rest."""

_LATELY_SECONDS = 0.005
_latest = [-math.inf, 0.0]
"""When resident memory was looked at last, and what it was, in MiB."""


class BudgetError(Exception):
    """A limit is used up; the message says which."""


@dataclass(frozen=True)
class Budget:
    """Limits on one check, counted from the moment the budget is made.

    Attributes:
        seconds: Wall-clock limit, or None.
        memory_mib: Limit on this process's resident memory in MiB, or None.
    """

    seconds: float | None = None
    memory_mib: int | None = None
    _start: float = field(default_factory=time.monotonic)

    def elapsed(self) -> float:
        """Seconds since the budget was made."""
        return time.monotonic() - self._start

    def remaining(self) -> float | None:
        """Seconds left, or None where there is no limit; never negative."""
        return None if self.seconds is None else max(0.0, self.seconds - self.elapsed())

    def exceeded(self) -> str:
        """Which limit is used up, in words; empty while none is."""
        if self.seconds is not None and self.elapsed() > self.seconds:
            return f"its share of the time limit, {rounded(self.seconds)} s, ran out"
        if self.memory_mib is not None and _lately_mib() > self.memory_mib:
            # What an earlier check left in cycles is only freed when somebody looks for it.
            gc.collect()
            if memory_mib() > self.memory_mib:
                return f"out of memory at {self.memory_mib} MiB"
        return ""

    def check(self) -> None:
        """Goes between two pieces of work that cannot be stopped half-way.

        Raises:
            BudgetError: a limit is used up.
        """
        if why := self.exceeded():
            raise BudgetError(why)

    def part(self, share: float, seconds_max: float | None = None) -> Budget:
        """A budget of a share of the time that is left, at most so long, and the same memory."""
        limits = [] if seconds_max is None else [seconds_max]
        left = self.remaining()
        if left is not None:
            limits.append(left * share)
        return Budget(min(limits, default=None), self.memory_mib)


def rounded(seconds: float) -> str:
    """Whole seconds, or two digits of a small number: never a "0" that is not nought."""
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.2g}"


def since_start() -> float:
    """Seconds since this process was started."""
    if sys.platform == "linux":
        # psutil's moment hangs on the time of boot, which the kernel tells in whole seconds.
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        started = int(fields[_STARTTIME - 3]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    return time.time() - _PROCESS.create_time()


def peak_mib() -> float:
    """The most memory that this process has held so far, in MiB; where unknown, what it holds."""
    if sys.platform == "win32":
        return float(_PROCESS.memory_info().peak_wset) / _MIB
    import resource

    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak / _MIB if sys.platform == "darwin" else peak / 1024


def memory_mib() -> float:
    """Resident memory of this process, in MiB."""
    return float(_PROCESS.memory_info().rss) / _MIB


def _lately_mib() -> float:
    """The same some milliseconds ago: to ask costs as much as many a piece of work does."""
    now = time.monotonic()
    if now - _latest[0] > _LATELY_SECONDS:
        _latest[:] = now, memory_mib()
    return _latest[1]
