"""Stores a lease: a small file that a process replaces only if it has not changed since the process read it.

    LocalStore   Locks the file (flock) while it compares and writes. Two processes never both succeed, on one machine
                 or on a network filesystem with working locks.
    S3Store      Uses a conditional PUT: If-None-Match, or If-Match with the ETag (Amazon S3, MinIO, R2, Ceph, …).
    GcsStore     Uses a conditional upload: ifGenerationMatch.
    PlainStore   For any other fsspec filesystem: compares, writes, and reads back. Two processes that write within the
                 same milliseconds may both succeed.

Used by `io.lease`.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fsspec.implementations.local import LocalFileSystem

from pipeline.errors import MissingExtraError
from pipeline.io.files import sync_folder
from pipeline.io.filesystems import filesystem_of
from pipeline.io.full_disk import explained_full_disk
from pipeline.io.uploads import ABSENT, has_protocol, is_gcs_conflict, is_s3_conflict, s3_condition, upload_gcs

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS})
"""Error numbers of filesystems without locks."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Content and version of a lease in a store."""

    content: bytes
    """The file's bytes; empty if the lease is missing."""
    version: str
    """An identifier of the content, for `swap` and `remove`; `ABSENT` if the lease is missing."""


class LeaseStore(Protocol):
    """Reads and conditionally writes one lease file."""

    def read(self) -> Stored:
        """Return the current content and version."""

    def swap(self, version: str, content: bytes) -> str | None:
        """Write the content if the current version is `version`, and return the new version; otherwise return None."""

    def remove(self, version: str) -> None:
        """Delete the file if the current version is `version`."""


def open_store(path: str) -> LeaseStore:
    """Return the store for a lease file on any fsspec filesystem.

    Raises:
        MissingExtraError: the S3 client is too old for conditional writes.
    """
    fs, inner = filesystem_of(path)
    if isinstance(fs, LocalFileSystem):
        return LocalStore(Path(inner))
    if has_protocol(fs, "s3"):
        return S3Store(fs, inner)
    if has_protocol(fs, "gs"):
        return GcsStore(fs, inner)
    return PlainStore(fs, inner)


class LocalStore:
    """Stores a lease in a local file. The version is the file's content."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Stored:
        """Return the current content, never a half-written record."""
        try:
            with self._locked(os.O_RDONLY) as descriptor:
                return _stored(_content(descriptor))
        except FileNotFoundError:
            return Stored(b"", ABSENT)

    def swap(self, version: str, content: bytes) -> str | None:
        """Compare and write in place, under a lock. The first write is flushed to the disk."""
        try:
            with self._locked(os.O_RDWR | (os.O_CREAT if version == ABSENT else 0)) as descriptor:
                if _stored(_content(descriptor)).version != version:
                    return None
                with explained_full_disk(str(self._path)):
                    os.pwrite(descriptor, content, 0)
                    os.ftruncate(descriptor, len(content))
                    if version == ABSENT:
                        os.fsync(descriptor)
                        sync_folder(str(self._path.parent))
                return _stored(content).version
        except FileNotFoundError:
            return None

    def remove(self, version: str) -> None:
        """Compare and delete, under a lock."""
        try:
            with self._locked(os.O_RDWR) as descriptor:
                if _stored(_content(descriptor)).version == version:
                    self._path.unlink()
        except FileNotFoundError:
            return

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        while True:
            descriptor = os.open(self._path, flags | os.O_CLOEXEC, 0o666)
            try:
                _lock(descriptor, fcntl.LOCK_SH if flags == os.O_RDONLY else fcntl.LOCK_EX)
                # While this process waited for the lock, a different process may have deleted the file.
                if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                    yield descriptor
                    return
            except FileNotFoundError:
                if not flags & os.O_CREAT:
                    raise
            finally:
                os.close(descriptor)


class S3Store:
    """Stores a lease in S3, or in a store with the same protocol. The version is the object's ETag."""

    def __init__(self, fs: Any, path: str) -> None:  # Any: s3fs has no types
        self._fs, self._path = fs, path
        self._bucket, self._key, _ = fs.split_path(path)
        fs.connect()
        if "IfMatch" not in fs.s3.meta.service_model.operation_model("PutObject").input_shape.members:
            raise MissingExtraError("The installed botocore does not support conditional writes.", extra="aws")

    def read(self) -> Stored:
        """Return the content and the ETag of the same version of the object."""
        while True:
            try:
                version = self._etag()
                content = self._fs.cat_file(self._path)
                if self._etag() == version:
                    return Stored(content, version)
            except FileNotFoundError:
                return Stored(b"", ABSENT)

    def swap(self, version: str, content: bytes) -> str | None:
        """Write with a conditional PUT."""
        condition = s3_condition(version)
        try:
            answer = self._fs.call_s3("put_object", Bucket=self._bucket, Key=self._key, Body=content, **condition)
        except OSError as error:
            if not is_s3_conflict(error, version):
                raise
            # If the response to a PUT is lost, the client repeats the PUT and finds the object that it wrote itself.
            now = self.read()
            return now.version if now.content == content else None
        finally:
            self._fs.invalidate_cache(self._path)
        return str(answer["ETag"])

    def remove(self, version: str) -> None:
        """Delete with a conditional DELETE, on stores that support it."""
        try:
            self._fs.call_s3("delete_object", Bucket=self._bucket, Key=self._key, IfMatch=version)
        except OSError as error:
            if not is_s3_conflict(error, version):
                raise
        finally:
            self._fs.invalidate_cache(self._path)

    def _etag(self) -> str:
        return str(self._fs.info(self._path, refresh=True)["ETag"])


