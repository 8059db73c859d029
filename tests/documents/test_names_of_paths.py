"""Folders and digests of paths, keys that can be written, and what makes a listed file another one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipeline.documents.listing import stat_version
from pipeline.documents.names import encodable_key, folder_of, path_digest, printable_name


def test_folder_of_a_path_is_all_before_its_last_slash() -> None:
    assert [folder_of(path) for path in ("a/b/c.txt", "/c.txt", "c.txt", "a/")] == ["a/b", "", "", "a"]


def test_path_digest_is_the_beginning_of_its_sha256() -> None:
    assert path_digest("계약/a.txt") == hashlib.sha256("계약/a.txt".encode()).hexdigest()[:8]
    broken = os.fsdecode(b"\xff.txt")
    assert path_digest(broken) == hashlib.sha256(broken.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    assert path_digest(broken) != path_digest("\ufffd.txt")


def test_encodable_key_changes_only_where_bytes_are_no_unicode() -> None:
    assert encodable_key("a\\b\n가") == "a\\b\n가"
    assert encodable_key(os.fsdecode(b"a\\b\xff")) == "a\\\\b\\xff"


def test_printable_name_escapes_each_kind_of_character_in_its_length() -> None:
    assert printable_name("a\x7f\u200b\U000e0001\u2028\\") == "a\\x7f\\u200b\\U000e0001\\u2028\\\\"
    assert printable_name("\x85\ue000") == "\\u0085\\ue000"


def test_version_of_a_listed_file_holds_all_that_changes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    found = path.stat()
    assert stat_version(found) == f"3-{found.st_mtime_ns}-{found.st_ctime_ns}-{found.st_ino}"


def test_version_of_a_file_edited_in_place_with_size_and_time_kept_is_another(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_text("two")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    assert stat_version(after) != stat_version(before)
