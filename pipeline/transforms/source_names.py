"""Masks personal data in the names of input files, before the names appear in records, logs and reports.

Takes discovered items and the kinds of personal data to mask; returns the items with masked URIs and masked names of
the files in trees. Used where shards are planned, and by `build` for the recipe in the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.clean.personal_data import mask_name
from pipeline.documents.discovery import unused_uri
from pipeline.documents.items import SourceItem, TreeMember
from pipeline.documents.names import path_digest


def mask_items(items: Sequence[SourceItem], kinds: Sequence[str]) -> list[SourceItem]:
    """Return the items with personal data in their names masked.

    A name that changes ends with `~` and 8 hex digits of the hash of the file's path, so that names stay different.
    """
    taken: set[str] = set()
    masked = []
    for item in items:
        uri = unused_uri(_masked(item.uri, item.key, kinds), item.key, taken)
        taken.add(uri)
        members = tuple(
            replace(member, shown=shown) if shown != member.shown else member
            for member, shown in zip(item.members, _shown(item.members, kinds), strict=True)
        )
        masked.append(replace(item, uri=uri, members=members))
    return masked


def mask_recipe(recipe: Mapping[str, Any], kinds: Sequence[str]) -> dict[str, Any]:  # Any: a recipe's JSON
    """Return a recipe's values with personal data masked in the paths of inputs and evaluation sets, as in URIs."""
    inputs = [{**source, "path": _masked(source["path"], source["path"], kinds)} for source in recipe["inputs"]]
    against = [_masked(path, path, kinds) for path in recipe["decontamination"]["against"]]
    return {**recipe, "inputs": inputs, "decontamination": {**recipe["decontamination"], "against": against}}


def _masked(name: str, path: str, kinds: Sequence[str]) -> str:
    masked = mask_name(name, kinds)
    return name if masked == name else f"{masked}~{path_digest(path)}"


def _shown(members: Sequence[TreeMember], kinds: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    found = []
    for member in members:
        shown = unused_uri(_masked(member.shown, member.path, kinds), member.path, taken)
        taken.add(shown)
        found.append(shown)
    return found
