"""The same contract for every store: two writers that have read the same lease never both win."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import fsspec
import gcs_server
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from gcsfs.core import GCSFileSystem
from moto.server import ThreadedMotoServer

from pipeline.config.start import LeaseTiming
from pipeline.errors import FolderBusyError, FolderLostError, InputError
from pipeline.io import files, guards
from pipeline.io.lease import guard_worker, hold_folder, owner_of
from pipeline.io.lease_record import LeaseRecord
from pipeline.io.lease_store import (
    ABSENT,
    GcsStore,
    LocalStore,
    PlainStore,
    S3Store,
    open_store,
)
from pipeline.io.uploads import is_gcs_conflict, is_s3_conflict

STORES = {"local": LocalStore, "s3": S3Store, "gcs": GcsStore, "memory": PlainStore}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket of an S3 on loopback, for whoever asks for `s3://` by the usual variables."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        filesystem = fsspec.filesystem("s3", skip_instance_cache=True)
        filesystem.mkdir("builds")
        type(filesystem).clear_instance_cache()
        yield "s3://builds"
        type(filesystem).clear_instance_cache()
    server.stop()


@pytest.fixture(scope="module")
def gcs() -> Iterator[gcs_server.GcsServer]:
    """A Google Cloud Storage on loopback, for whoever asks for `gs://`."""
    with gcs_server.serve("builds") as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
        for protocol in ("gs", "gcs"):
            # The newer class first asks the real cloud over gRPC what kind of bucket it is.
            fsspec.register_implementation(protocol, GCSFileSystem, clobber=True)
            patch.setitem(fsspec.config.conf, protocol, {"token": "anon"})
        GCSFileSystem.clear_instance_cache()
        yield server
        GCSFileSystem.clear_instance_cache()


@pytest.fixture(params=STORES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder that no test has used, on each kind of store."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:8]
    if request.param == "local":
        return str(tmp_path)
    if request.param == "memory":
        return f"memory://{name}"
    if request.param == "s3":
        return f"{request.getfixturevalue('s3')}/{name}"
    request.getfixturevalue("gcs")
    return f"gs://builds/{name}"


def record(command: str) -> bytes:
    return LeaseRecord.of_this_process(command).encode()


def test_every_kind_of_path_has_its_store(folder: str, request: pytest.FixtureRequest) -> None:
    store = open_store(files.join(folder, files.LEASE_FILE))
    assert type(store) is STORES[request.node.callspec.params["folder"]]


def test_of_two_that_found_no_lease_one_wins(folder: str) -> None:
    path = files.join(folder, files.LEASE_FILE)
    first, second = open_store(path), open_store(path)
    assert first.read().content == second.read().content == b""
    assert first.read().version == second.read().version == ABSENT
    content = record("first")
    version = first.swap(ABSENT, content)
    assert version is not None
    assert second.swap(ABSENT, record("second")) is None
    assert second.read() == first.read()
    assert (second.read().content, second.read().version) == (content, version)


def test_of_two_that_saw_the_same_lease_one_wins_and_the_old_owner_finds_out(folder: str) -> None:
    path = files.join(folder, files.LEASE_FILE)
    owner, first, second = (open_store(path) for _ in range(3))
    owned = owner.swap(ABSENT, record("owner"))
    assert owned is not None
    seen = first.read().version
    assert seen == second.read().version == owned
    taken = second.swap(seen, record("second"))
    assert taken is not None
    assert first.swap(seen, record("first")) is None
    assert owner.swap(owned, record("owner")) is None
    owner.remove(owned)
    assert second.read().version == taken
    again = second.swap(taken, record("second"))
    assert again is not None
    second.remove(again)
    assert second.read().content == b""
    assert second.swap(again, record("second")) is None, "a lease that was removed is lost"


@pytest.mark.parametrize("folder", ["s3", "gcs"], indirect=True)
def test_write_whose_answer_was_lost_and_that_is_sent_again_is_still_ours(folder: str) -> None:
    store = open_store(files.join(folder, files.LEASE_FILE))
    first = store.swap(ABSENT, content := record("owner"))
    assert store.swap(ABSENT, content) == first is not None
    second = store.swap(first, beaten := record("owner"))
    assert store.swap(first, beaten) == second is not None


def test_uploads_and_deletions_carry_the_generation_they_expect(gcs: gcs_server.GcsServer) -> None:
    store = open_store("gs://builds/preconditions/.lease.json")
    gcs.preconditions.clear()
    first = store.swap(ABSENT, record("owner"))
    assert first is not None
    second = store.swap(first, record("owner"))
    assert second is not None
    store.remove(second)
    assert gcs.preconditions == ["0", first, second]
    assert first.isdigit()


def test_folder_is_refused_while_it_is_held_and_free_afterwards(folder: str) -> None:
    with hold_folder(folder, command="build-sft") as lease:
        assert not lease.taken_over
        assert "build-sft" in (owner_of(folder) or "")
        with pytest.raises(FolderBusyError, match="build-sft"), hold_folder(folder, command="finetune"):
            pass
    assert owner_of(folder) is None
    assert files.list_files(folder) == []


def test_folder_of_a_dead_process_is_taken_over_on_every_store(folder: str) -> None:
    dead = replace(LeaseRecord.of_this_process("build-sft"), process_start_ticks=1)
    assert open_store(files.join(folder, files.LEASE_FILE)).swap(ABSENT, dead.encode()) is not None
    with hold_folder(folder, command="build-sft") as lease:
        assert lease.taken_over


def test_owner_that_lost_its_folder_stops_on_every_store(folder: str) -> None:
    store = open_store(files.join(folder, files.LEASE_FILE))

    def run() -> None:
        with hold_folder(folder, command="build-sft", timing=LeaseTiming(3600.0, 7200.0)) as lease:
            other = replace(LeaseRecord.of_this_process("finetune"), host="elsewhere")
            assert store.swap(store.read().version, other.encode()) is not None
            lease.beat()
            files.write_text(files.join(folder, "late.txt"), "x")

    with pytest.raises(FolderLostError, match="elsewhere"):
        run()
    assert not files.exists(files.join(folder, "late.txt"))
    left = LeaseRecord.parse(store.read().content)
    assert left is not None and left.host == "elsewhere"
    guards.unguard_folder(folder)


def test_bucket_that_is_not_there_is_an_input_error(s3: str) -> None:
    with pytest.raises(InputError, match="Cannot write"), hold_folder("s3://nowhere/build", command="build-sft"):
        pass


def test_files_on_s3_are_hashed_set_aside_and_guarded(s3: str) -> None:
    folder = f"{s3}/files"
    path = files.join(folder, "a.json")
    with files.open_atomic(path) as file:
        file.write(b"one")
        assert not files.exists(path)
    assert (file.num_bytes, file.sha256) == (3, hashlib.sha256(b"one").hexdigest())
    assert files.set_aside(path) == path + ".damaged"
    assert files.list_files(folder) == []
    guard_worker(folder, "token of a run that is gone")
    with pytest.raises(FolderLostError):
        files.write_text(path, "late")
    assert not files.exists(path)
    guards.unguard_folder(folder)


class MeetingFileSystem(MemoryFileSystem):
    """A filesystem on which two writers read, then write, then read back, each step at the same time."""

    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.writers = Barrier(2, timeout=30)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        self.writers.wait()
        super().makedirs(path, exist_ok=exist_ok)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: object) -> None:
        super().pipe_file(path, value, mode, **kwargs)
        self.writers.wait()


@pytest.mark.parametrize("found", [None, b"dead"])
def test_of_two_that_write_at_once_without_conditions_the_last_alone_wins(found: bytes | None) -> None:
    filesystem = MeetingFileSystem()
    path = f"/meeting-{found is None}/{files.LEASE_FILE}"
    stores = [PlainStore(filesystem, path) for _ in range(2)]
    if found is not None:
        MemoryFileSystem().pipe_file(path, found)
    seen = {store.read().version for store in stores}
    assert seen == {ABSENT if found is None else found.decode()}
    contents = [record("first"), record("second")]
    with ThreadPoolExecutor(2) as pool:
        versions = list(pool.map(lambda store, content: store.swap(*seen, content), stores, contents))
    left = stores[0].read()
    assert left.content in contents
    assert versions == [left.version if content == left.content else None for content in contents]
    assert versions.count(None) == 1


def test_local_writer_waits_for_whoever_reads_or_writes(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "lease")
    version = store.swap(ABSENT, b"one")
    assert version is not None
    with (tmp_path / "lease").open("rb") as reader, ThreadPoolExecutor(1) as pool:
        fcntl.flock(reader, fcntl.LOCK_SH)
        assert store.read().content == b"one", "readers do not wait for each other"
        swapped = pool.submit(store.swap, version, b"two")
        assert not wait([swapped], timeout=0.3).done
        fcntl.flock(reader, fcntl.LOCK_UN)
        assert swapped.result(timeout=30) is not None
    assert store.read().content == b"two"


class _CodedError(OSError):
    def __init__(self, code: object) -> None:
        super().__init__("refused")
        self.code = code


def test_lost_race_is_told_from_other_errors_by_every_client_of_a_store() -> None:
    """A conflict that is raised ends a run for nothing; an error that is taken for a conflict hides a lost bucket."""
    for conflict in (FileExistsError(), _CodedError(412), _CodedError("412")):
        assert is_gcs_conflict(conflict, ABSENT) and is_gcs_conflict(conflict, "7")
    for other in (_CodedError(503), _CodedError(403), PermissionError()):
        assert not is_gcs_conflict(other, "7")
    for is_conflict in (is_gcs_conflict, is_s3_conflict):
        assert is_conflict(FileNotFoundError(), "7"), "the lease that was read is gone"
        assert not is_conflict(FileNotFoundError(), ABSENT), "there is no such bucket"

    def s3_error(code: str) -> OSError:
        cause = OSError()
        cause.response = {"Error": {"Code": code}}  # type: ignore[attr-defined]
        error = OSError()
        error.__cause__ = cause
        return error

    for code in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
        assert is_s3_conflict(s3_error(code), ABSENT)
    assert is_s3_conflict(FileExistsError(), ABSENT)
    assert not is_s3_conflict(s3_error("AccessDenied"), "7")
    assert not is_s3_conflict(OSError(), "7")
