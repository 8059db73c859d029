"""What the checks on a GPU run with: versions beside the project's pins, missing packages, what an older torch lacks.

A machine with a GPU often has its own torch and cannot install another one. So nothing here stops at a version: each
difference from the pins is named in the results. Importing this module needs only the standard library.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).parent.parent / "pyproject.toml"
_EXTRAS = ("train", "qlora", "bench")
NEEDED = (
    "torch",
    "transformers",
    "peft",
    "numpy",
    "pydantic",
    "pyyaml",
    "safetensors",
    "tokenizers",
    "pyarrow",
    "fsspec",
    "accelerate",
    "jinja2",
    "rich",
)
"""Distributions without which no part runs."""
OPTIONAL = ("bitsandbytes", "trl", "datasets", "gguf", "tree-sitter", "matplotlib", "scipy")
"""Distributions of single parts."""
_MODULES = {"pyyaml": "yaml"}
"""Where the module is not named after the distribution."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that the checks use."""

    name: str
    pinned: str
    """The project's range; empty if the project leaves it open."""
    installed: str
    """Its version; empty if it is missing."""

    @property
    def differs(self) -> bool:
        """Whether an installed version lies outside the project's range."""
        return bool(self.installed and self.pinned) and not _within(self.installed, self.pinned)


def packages(names: Sequence[str]) -> list[Package]:
    """Return the state of packages, in the given order."""
    pinned = _pins()
    return [Package(name, pinned.get(name, ""), _installed(name)) for name in names]


def missing_words(names: Sequence[str]) -> str:
    """Return what to install for packages that are missing; an empty string if none is."""
    missing = [package for package in packages(names) if not package.installed]
    if not missing:
        return ""
    wanted = " ".join(f"'{package.name}{package.pinned}'" for package in missing)
    return f"Missing: {', '.join(package.name for package in missing)}. Install with: pip install {wanted}"


def package_lines(names: Sequence[str]) -> list[str]:
    """Return a table of versions and pins."""
    lines = ["| package | here | the project's pin | |", "| --- | --- | --- | --- |"]
    for package in packages(names):
        state = "missing" if not package.installed else "pin overridden" if package.differs else ""
        lines.append(f"| {package.name} | {package.installed or '–'} | {package.pinned or 'any'} | {state} |")
    return lines


def adapt_older_torch() -> str:
    """Let the product call the kernel of a torch before 2.13, which takes grouped heads without being told.

    torch 2.13 refuses fewer key heads than query heads unless `enable_gqa` is given. Before, `varlen_attn` neither has
    the argument nor refuses; the kernel below it has always shared keys among the query heads of a group. Whether it
    does so correctly is measured by the part `leaks`, against eager attention in float32.

    Returns:
        What was adapted, in words; an empty string if nothing.
    """
    try:
        from torch.nn.attention import varlen
    except ImportError:
        return "torch.nn.attention.varlen is missing: the variable-length kernel cannot run."
    kernel = varlen.varlen_attn
    parameters = inspect.signature(kernel).parameters
    if "enable_gqa" in parameters or getattr(kernel, "takes_groups_untold", False):
        return ""
    if "window_size" not in parameters:
        return "torch's varlen_attn has no window_size: the variable-length kernel cannot run."

    def grouped(*arguments: Any, enable_gqa: bool = False, **options: Any) -> Any:  # Any: torch's own signature
        return kernel(*arguments, **options)

    grouped.takes_groups_untold = True  # type: ignore[attr-defined]
    varlen.varlen_attn = grouped
    return "torch's varlen_attn has no enable_gqa: grouped heads are passed to it as they are."


def _pins() -> Mapping[str, str]:
    project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in _EXTRAS for one in project["optional-dependencies"][extra])]
    split = (re.match(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?\s*([^;]*)", one) for one in wanted)
    return {found[1].lower(): found[2].strip() for found in split if found}


def _installed(name: str) -> str:
    if find_spec(_MODULES.get(name, name.replace("-", "_"))) is None:
        return ""
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown version"


def _within(installed: str, pinned: str) -> bool:
    """Return whether a version lies in a range such as `>=2.13,<2.14`; suffixes such as `+cu130` do not count."""
    return all(_holds(_numbers(installed), condition) for condition in pinned.split(","))


def _holds(installed: tuple[int, ...], condition: str) -> bool:
    found = re.fullmatch(r"\s*(>=|<=|==|<|>)\s*([0-9][0-9.]*).*", condition)
    if not found:
        return True
    bound = _numbers(found[2])
    length = max(len(installed), len(bound))
    left, right = (numbers + (0,) * (length - len(numbers)) for numbers in (installed, bound))
    return {">=": left >= right, "<=": left <= right, "==": left == right, "<": left < right, ">": left > right}[
        found[1]
    ]


def _numbers(text: str) -> tuple[int, ...]:
    leading = re.match(r"[0-9]+(\.[0-9]+)*", text)
    return tuple(int(number) for number in leading[0].split(".")) if leading else ()
