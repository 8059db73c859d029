"""Any number of names is kept, in order, in little memory."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.skipped_names import PathKind, SkippedFile, SkippedNames

SKIPPED = st.builds(
    SkippedFile,
    st.text(st.characters(codec=None), max_size=20),
    st.sampled_from(["hidden", "lock_file"]),
    st.sampled_from(PathKind),
)


def of(files: list[SkippedFile]) -> SkippedNames:
    names = SkippedNames()
    for one in files:
        names.add(one)
    return names


@given(st.lists(SKIPPED, max_size=30))
def test_skipped_names_are_those_added_also_after_pickling(files: list[SkippedFile]) -> None:
    names = of(files)
    assert list(names) == list(pickle.loads(pickle.dumps(names))) == files
    assert len(names) == len(files)
    assert names == of(files)
    assert names != of([*files, SkippedFile("x", "hidden")])


def test_skipped_names_of_many_files_take_few_bytes_each() -> None:
    files = [SkippedFile(f"web/node_modules/left-{n // 90}/lib/pad-{n}.js", "dependency") for n in range(30_000)]
    names = of(files)
    assert list(names) == files
    assert names.counts == {"dependency": 30_000}
    assert len(pickle.dumps(names)) < 12 * len(files)
