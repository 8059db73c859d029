"""What is said of inputs that cannot be used, with the remedy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover, unused_uri
from pipeline.documents.names import path_digest
from pipeline.errors import InputError


def said(path: str) -> tuple[str, str]:
    with pytest.raises(InputError) as raised:
        discover([InputSource(path=path)])
    return raised.value.message, str(raised.value.remedy)


def test_discover_says_what_is_wrong_with_an_input_and_what_to_do(tmp_path: Path) -> None:
    here = str(tmp_path)
    assert said(f"{here}/none") == (
        f"{here}/none does not exist.",
        "Check the path of this input; relative paths start at the working folder.",
    )
    assert said(f"{here}/*.docx") == (
        f"Nothing matches {here}/*.docx.",
        "Check the pattern; in a shell command, put it in quotes.",
    )
    assert said(here) == (
        f"No documents found in {here}.",
        "Name a folder, file or pattern that holds documents.",
    )
    os.mkfifo(tmp_path / "pipe")
    assert said(f"{here}/pipe") == (
        f"{here}/pipe is neither a file nor a folder.",
        "Name a file, a folder or a pattern.",
    )
    message, remedy = said("gopher7://host/x")
    assert message.startswith("gopher7://host/x cannot be opened: ")
    assert remedy == (
        "Use a local path, bundled:, s3://…, gs://…, hf://datasets/OWNER/NAME/… or webhdfs://HOST:PORT/…."
    )


def test_discover_counts_what_was_left_out_of_a_folder_without_documents(tmp_path: Path) -> None:
    for name in (".a", ".b", "x.lock"):
        (tmp_path / name).write_text("x")
    (tmp_path / "out").symlink_to(tmp_path.parent)
    assert said(str(tmp_path)) == (
        f"No documents found in {tmp_path} (skipped: 2 hidden, 1 link_outside, 1 lock_file).",
        "Name a folder, file or pattern that holds documents; set follow_links: true to read the targets of links.",
    )


def test_unused_uri_takes_a_digest_of_its_key_where_another_file_has_it() -> None:
    taken: set[str] = set()
    found = []
    for _ in range(3):
        found.append(unused_uri("u", "k", taken))
        taken.add(found[-1])
    assert found == ["u", f"u~{path_digest('k')}", f"u~{path_digest('k/')}"]


def test_discover_version_of_a_tree_changes_with_each_of_its_files(tmp_path: Path) -> None:
    for name in ("setup.py", "a.py", "b.py"):
        (tmp_path / name).write_text("x")

    def version() -> str:
        (item,) = discover([InputSource(path=str(tmp_path))]).items
        return item.version

    before = version()
    assert version() == before
    (tmp_path / "b.py").write_text("yy")
    assert version() != before
