"""Reads WebVTT and SubRip subtitles. The text is not changed, because `grammar.turns` reads cues and their times."""

from __future__ import annotations

from pipeline.documents.readers.reader import Reader, convert_plain

READER = Reader(name="subtitles", suffixes=frozenset({"vtt", "srt"}), convert=convert_plain, may_join_trees=True)
