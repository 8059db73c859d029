"""`pipeline schemas export` and `pipeline schemas check`: writes the JSON Schemas, or compares them with the code."""

from __future__ import annotations

from pathlib import Path

from pipeline.config.schemas import generate_schemas
from pipeline.errors import InputError


def export_schemas(folder: str) -> None:
    """Write every schema. Files that are no longer generated are not removed.

    Raises:
        InputError: the folder cannot be written.
    """
    target, schemas = Path(folder), generate_schemas()
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in schemas.items():
            (target / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"Cannot write {folder}: {error.strerror}.", remedy="Choose a different folder.") from error
    print(f"{len(schemas)} schemas written to {folder}")


def check_schemas(folder: str) -> None:
    """Compare the schema files with the schemas that the code generates.

    Raises:
        InputError: a file is missing or differs.
    """
    schemas = generate_schemas()
    stale = [name for name, text in schemas.items() if _read(Path(folder) / name) != text]
    if stale:
        raise InputError(
            f"Out of date in {folder}: {', '.join(stale)}.", remedy=f"Run: pipeline schemas export {folder}"
        )
    print(f"{len(schemas)} schemas are up to date")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
