"""Which stage of a build a file belongs to, by its name in the build folder."""

from __future__ import annotations

STAGES = ("ingest", "decontaminate", "dedup", "pack", "files", "synthesize", "export", "packing", "report")
"""In the order of a build; `files` is the table of the input files, `packing` the plan of packs, `report` the page."""
MANIFEST = "manifest"
"""Written at the start and when each stage is committed, so it is a place of its own."""

_BY_FOLDER = {
    "work/documents": "ingest",
    "work/sources": "ingest",
    "work/survey": "ingest",
    "work/boilerplate": "ingest",
    "work/files": "ingest",
    "work/evaluation": "decontaminate",
    "work/matches": "decontaminate",
    "work/decontaminated": "decontaminate",
    "decontamination": "decontaminate",
    "work/signatures": "dedup",
    "work/clusters": "dedup",
    "work/cut": "pack",
    "work/tokens": "pack",
    "work/placement": "pack",
    "corpus": "pack",
    "files": "files",
    "work/candidates": "synthesize",
    "work/asked": "synthesize",
    "cache": "synthesize",
    "work/selection": "export",
    "work/without_row": "export",
    "sft": "export",
    "tokens": "export",
    "exports": "export",
}
_BY_SHARDS = {
    "survey": "ingest",
    "count_lines": "ingest",
    "ingest": "ingest",
    "evaluation_index": "decontaminate",
    "match": "decontaminate",
    "common": "decontaminate",
    "decontaminate": "decontaminate",
    "dedup": "dedup",
    "cluster": "dedup",
    "clusters": "dedup",
    "sign": "dedup",
    "tokenize": "pack",
    "placement": "pack",
    "pack": "pack",
    "files": "files",
    "synthesize": "synthesize",
    "select": "export",
    "explain": "export",
    "selection": "export",
    "export": "export",
}


def stage_of(path: str) -> str | None:
    """Stage of a file, by its path relative to the build folder; None for what belongs to none, such as the lease."""
    parts = path.split("/")
    if parts[0].startswith("packs.parquet") or "packs" in parts[-1].split(".")[0]:
        return "packing"
    if parts[0].startswith(("manifest.json", "report.html")):
        return MANIFEST if parts[0].startswith("manifest") else "report"
    if parts[:2] == ["work", "shards"] and len(parts) > 3:
        return _BY_SHARDS.get(parts[2])
    if parts[0] in ("rejected", "dead") and len(parts) > 1:
        return _BY_SHARDS.get(parts[1].removeprefix("part-").rsplit("-", 1)[0])
    return _BY_FOLDER.get("/".join(parts[:2])) or _BY_FOLDER.get(parts[0])
