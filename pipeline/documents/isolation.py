"""Converts a file in a process of its own, so that a parser that hangs, crashes or eats memory costs one file.

In: the name of a reader, the bytes of a file and the recipe's options. Out: what the reader's `convert` returns or
raises. Used by `whole` for readers with `is_isolated`. Each process that reads has one parser process, started at the
first file and started again after a failure. It does not inherit open files and stops when its parent does.

Cost: 0.4 s for the start, and about 1 ms plus 2 ms per megabyte for each file.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, Any

from pipeline.documents.parser_messages import ParserRequest, decode_answer, encode_request
from pipeline.documents.readers.reader import Converted, ParserError, ReadLimits, ReadOptions, RefusedFileError

_FILES_PER_PROCESS = 500
"""A parser process is replaced after this many files, because parsers leak memory."""
_SIZE = struct.Struct(">Q")
_CHUNK = 1 << 16
_MAX_LOG_CHARS = 300
_MAX_ANSWER_BYTES = 1 << 30


def convert_isolated(reader_name: str, data: bytes, options: ReadOptions, limits: ReadLimits) -> Converted:
    """Return a file's text, converted by a reader in another process.

    Raises:
        RefusedFileError: the reader refuses the file.
        ParserError: the reader failed, or exceeded the limit of time or memory.
    """
    return _PARSER.convert(reader_name, data, options, limits)


class _Parser:
    """The parser process of this process. Threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._limit_bytes = 0
        self._num_files = 0
        self._log: IO[bytes] | None = None

    def convert(self, reader_name: str, data: bytes, options: ReadOptions, limits: ReadLimits) -> Converted:
        include = tuple(sorted(options.include))
        request = ParserRequest(reader_name, include, options.tracked_changes, limits.max_parser_seconds)
        with self._lock:
            process = self._running(limits.max_parser_bytes)
            self._num_files += 1
            deadline = time.monotonic() + limits.max_parser_seconds
            try:
                _send(process, encode_request(request, data), deadline)
                answer = decode_answer(_receive(process, deadline))
            except TimeoutError:
                self.stop()
                raise ParserError(
                    f"The parser took longer than max_parser_seconds = {limits.max_parser_seconds}."
                ) from None
            except (OSError, EOFError):
                raise ParserError(self._ending(process)) from None
            except (ValueError, RecursionError):
                self.stop()
                raise ParserError("The parser returned a message that is not an answer.") from None
        if answer.refused:
            reason, detail = answer.refused
            raise RefusedFileError(reason, detail)
        if answer.converted is None:
            raise ParserError(answer.failure)
        return answer.converted

    def stop(self) -> None:
        """Kill the process and the programs that it runs, if this process started it."""
        if self._process is not None and self._owner == os.getpid():
            # The process leads a session, so its group holds its children.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            for stream in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()
            self._process.wait()
        self._process = None

    def _running(self, limit_bytes: int) -> subprocess.Popen[bytes]:
        is_ours = self._owner == os.getpid() and self._limit_bytes == limit_bytes
        if self._process is not None and is_ours and self._num_files < _FILES_PER_PROCESS:
            return self._process
        self.stop()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        command = [sys.executable, "-m", "pipeline.documents.parser_process", str(limit_bytes)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, start_new_session=True
        )
        self._owner, self._limit_bytes, self._num_files = os.getpid(), limit_bytes, 0
        return self._process

    def _ending(self, process: subprocess.Popen[bytes]) -> str:
        """Stop the process and return why it ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
        code = process.returncode
        said = ""
        if self._log is not None:
            self._log.seek(0)
            lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
            said = f": {lines[-1][-_MAX_LOG_CHARS:]}" if lines and "Error" in lines[-1] else ""
        self.stop()
        if code is not None and code < 0:
            return f"The parser crashed with {signal.Signals(-code).name}."
        return f"The parser process ended with exit code {code}{said}."


_PARSER = _Parser()
atexit.register(_PARSER.stop)


def _send(process: subprocess.Popen[bytes], message: bytes, deadline: float) -> None:
    assert process.stdin is not None
    descriptor = process.stdin.fileno()
    os.set_blocking(descriptor, False)
    view = memoryview(_SIZE.pack(len(message)) + message)
    while view:
        _wait(descriptor, deadline, writes=True)
        with contextlib.suppress(BlockingIOError):
            view = view[os.write(descriptor, view[: _CHUNK * 16]) :]


def _receive(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    (size,) = _SIZE.unpack(_read(descriptor, _SIZE.size, deadline))
    if size > _MAX_ANSWER_BYTES:
        raise ValueError(f"an answer of {size} bytes")
    return _read(descriptor, size, deadline)


def _read(descriptor: int, size: int, deadline: float) -> bytes:
    pieces, left = [], size
    while left:
        _wait(descriptor, deadline, writes=False)
        piece = os.read(descriptor, min(left, _CHUNK * 16))
        if not piece:
            raise EOFError
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _wait(descriptor: int, deadline: float, *, writes: bool) -> None:
    watched: tuple[Any, Any, Any] = ([], [descriptor], []) if writes else ([descriptor], [], [])
    left = deadline - time.monotonic()
    if left <= 0 or not any(select.select(*watched, left)):
        raise TimeoutError
