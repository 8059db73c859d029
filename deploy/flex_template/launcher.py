"""The program that Dataflow's launcher runs for a Flex Template (`FLEX_TEMPLATE_PYTHON_PY_FILE`).

Starts the job that runs a build, and ends. Dataflow's launcher gives parameters and Beam options as `--name=value`.
"""

from __future__ import annotations

import logging
import sys

from pipeline.driver_job import run_driver_job
from pipeline.errors import PipelineError


def main() -> None:
    """Start the job; print what is wrong and end with the error's exit code if it cannot start."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("pipeline").setLevel(logging.INFO)
    try:
        run_driver_job(sys.argv[1:])
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
