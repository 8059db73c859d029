"""Entry point of the command `pipeline` and of `python -m pipeline`."""

from __future__ import annotations

import atexit
import logging
import os
import sys

from pipeline.cli.app import run


def main() -> None:
    """Run the command line and exit with its code.

    The process ends without the destructors of C++ libraries. One in about eight runs was aborted by them (exit code
    134, "terminate called without an active exception") after all was written: Arrow, gRPC and Beam's extensions in one
    process do not agree who joins which thread. Python's own exit handlers have run by then.
    """
    code = run(sys.argv[1:])
    atexit._run_exitfuncs()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
