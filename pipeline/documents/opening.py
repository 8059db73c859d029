"""Opens a source file: a local one by its exact name, whatever bytes that is made of, and only if it is a regular file.

In: the path of a `SourceItem`. Out: a binary stream. Used by planning and reading. fsspec reads `::`, a leading `~` and
`file:` in a name as its own language, so local paths do not go through it.
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
    """Open for reading; a path that starts with a slash is local, any other an fsspec URL.

    Raises:
        OSError: it is not there, may not be read, or has become something else than a file since it was listed.
    """
    if not path.startswith("/"):
        with files.open_binary(path) as file:
            yield file
        return
    # O_NONBLOCK: opening a FIFO that took the file's place would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file any more", path)
        yield file
