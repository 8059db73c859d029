"""The emulator of Google Cloud Storage answers Google's own client as the documentation of the JSON API says."""

from __future__ import annotations

from collections.abc import Iterator

import gcs_server
import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

LARGE = bytes(range(256)) * 2**12 * 9
"""9 MiB: the client sends more than 8 MiB in a resumable upload."""


@pytest.fixture
def bucket() -> Iterator[storage.Bucket]:
    with gcs_server.serve("builds") as server:
        options = {"api_endpoint": server.address}
        client = storage.Client(project="p", credentials=AnonymousCredentials(), client_options=options)
        yield client.bucket("builds")
        client.close()


def test_generations_grow_and_preconditions_are_kept(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a/b c.txt")
    blob.upload_from_string(b"one\n", if_generation_match=0)
    first = blob.generation
    with pytest.raises(PreconditionFailed):
        bucket.blob("a/b c.txt").upload_from_string(b"two", if_generation_match=0)
    bucket.blob("a/b c.txt").upload_from_string(b"two\r\n", if_generation_match=first)
    found = bucket.get_blob("a/b c.txt")
    assert found.generation > first and found.size == 5 and found.download_as_bytes() == b"two\r\n"
    with pytest.raises(PreconditionFailed):
        found.delete(if_generation_match=first)
    found.delete(if_generation_match=found.generation)
    assert bucket.get_blob("a/b c.txt") is None
    with pytest.raises(NotFound):
        found.delete()


def test_resumable_upload_is_one_object_with_ranges_and_checksums(bucket: storage.Bucket) -> None:
    blob = bucket.blob("large.bin", chunk_size=2**20)
    blob.upload_from_string(LARGE, if_generation_match=0)
    assert bucket.get_blob("large.bin").size == len(LARGE)
    assert bucket.blob("large.bin").download_as_bytes() == LARGE  # the client compares the checksum
    assert bucket.blob("large.bin").download_as_bytes(start=5, end=2**20) == LARGE[5 : 2**20 + 1]
    again = bucket.blob("large.bin", chunk_size=2**20)
    with pytest.raises(PreconditionFailed):
        again.upload_from_string(LARGE, if_generation_match=0)


def test_listing_has_pages_prefixes_and_order(bucket: storage.Bucket) -> None:
    for name in ("b.txt", "a/2.txt", "a/1.txt", "c/x/1.txt", "a.txt"):
        bucket.blob(name).upload_from_string(name)
    assert [one.name for one in bucket.list_blobs(page_size=2)] == [
        "a.txt",
        "a/1.txt",
        "a/2.txt",
        "b.txt",
        "c/x/1.txt",
    ]
    top = bucket.list_blobs(delimiter="/", page_size=1)
    assert ([one.name for one in top], sorted(top.prefixes)) == (["a.txt", "b.txt"], ["a/", "c/"])
    assert [one.name for one in bucket.list_blobs(prefix="a/")] == ["a/1.txt", "a/2.txt"]
    with pytest.raises(NotFound):
        list(bucket.client.list_blobs("nowhere"))


def test_rewrite_takes_several_calls_and_keeps_the_precondition(bucket: storage.Bucket) -> None:
    source, target = bucket.blob("a.bin"), bucket.blob("b.bin")
    source.upload_from_string(b"content")
    token, calls = None, 0
    while calls == 0 or token is not None:
        token, _, _ = target.rewrite(source, token=token, if_generation_match=0)
        calls += 1
    assert (calls, target.download_as_bytes()) == (2, b"content")
    with pytest.raises(PreconditionFailed):
        bucket.blob("b.bin").rewrite(source, if_generation_match=0)


def test_deletion_reports_what_is_not_there(bucket: storage.Bucket) -> None:
    for name in "abc":
        bucket.blob(name).upload_from_string(name)
    missing: list[str] = []
    bucket.delete_blobs(["a", "none", "c"], on_error=lambda blob: missing.append(str(blob)))
    assert ([one.name for one in bucket.list_blobs()], missing) == (["b"], ["none"])
