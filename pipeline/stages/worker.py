"""A worker process of a build: Beam's own worker, but it ends with its build and leaves the terminal to the build.

In: Beam's environment variables. Out: what Beam's worker does. Started by `stages.job` for
`--direct_running_mode=multi_processing`. It ignores Ctrl-C, which a terminal sends to the whole process group. It ends
within a fraction of a second of the build's end, even if the build was killed. It prints the project's log messages and
none of Beam's.
"""

from __future__ import annotations

import logging
import os
import shlex
import signal
import sys

from pipeline.processes import end_with_parent

MODULE = "pipeline.stages.worker"


def worker_command() -> str:
    """Return the shell command that starts a worker; the shell becomes the worker."""
    # Python ignores a signal only some time after its start; the shell ignores it at once.
    return f"trap '' INT; exec {shlex.quote(sys.executable)} -m {MODULE}"


class _OfThisProject(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to print the record."""
        return record.name.partition(".")[0] == "pipeline"


def main() -> None:
    """Serve one build."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(_OfThisProject())
        handler.setLevel(os.environ.get("LONGDOC_LOG", "WARNING").upper())
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
