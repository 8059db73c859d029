"""Files on S3 and Google Cloud Storage: one request makes a file appear, and passing faults of the store do no harm."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.config.start import LeaseTiming
from pipeline.errors import FolderBusyError, FolderLostError, StoreError
from pipeline.io import files
from pipeline.io.lease import hold_folder, owner_of
from pipeline.io.lease_record import LeaseRecord
from pipeline.io.lease_store import open_store
from pipeline.io.listing import file_state, file_states
from pipeline.io.uploads import ABSENT
from stores.conftest import Store
from stores.fault_proxy import Fault, Request

pytestmark = pytest.mark.workers

SMALL = b"a few bytes"
LARGE = bytes(range(256)) * (3 * 2**12 * 17)
"""51 MiB in four parts; the last one is not full."""


def first(number: int, fault: Fault, wanted: Callable[[Request], bool]) -> Callable[[Request], Fault | None]:
    """Return a rule that harms the first few requests of a kind."""
    left = [fault] * number
    return lambda request: left.pop() if left and wanted(request) else None


def is_read(request: Request) -> bool:
    return request.method == "GET" and ("alt" in request.query or request.path.endswith(".bin"))


def is_upload(request: Request) -> bool:
    return request.method in ("PUT", "POST") and "uploads" not in request.query


def write(path: str, content: bytes, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    with files.open_atomic(path) as file:
        for start in range(0, len(content), 2**22):
            file.write(content[start : start + 2**22])
        meanwhile()


def read(path: str) -> bytes:
    with files.open_binary(path) as file:
        return file.read()


@pytest.mark.parametrize("content", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_file_appears_with_one_request_when_it_is_complete(store: Store, content: bytes) -> None:
    path = store.url("appears", f"{len(content)}.bin")
    write(path, content, meanwhile=lambda: pytest.fail("visible") if files.exists(path) else None)
    assert read(path) == content
    assert file_state(path) is not None
    assert [name for name in store.proxy.commits if name.endswith(".bin")] == [f"appears/{len(content)}.bin"][
        : len(content) < len(LARGE)
    ], "a small file takes one request that writes"


def test_file_that_fails_leaves_the_old_content_and_no_unfinished_upload(store: Store) -> None:
    path = store.url("fails", "a.bin")
    write(path, SMALL)
    for content in (b"new", LARGE):
        with pytest.raises(ZeroDivisionError):
            write(path, content, meanwhile=lambda: 1 / 0)
        assert read(path) == SMALL


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_of_two_that_write_a_file_at_once_the_second_is_refused(store: Store, content: bytes) -> None:
    path = store.url("meets", f"{len(content)}.bin")
    with pytest.raises(FolderLostError, match="different process"):
        write(path, content, meanwhile=lambda: write(path, b"of the other"))
    assert read(path) == b"of the other"
    if store.protocol == "gs" or content == SMALL:  # moto has no If-Match for the end of a multipart upload
        with pytest.raises(FolderLostError, match="different process"):
            write(path, content, meanwhile=lambda: write(path, b"later"))
        assert read(path) == b"later"


def test_two_that_write_the_same_bytes_at_once_both_succeed(store: Store) -> None:
    path = store.url("agrees", "a.bin")
    write(path, SMALL, meanwhile=lambda: write(path, SMALL))
    assert read(path) == SMALL


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.INTERNAL, Fault.RESET, Fault.LOST_ANSWER, Fault.SLOW])
def test_request_that_fails_once_is_repeated(store: Store, fault: Fault) -> None:
    path = store.url("faults", f"{fault.name}.bin")
    write(path, b"old")
    store.proxy.fault = first(1, fault, is_upload)
    write(path, SMALL)
    store.proxy.fault = first(1, fault, is_read)
    assert read(path) == SMALL
    assert store.proxy.num_faults == 2


def test_large_upload_survives_a_lost_answer(store: Store) -> None:
    path = store.url("faults", "large.bin")
    store.proxy.fault = first(1, Fault.LOST_ANSWER, lambda request: request.method == "PUT")
    write(path, LARGE)
    with files.open_binary(path) as file:
        assert hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(LARGE).digest()
    assert store.proxy.num_faults == 1


def test_files_of_other_processes_are_listed_at_once(store: Store) -> None:
    folder = store.url("lists")
    assert files.list_files(folder) == []
    write(files.join(folder, "sub", "a.bin"), SMALL)
    assert files.list_files(folder) == [files.join(folder, "sub", "a.bin")]
    _put_directly(store, "lists/b.bin", b"bb")
    assert files.list_files(folder) == [files.join(folder, "b.bin"), files.join(folder, "sub", "a.bin")]
    assert {path[len(folder) :]: state.num_bytes for path, state in file_states(folder, max_depth=2).items()} == {
        "/b.bin": 2,
        "/sub/a.bin": len(SMALL),
    }
    _put_directly(store, "lists/b.bin", b"b" * 5)
    found = file_state(files.join(folder, "b.bin"))
    assert found is not None and found.num_bytes == 5


def test_move_and_delete_leave_nothing_behind(store: Store) -> None:
    path, target = store.url("moves", "a.bin"), store.url("moves", "deep", "b.bin")
    write(path, SMALL)
    files.move(path, target)
    assert (files.exists(path), read(target)) == (False, SMALL)
    files.remove_file(target)
    files.remove_file(target)
    assert files.list_files(store.url("moves")) == []
    for name in "abc":
        write(store.url("moves", f"{name}.bin"), SMALL)
    write(store.url("moves", files.LEASE_FILE), SMALL)
    files.empty_folder(store.url("moves"))
    assert files.exists(store.url("moves", files.LEASE_FILE))
    files.remove_folder(store.url("moves"))
    assert not files.exists(store.url("moves"))


def test_store_that_answers_with_errors_is_not_taken_for_an_empty_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store.proxy.fault = lambda request: Fault.FULL
    folder = store.url("down")
    for ask in (files.exists, files.list_files, files.read_json, file_state, files.remove_file, owner_of):
        with pytest.raises(StoreError, match=r"^Cannot \w+ \w+://builds/down: ") as found:
            ask(folder)
        assert "the same command again" in found.value.remedy
    with pytest.raises(StoreError, match="down"):
        files.write_text(files.join(folder, "a.txt"), "x")
    with pytest.raises(StoreError, match="down"), hold_folder(folder, command="build-sft"):
        pass


def test_dead_owner_on_another_machine_is_watched_and_taken_over(store: Store) -> None:
    folder = store.url("leases")
    timing = LeaseTiming(0.2, 0.4)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    silent = replace(LeaseRecord.of_this_process("build-sft"), host="elsewhere", heartbeat=long_ago)
    assert open_store(files.join(folder, files.LEASE_FILE)).swap(ABSENT, silent.encode()) is not None
    with hold_folder(folder, command="build-sft", timing=timing) as lease:
        assert lease.taken_over
        with pytest.raises(FolderBusyError, match="build-sft"), hold_folder(folder, command="finetune"):
            pass
    assert files.list_files(folder) == []


def _put_directly(store: Store, name: str, content: bytes) -> None:
    connection = http.client.HTTPConnection(*store.proxy.target, timeout=60)
    if store.protocol == "s3":
        connection.request("PUT", f"/builds/{name}", content, {"Authorization": "AWS test:test"})
    else:
        connection.request("POST", f"/upload/storage/v1/b/builds/o?uploadType=media&name={name}", content)
    assert connection.getresponse().status == 200
    connection.close()