class GcsStore:
    """Stores a lease in Google Cloud Storage. The version is the object's generation."""

    def __init__(self, fs: Any, path: str) -> None:  # Any: gcsfs has no types
        self._fs, self._path = fs, path
        self._bucket, self._key, _ = fs.split_path(path)

    def read(self) -> Stored:
        """Return the content and the generation of the same version of the object."""
        while True:
            try:
                generation = self._object("GET", json_out=True)["generation"]
            except FileNotFoundError:
                return Stored(b"", ABSENT)
            with suppress(FileNotFoundError):  # the object was replaced in the meantime
                _, content = self._object("GET", alt="media", generation=generation)
                return Stored(content, str(generation))

    def swap(self, version: str, content: bytes) -> str | None:
        """Write with a conditional upload; generation 0 means that the object does not exist."""
        try:
            return upload_gcs(self._fs, self._bucket, self._key, content, version)
        except Exception as error:
            if not is_gcs_conflict(error, version):
                raise
            now = self.read()
            return now.version if now.content == content else None
        finally:
            self._fs.invalidate_cache(self._path)

    def remove(self, version: str) -> None:
        """Delete conditionally."""
        try:
            self._object("DELETE", ifGenerationMatch=version)
        except Exception as error:
            if not is_gcs_conflict(error, version):
                raise
        finally:
            self._fs.invalidate_cache(self._path)

    def _object(self, method: str, **parameters: Any) -> Any:
        return self._fs.call(method, "b/{}/o/{}", self._bucket, self._key, **parameters)


class PlainStore:
    """Stores a lease on a filesystem without conditional writes. The version is the file's content."""

    def __init__(self, fs: Any, path: str) -> None:  # Any: fsspec has no types
        self._fs, self._path = fs, path

    def read(self) -> Stored:
        """Return the current content."""
        try:
            return _stored(self._fs.cat_file(self._path))
        except FileNotFoundError:
            return Stored(b"", ABSENT)

    def swap(self, version: str, content: bytes) -> str | None:
        """Compare, write, and read back to see whether this process wrote last."""
        if self.read().version != version:
            return None
        self._fs.makedirs(self._path.rsplit("/", 1)[0], exist_ok=True)
        self._fs.pipe_file(self._path, content)
        now = self.read()
        return now.version if now.content == content else None

    def remove(self, version: str) -> None:
        """Compare and delete."""
        if self.read().version == version:
            self._fs.rm_file(self._path)


def _stored(content: bytes) -> Stored:
    return Stored(content, content.decode("utf-8", "backslashreplace"))


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _lock(descriptor: int, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind)
    except OSError as error:
        if error.errno not in _NO_LOCKS:  # without locks, this store is as safe as `PlainStore`
            raise
