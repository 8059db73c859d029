"""The example pipeline: our source, two filters of datatrove, our sink, and a build of what they keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pipeline
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts

SCRIPT = Path(__file__).parents[2] / "examples" / "datatrove_pipeline.py"


@pytest.mark.end_to_end
def test_example_builds_rows_about_what_the_filters_keep(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import datatrove_pipeline

    output = tmp_path / "out"
    datatrove_pipeline.main([str(inputs), str(output)])
    kept = [json.loads(line) for path in sorted((output / "filtered").iterdir()) for line in path.open()]
    names = {Path(row["metadata"]["source_uri"]).name for row in kept}
    assert names == {"lease0.md", "lease1.md", "lease2.md"}, "too few words, or none of English"
    assert "train rows" in capsys.readouterr().out
    documents = list(read_parts(BuildFolder(str(output / "build")).documents, pipeline.Document))
    assert {document.source_uri.rpartition("/")[2] for document in documents} == names
    assert all("[EMAIL-1]" in document.text for document in documents)
