"""The program that Dataflow's launcher runs for a Flex Template (`FLEX_TEMPLATE_PYTHON_PY_FILE`).

Starts the job that runs a build, and ends. Dataflow's launcher gives parameters and Beam options as `--name=value`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from pipeline.driver_job import run_driver_job
from pipeline.errors import PipelineError


def main(arguments: Sequence[str]) -> int:
    """Start the job and return the exit code; print what is wrong if it cannot start."""
    try:
        run_driver_job(arguments)
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("pipeline").setLevel(logging.INFO)
    sys.exit(main(sys.argv[1:]))
