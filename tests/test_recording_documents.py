"""The documents of the recorded teacher: each may be copied, is short, and is in the folder of its language."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from pipeline.clean.language import detect_language
from pipeline.config.load import load_recipe
from pipeline.io.models import resolve_model

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT / "tests" / "recordings"
TEACHER = RECORDINGS / "teacher"
DOCUMENTS = TEACHER / "documents"
FILES = sorted(path for path in DOCUMENTS.rglob("*") if path.is_file())
ALLOWED = frozenset({"CC0-1.0", "CC-BY-4.0", "MIT", "BSD-3-Clause", "PSF-2.0", "Apache-2.0", "public domain"})
OWN = "written for this project"
MAX_TOKENS = 6000
TOKENIZER = "embedded:smollm2-135m-instruct"


def _attributions() -> dict[str, dict[str, str]]:
    with (TEACHER / "ATTRIBUTION.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = {row["file"]: row for row in rows}
    assert len(found) == len(rows), "a document is listed twice"
    return found


def _name(path: Path) -> str:
    return path.relative_to(DOCUMENTS).as_posix()


def _lines(path: Path) -> set[str]:
    return {line.strip() for line in path.read_text(encoding="utf-8").splitlines() if len(line.strip()) > 20}


def test_recording_documents_are_enough_in_each_language_and_domain():
    by_folder = Counter(path.parent.relative_to(DOCUMENTS).as_posix() for path in FILES)
    by_language = Counter(path.relative_to(DOCUMENTS).parts[0] for path in FILES)
    domains = ("legal", "manual", "code", "dialogue")
    assert set(by_folder) == {f"{language}/{domain}" for language in ("en", "ko") for domain in domains}
    assert min(by_folder.values()) >= 6
    assert min(by_language.values()) >= 28
    assert len(FILES) >= 60
    assert sum(path.stat().st_size for path in FILES) <= 10**6


def test_recording_documents_have_an_attribution_with_an_allowed_licence_each():
    rows = _attributions()
    assert sorted(rows) == sorted(_name(path) for path in FILES)
    for name, row in rows.items():
        assert row["licence"] in ALLOWED, name
        assert all(row[column].strip() for column in ("title", "source", "author")), name


def test_recording_documents_of_our_own_are_at_most_half():
    own = [name for name, row in _attributions().items() if row["source"] == OWN]
    assert 0 < len(own) <= len(FILES) / 2


@pytest.mark.model
def test_recording_documents_have_at_most_6000_tokens():
    tokenizer = Tokenizer.from_file(str(Path(resolve_model(TOKENIZER)) / "tokenizer.json"))
    encodings = tokenizer.encode_batch([path.read_text(encoding="utf-8") for path in FILES])
    counts = [len(encoding.ids) for encoding in encodings]
    too_long = {_name(path): count for path, count in zip(FILES, counts, strict=True) if count > MAX_TOKENS}
    assert not too_long
    assert min(counts) > 300  # no empty file


@pytest.mark.parametrize("domain", ["legal", "manual", "code", "dialogue"])
def test_recording_documents_are_in_the_folder_of_their_language(domain):
    paths = [path for path in FILES if path.parent.name == domain]
    assert paths
    for path in paths:
        language = path.relative_to(DOCUMENTS).parts[0]
        assert detect_language(text=path.read_text(encoding="utf-8"), domain=domain) == language, _name(path)


def test_recording_documents_share_no_text_with_the_recorded_replies():
    others = {path.name: _lines(path) for path in sorted((RECORDINGS / "replies" / "documents").iterdir())}
    assert others
    for path in FILES:
        lines = _lines(path)
        shared = {name: len(lines & other) / len(lines) for name, other in others.items()}
        assert max(shared.values()) < 0.2, (_name(path), shared)


def test_inputs_of_the_recording_name_each_folder_with_its_language_and_domain():
    inputs = load_recipe(None, overrides=[], fragments=[str(TEACHER / "inputs.yaml")]).inputs
    named = {(ROOT / one.path).relative_to(DOCUMENTS).as_posix(): (one.language, one.domain) for one in inputs}
    assert named == {folder: tuple(folder.split("/")) for folder in {_name(path.parent) for path in FILES}}
