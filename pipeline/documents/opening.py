"""Opens a source file. A local file is opened by its exact name, and only if it is a regular file.

In: the path of a `SourceItem`. Out: a binary stream. Used by planning and reading. Local paths bypass fsspec, which
would interpret `::`, a leading `~` and `file:` in a name.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from pipeline.io import files


@contextmanager
def open_source(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading. A path that starts with a slash is local; any other is an fsspec URL.

    Raises:
        OSError: The file is missing, unreadable, or no longer a regular file.
    """
    if not path.startswith("/"):
        with files.open_binary(path) as file:
            yield file
        return
    # O_NONBLOCK: without it, opening a FIFO that replaced the file would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file anymore", path)
        yield file
