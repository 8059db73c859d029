"""Finds the licences of source files and source trees.

Takes texts; returns an SPDX expression, or an empty string if no licence is found. Used by the readers and by
`documents.trees`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.documents.file_roles import is_project_file

_LICENCE_PHRASES = (
    ("Apache-2.0", ("Apache License", "Version 2.0")),
    ("AGPL-3.0-only", ("GNU AFFERO GENERAL PUBLIC LICENSE", "Version 3")),
    ("LGPL-3.0-only", ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 3")),
    ("LGPL-2.1-only", ("GNU LESSER GENERAL PUBLIC LICENSE", "Version 2.1")),
    ("GPL-3.0-only", ("GNU GENERAL PUBLIC LICENSE", "Version 3")),
    ("GPL-2.0-only", ("GNU GENERAL PUBLIC LICENSE", "Version 2")),
    ("MPL-2.0", ("Mozilla Public License", "2.0")),
    ("BSD-3-Clause", ("Redistribution and use in source and binary forms", "endorse or promote products")),
    ("BSD-2-Clause", ("Redistribution and use in source and binary forms",)),
    ("ISC", ("Permission to use, copy, modify, and/or distribute this software",)),
    ("MIT", ("Permission is hereby granted, free of charge", "without restriction")),
    ("Unlicense", ("This is free and unencumbered software released into the public domain",)),
)
_DECLARED_NAMES = {
    "mit license": "MIT",
    "the mit license": "MIT",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
}


def is_licence_file(path: str) -> bool:
    """Return whether a file in any folder is named LICENSE, COPYING, UNLICENSE or a variant such as LICENCE.txt."""
    return re.fullmatch(r"(licen[cs]e|copying|unlicense)([.-].*)?", path.rsplit("/", 1)[-1], re.IGNORECASE) is not None


def licence_of_tree(texts: Mapping[str, str]) -> str:
    """Return the licence from a project file, else from a licence text, else from an SPDX line; empty if not found.

    Files near the root are searched first.
    """
    shallow = sorted(texts, key=lambda path: (path.count("/"), path))
    declared = (_declared(path, texts[path]) for path in shallow if is_project_file(path.rsplit("/", 1)[-1]))
    by_text = (licence_of_text(texts[path]) for path in shallow if is_licence_file(path))
    by_line = (spdx_line(texts[path]) for path in shallow)
    return next((name for names in (declared, by_text, by_line) for name in names if name), "")


def spdx_line(text: str) -> str:
    """Return the expression on an `SPDX-License-Identifier:` line in the first 4,000 characters; empty if not found."""
    match = re.search(
        r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*)", text[:4000]
    )
    return match.group(1) if match else ""


def licence_of_text(text: str) -> str:
    """Return the SPDX id of a full licence text, recognised by known phrases; empty for any other text."""
    flat = re.sub(r"\s+", " ", text[:20_000])
    return next((spdx for spdx, phrases in _LICENCE_PHRASES if all(phrase in flat for phrase in phrases)), "")


def _declared(path: str, text: str) -> str:
    """Return the licence that a project file declares; empty if it declares none.

    The forms are `license = "MIT"`, `license = {text = "MIT"}`, `"license": "MIT"` and `license = MIT`. CMakeLists.txt
    and go.mod are not read.
    """
    match = re.search(
        r"""^[ \t]*["']?license["']?\s*[:=]\s*(?:\{\s*text\s*=\s*)?["']?([^"'{}\n,]{2,60})""", text, re.MULTILINE
    )
    if match is None or path.endswith((".txt", "go.mod")):
        return ""
    value = match.group(1).strip()
    known = _DECLARED_NAMES.get(value.lower(), value)
    return known if re.fullmatch(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*", known) else ""
