"""The process that converts files for `isolation`: it reads requests from its input and answers on its output.

Usage: `python -m pipeline.documents.parser_process LIMIT_BYTES`. The limit counts from the memory that the process uses
at its start. What a parser prints goes to the error stream. The process ends when its input does; an alarm ends a
parser that hangs after its parent was killed.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from typing import IO

from pipeline.documents.parser_messages import ParserAnswer, decode_request, encode_answer
from pipeline.documents.readers import readers
from pipeline.documents.readers.reader import RefusedFileError

_SIZE = struct.Struct(">Q")
_MAX_MESSAGE_CHARS = 300


def main(limit_bytes: int) -> None:
    """Answer requests until the input ends."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    found = readers()
    _limit_memory(limit_bytes)
    while head := requests.read(_SIZE.size):
        request, data = decode_request(_whole(requests, head))
        signal.alarm(2 * request.seconds)
        try:
            convert = found[request.reader].convert
            assert convert is not None, f"{request.reader} reads records"
            outcome = ParserAnswer(converted=convert(data, request.options))
        except RefusedFileError as refused:
            outcome = ParserAnswer(refused=(refused.reason, refused.message))
        except MemoryError:
            outcome = ParserAnswer(failure=f"The parser needs more memory than max_parser_bytes = {limit_bytes}.")
        except Exception as error:  # noqa: BLE001  # the declared boundary: a parser's failure costs one file
            outcome = ParserAnswer(failure=f"{type(error).__name__}: {str(error)[:_MAX_MESSAGE_CHARS]}")
        signal.alarm(0)
        answer = encode_answer(outcome)
        answers.write(_SIZE.pack(len(answer)) + answer)
        answers.flush()


def _whole(requests: IO[bytes], head: bytes) -> bytes:
    (size,) = _SIZE.unpack(head)
    return requests.read(size)


def _limit_memory(limit_bytes: int) -> None:
    """Limit the address space to the present size plus `limit_bytes`; on systems without that limit, do nothing."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  # a file of the kernel
            used = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + limit_bytes, used + limit_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return


if __name__ == "__main__":
    main(int(sys.argv[1]))
