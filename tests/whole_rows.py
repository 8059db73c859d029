"""Fields of a corpus row that is one whole document."""

from __future__ import annotations

from typing import Any

WHOLE_ROW: dict[str, Any] = {
    "heading_path": (),
    "part": 1,
    "num_parts": 1,
    "joining": "none",
    "members": (),
    "repeats": 1,
}
