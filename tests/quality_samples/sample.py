"""A short document with the verdict that a person would give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A document of a kind that people have."""

    name: str
    domain: str
    language: str
    text: str
