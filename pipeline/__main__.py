"""Entry point of the command `pipeline` and of `python -m pipeline`."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading

from pipeline.interrupt import interrupts_end_at_once
from pipeline.processes import end_descendants

_INTERRUPTED = (128 + signal.SIGINT, 128 + signal.SIGTERM)
_SECONDS_TO_END = 8.0
"""For the exit handlers of an interrupted command, such as that of vLLM's engine, which asks its processes to end."""


def main() -> None:
    """Run the command line and exit with its code.

    The process ends without the destructors of C++ libraries. One in about eight runs was aborted by them (exit code
    134, "terminate called without an active exception") after all was written: Arrow, gRPC and Beam's extensions in one
    process do not agree who joins which thread. Python's own exit handlers have run by then.
    """
    interrupts_end_at_once()
    from pipeline.cli.app import run  # half a second, in which an interrupt is to leave no traceback

    code = run(sys.argv[1:])
    if code in _INTERRUPTED:
        _end_within_seconds(code)
    atexit._run_exitfuncs()
    if code in _INTERRUPTED:
        end_descendants()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_within_seconds(code: int) -> None:
    def end() -> None:
        end_descendants()
        os._exit(code)

    timer = threading.Timer(_SECONDS_TO_END, end)
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
