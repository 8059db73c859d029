"""Ids, fingerprints and random numbers that depend only on content, never on the time, host or worker.

Used throughout the project. The same inputs and seed produce the same values on any machine.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ID_HEX_DIGITS = 16
"""64 bits. The probability that any two of 1e9 documents have the same id is 2.7%; for 1e7 documents it is 3e-6."""

DISTRIBUTION = "longdoc-pipeline"


def content_id(*parts: str | int) -> str:
    """Return a BLAKE2b hash of ordered parts as 16 hex digits. Lengths are hashed too, so ('ab','c') ≠ ('a','bc')."""
    return _digest(parts).hexdigest()[:ID_HEX_DIGITS]


def stable_hash64(*parts: str | int) -> int:
    """Return an unsigned 64-bit hash of ordered parts."""
    return int.from_bytes(_digest(parts).digest()[:8], "little")


def unit_interval(*parts: str | int) -> float:
    """Return a number in [0, 1) that depends only on the parts. Used for splits, sampling and retry delays."""
    return (stable_hash64(*parts) >> 11) / float(1 << 53)


def seeded_random(*parts: str | int) -> random.Random:
    """Return a generator seeded by the parts, usually the recipe's seed and a content id."""
    return random.Random(stable_hash64(*parts))


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 hash of the data as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def fingerprint(value: object) -> str:
    """Return a hash of a JSON-like value, pydantic model or dataclass as 32 hex digits. Key order does not matter.

    Raises:
        TypeError: the value, or a value in it, is none of these.
    """
    return hashlib.blake2b(_canonical(value).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def distribution_version() -> str:
    """Return the installed version of this project; `0+unknown` if the project is not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0+unknown"


def code_version(package_names: Sequence[str]) -> str:
    """Return a fingerprint of the source files of packages or modules in `pipeline`, such as `("records", "dedup")`.

    Outputs must be made again when code, word lists or templates change. The fingerprint changes with them, so no
    version number has to be maintained by hand.

    Raises:
        FileNotFoundError: a name is neither a package nor a module of `pipeline`.
    """
    root = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(package_names):
        path = root / name
        files = _source_files(path) if path.is_dir() else [path.with_suffix(".py")]
        for file in files:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _source_files(folder: Path) -> list[Path]:
    # Word lists and templates affect results as much as code does.
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _digest(parts: Sequence[str | int]) -> hashlib.blake2b:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")  # a teacher's reply may contain a lone surrogate
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_jsonable)


def _jsonable(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    raise TypeError(f"cannot fingerprint a {type(value).__name__}: {value!r}")
