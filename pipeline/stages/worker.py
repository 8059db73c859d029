"""The worker process of a build, which runs Beam's own worker.

Started by `stages.job` for `--direct_running_mode=multi_processing`, with Beam's environment variables. It differs from
Beam's worker in three ways: it ignores Ctrl-C, which a terminal sends to all processes of a group; it ends within a
fraction of a second after the build has ended, even if the build was killed; and it prints only this project's log
messages.
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
    """Return the shell command that starts a worker in the shell's own process."""
    # The shell ignores Ctrl-C from the start; Python could ignore it only after some time.
    return f"trap '' INT; exec {shlex.quote(sys.executable)} -m {MODULE}"


class _OfThisProject(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to print the record."""
        return record.name.partition(".")[0] == "pipeline"


def main() -> None:
    """Run Beam's worker for one build."""
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
