"""The worker process of a build, which runs Beam's own worker for one job after another.

Started by `stages.worker_pool` for `--direct_running_mode=multi_processing`. It reads a request for each job from its
standard input, one line of JSON with the variables that Beam's worker expects in its environment, and writes a line to
the given file descriptor when it has finished the job. So it imports Beam, the stages and the tokenizer only once. It
ends when its standard input ends.

It differs from Beam's worker in three more ways: it ignores Ctrl-C, which a terminal sends to all processes of a group;
it ends within a fraction of a second after the build has ended, even if the build was killed; and it prints only this
project's log messages.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from typing import TextIO

from pipeline.processes import end_with_parent

MODULE = "pipeline.stages.worker"
JOB_ENDED = "job ended\n"
"""What a worker writes when it has finished a job and waits for the next."""


def worker_command(replies: int) -> list[str]:
    """Return the command that starts a worker, in the process of a shell.

    Args:
        replies: a file descriptor that the worker inherits; it writes `JOB_ENDED` there after each job.
    """
    # The shell ignores Ctrl-C from the start; Python could ignore it only after some time.
    return ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-m", MODULE, str(replies)]


class _OfThisProject(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to print the record."""
        return record.name.partition(".")[0] == "pipeline"


def main() -> None:
    """Run Beam's worker for every job of a build."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    requests, replies = _take_requests(), os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    os.set_inheritable(replies.fileno(), False)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(_OfThisProject())
        handler.setLevel(os.environ.get("LONGDOC_LOG", "WARNING").upper())
    from apache_beam.runners.worker.sdk_worker_main import create_harness

    for request in requests:
        _, harness, _ = create_harness(json.loads(request))
        harness.run()
        replies.write(JOB_ENDED)
        replies.flush()


def _take_requests() -> TextIO:
    """Return the requests on standard input, which then is empty for this process and for those that it starts."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")  # a duplicate is not inherited
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return requests


if __name__ == "__main__":
    main()
