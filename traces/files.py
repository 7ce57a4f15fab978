"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets

from unsay.model.design.errors import printable
from unsay.traces.errors import TraceError


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Put ``content`` at ``path`` so that a reader finds the old file or the new one, whole.

    Text is written as UTF-8 with ``\\n`` line ends on every system, so that the same run gives
    the same bytes. A symbolic link is followed, not replaced.

    Raises:
        TraceError: the file cannot be written; then there is no new file, and no temporary one.
    """
    name = os.fspath(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        target = os.path.realpath(name)
        if os.path.exists(target) and not os.path.isfile(target):
            what = "is a directory" if os.path.isdir(target) else "is not a regular file"
            raise TraceError(f"{printable(name)}: {what}")
        _write_beside(target, data)
    except OSError as error:
        reason = printable(error.strerror or type(error).__name__)
        raise TraceError(f"{printable(name)}: cannot be written: {reason}") from None
    except ValueError:
        raise TraceError(f"{printable(name)}: cannot be the name of a file") from None


def _write_beside(target: str, data: bytes) -> None:
    """Write a temporary file in the target's own directory, then rename it onto the target.

    Only within one directory (one file system) is a rename atomic. The file is opened by hand
    and not by ``tempfile``, whose files nobody but their owner may read.
    """
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".unsay-{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
