"""The entry point of the command `pipeline` and of `python -m pipeline`."""

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
"""Time limit for the exit handlers of an interrupted command. vLLM's handler, for example, ends the engine's
processes."""


def main() -> None:
    """Run the command line and exit with its code.

    Python's own exit handlers run, but the destructors of C++ libraries do not. The destructors aborted about one run
    in eight (exit code 134, "terminate called without an active exception") after all output was written, because
    Arrow, gRPC and Beam's extensions disagree on who joins which thread.
    """
    interrupts_end_at_once()
    from pipeline.cli.app import run  # takes half a second, during which an interrupt must not print a traceback

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
