"""Inputs on a Hadoop file system: listed, read and told apart when they change, through WebHDFS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import webhdfs_server
from webhdfs_server import Hadoop

import pipeline
from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.opening import open_source
from pipeline.documents.versions import is_unchanged
from pipeline.errors import InputError, StoreError


@pytest.fixture
def hadoop() -> Iterator[Hadoop]:
    with webhdfs_server.serving() as server:
        server.files = {
            "/docs/lease.md": ("# 임대차 계약\n\nThe rent is due on Monday.\n".encode(), 1),
            "/docs/deep er/rows.jsonl": (b'{"text": "one"}\n{"text": "two"}\n', 1),
            "/docs/.git/config": (b"x", 1),
            "/other/large.txt": (b"0123456789" * 600_000, 1),
        }
        yield server


def test_folder_is_listed_with_sizes_and_its_files_are_read(hadoop: Hadoop) -> None:
    found = discover([InputSource(path=f"webhdfs://{hadoop.address}/docs")])
    assert [(item.key, item.num_bytes) for item in found.items] == [("deep er/rows.jsonl", 32), ("lease.md", 47)]
    assert [skipped.source_uri.rsplit("/", 2)[1] for skipped in found.skipped] == [".git"]
    assert found.items[1].path == f"webhdfs://{hadoop.address}/docs/lease.md" == found.items[1].uri
    for item in found.items:
        with open_source(item.path) as file:
            assert file.read() == hadoop.files[f"/docs/{item.key}"][0]
    assert "The rent is due on Monday." in pipeline.read_file(found.items[1].path).text


def test_single_file_and_pattern_find_the_same_item(hadoop: Hadoop) -> None:
    one = discover([InputSource(path=f"webhdfs://{hadoop.address}/docs/lease.md")]).items
    many = discover([InputSource(path=f"webhdfs://{hadoop.address}/docs/*.md")]).items
    assert [item.path for item in one] == [item.path for item in many] == [f"webhdfs://{hadoop.address}/docs/lease.md"]


def test_file_that_changes_after_the_listing_is_noticed(hadoop: Hadoop) -> None:
    (item,) = discover([InputSource(path=f"webhdfs://{hadoop.address}/docs/lease.md")]).items
    assert is_unchanged(item.path, item.version)
    hadoop.files["/docs/lease.md"] = (hadoop.files["/docs/lease.md"][0], 2)
    assert not is_unchanged(item.path, item.version)


def test_failing_data_node_is_asked_again_and_its_error_page_is_never_content(hadoop: Hadoop) -> None:
    path = f"webhdfs://{hadoop.address}/other/large.txt"
    hadoop.failures = [503, 500]
    with open_source(path) as file:
        assert file.read() == hadoop.files["/other/large.txt"][0]
    assert not hadoop.failures
    hadoop.failures = [403]
    with open_source(path) as file, pytest.raises(StoreError, match="403"):
        file.read()


def test_folder_that_may_not_be_listed_is_an_error_and_not_left_out(hadoop: Hadoop) -> None:
    hadoop.locked = {"/docs/deep er"}
    with pytest.raises(InputError, match="cannot be read"):
        discover([InputSource(path=f"webhdfs://{hadoop.address}/docs")])


def test_missing_path_and_unusable_native_client_say_what_to_do(hadoop: Hadoop) -> None:
    with pytest.raises(InputError, match="does not exist"):
        discover([InputSource(path=f"webhdfs://{hadoop.address}/none")])
    with pytest.raises(InputError, match="webhdfs://USER@NAMENODE:9870/path"):
        discover([InputSource(path="hdfs://namenode.invalid/docs")])
