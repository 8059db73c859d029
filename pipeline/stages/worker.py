"""A worker process of a build: Beam's own, one that ends with its build and leaves the terminal to it.

In: Beam's environment variables. Out: what Beam's worker does. Started by `stages.job` for
`--direct_running_mode=multi_processing`. It does not answer Ctrl-C, which a terminal sends to the whole group of
processes; it ends within a fraction of a second of the build's end, even where that was killed; it prints what the
project logs and none of Beam's log.
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
    """The shell command that starts a worker; the shell becomes the worker."""
    # Python takes until after its start to ignore a signal, the shell does not.
    return f"trap '' INT; exec {shlex.quote(sys.executable)} -m {MODULE}"


class _OfThisProject(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to print it."""
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
