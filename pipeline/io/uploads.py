"""Writes a file on an object store: nothing is visible until one request makes the whole object appear.

    S3Upload      Up to 16 MiB: one PUT. More: a multipart upload, whose completion makes the object appear.
    GcsUpload     Up to 16 MiB: one media upload. More: a resumable upload, whose last chunk makes the object appear.
    PlainUpload   For any other fsspec filesystem: what its client does when a file is committed.

On S3 and Google Cloud Storage, the request that commits has a precondition: the object must be as it was when the file
was opened. So of two processes that write the same file at the same time, the second fails (RFC 9110, section 13). If
the answer to a commit is lost, the client sends the request again and the store refuses it, because the object has
changed. So a refused commit succeeds if the object has exactly the bytes that were to be written.

Used by `io.files` and, for the conflicts, by `io.lease_store`. Memory: 16 MiB per open file. Cost: one request when the
file is opened and one when it is committed; larger files take two more, and one for each 16 MiB.
"""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import FolderLostError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

logger = logging.getLogger(__name__)

ABSENT = ""
"""The version of an object that does not exist."""
_PART_BYTES = 16 * 2**20
"""Size of the parts of a large upload. S3 takes 10,000 parts, so a file may have 156 GiB. A multiple of 256 KiB, which
Google Cloud Storage wants."""
_S3_CONFLICTS = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
"""Error codes for an object that has changed."""


class Upload(Protocol):
    """A file that is being written."""

    @property
    def closed(self) -> bool:
        """Whether no more bytes can be written."""

    def write(self, data: ReadableBuffer) -> int:
        """Append bytes."""

    def flush(self) -> None:
        """Do nothing: what is sent when depends on the size of the file."""

    def commit(self, sha256: str) -> None:
        """Make the file appear, complete; `sha256` is the hash of all its bytes.

        Raises:
            FolderLostError: a different process wrote the file in the meantime.
        """

    def discard(self) -> None:
        """Remove what was sent."""


def open_upload(fs: Any, inner: str, path: str) -> Upload:  # Any: fsspec's filesystems have no types
    """Begin a file on an object store.

    Args:
        fs: the filesystem.
        inner: the file's path as the filesystem names it.
        path: the file's path for messages.
    """
    if has_protocol(fs, "s3"):
        return S3Upload(fs, inner, path)
    if has_protocol(fs, "gs"):
        return GcsUpload(fs, inner, path)
    return PlainUpload(fs, inner)


def abort_unfinished_uploads(fs: Any, folder: str) -> None:
    """Abort the multipart uploads below a folder on S3 that killed processes left, because their parts cost money.

    Google Cloud Storage drops unfinished uploads after a week and asks nothing for them. If the store does not allow
    the listing, nothing is aborted.
    """
    if not has_protocol(fs, "s3"):
        return
    bucket, key, _ = fs.split_path(folder)
    try:
        found = fs.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=key.rstrip("/") + "/")
        for upload in found.get("Uploads") or ():
            fs.call_s3("abort_multipart_upload", Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    except OSError as error:
        logger.warning("%s: unfinished uploads of earlier runs were not looked for: %s", folder, error)


def has_protocol(fs: Any, name: str) -> bool:
    """Return whether a filesystem serves a protocol, such as `s3`."""
    return name in ({fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol))


def is_s3_conflict(error: OSError, version: str) -> bool:
    """Return whether an error of s3fs means that the object no longer has the expected version."""
    if isinstance(error, FileNotFoundError):
        return version != ABSENT  # if the object was absent before, the bucket is missing
    response = getattr(error.__cause__, "response", None) or {}
    return isinstance(error, FileExistsError) or str(response.get("Error", {}).get("Code")) in _S3_CONFLICTS


def is_gcs_conflict(error: Exception, version: str) -> bool:
    """Return whether an error of gcsfs means that the object no longer has the expected generation."""
    if isinstance(error, FileNotFoundError):
        return version != ABSENT
    return isinstance(error, FileExistsError) or str(getattr(error, "code", "")) == "412"  # newer and older clients


def s3_condition(version: str) -> dict[str, str]:
    """Return the precondition of a request: the object has this ETag, or does not exist."""
    return {"IfNoneMatch": "*"} if version == ABSENT else {"IfMatch": version}


class S3Upload:
    """A file on S3, or on a store with the same protocol."""

    def __init__(self, fs: Any, inner: str, path: str) -> None:
        self.closed = False
        self._fs, self._inner, self._path = fs, inner, path
        bucket, key, _ = fs.split_path(inner)
        self._object = {"Bucket": bucket, "Key": key}
        self._buffer = bytearray()
        self._upload_id = ""
        self._parts: list[dict[str, object]] = []
        try:
            self._version = str(fs.call_s3("head_object", **self._object)["ETag"])
        except FileNotFoundError:
            self._version = ABSENT

    def write(self, data: ReadableBuffer) -> int:
        """Append bytes; send every 16 MiB."""
        self._buffer += data
        while len(self._buffer) > _PART_BYTES:
            self._send(_PART_BYTES)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Do nothing."""

    def commit(self, sha256: str) -> None:
        """Make the object appear; see `Upload.commit`."""
        try:
            condition = s3_condition(self._version)
            if not self._upload_id:
                self._fs.call_s3("put_object", **self._object, Body=bytes(self._buffer), **condition)
            else:
                self._send(len(self._buffer))
                parts = {"Parts": self._parts}
                self._call("complete_multipart_upload", MultipartUpload=parts, **condition)
        except OSError as error:
            if not is_s3_conflict(error, self._version):
                raise
            _check_is_ours(self._fs, self._inner, self._path, sha256, error)
        finally:
            self._fs.invalidate_cache(self._inner)
        self._end()

    def discard(self) -> None:
        """Abort the multipart upload, if there is one."""
        if self._upload_id:
            self._call("abort_multipart_upload")
        self._end()

    def _send(self, num_bytes: int) -> None:
        if not self._upload_id:
            self._upload_id = str(self._fs.call_s3("create_multipart_upload", **self._object)["UploadId"])
        number = len(self._parts) + 1
        answer = self._call("upload_part", PartNumber=number, Body=bytes(self._buffer[:num_bytes]))
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        del self._buffer[:num_bytes]

    def _call(self, method: str, **arguments: object) -> Any:
        return self._fs.call_s3(method, **self._object, UploadId=self._upload_id, **arguments)

    def _end(self) -> None:
        self.closed, self._upload_id, self._buffer = True, "", bytearray()


class GcsUpload:
    """A file on Google Cloud Storage."""

    def __init__(self, fs: Any, inner: str, path: str) -> None:
        self.closed = False
        self._fs, self._inner, self._path = fs, inner, path
        self._bucket, self._key, _ = fs.split_path(inner)
        self._buffer = bytearray()
        self._location = ""
        self._num_sent = 0
        try:
            self._version = str(fs.call("GET", "b/{}/o/{}", self._bucket, self._key, json_out=True)["generation"])
        except FileNotFoundError:
            self._version = ABSENT

    def write(self, data: ReadableBuffer) -> int:
        """Append bytes; send every 16 MiB."""
        self._buffer += data
        while len(self._buffer) > _PART_BYTES:
            self._send(_PART_BYTES, total="*")
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Do nothing."""

    def commit(self, sha256: str) -> None:
        """Make the object appear; see `Upload.commit`."""
        try:
            if self._location:
                self._send(len(self._buffer), total=str(self._num_sent + len(self._buffer)))
            else:
                upload_gcs(self._fs, self._bucket, self._key, bytes(self._buffer), self._version)
        except Exception as error:
            if not is_gcs_conflict(error, self._version):
                raise
            _check_is_ours(self._fs, self._inner, self._path, sha256, error)
        finally:
            self._fs.invalidate_cache(self._inner)
        self._end()

    def discard(self) -> None:
        """Cancel the resumable upload, if there is one."""
        if self._location:
            self._fs.call("DELETE", self._location)
        self._end()

    def _send(self, num_bytes: int, *, total: str) -> None:
        """Send the first bytes of the buffer. A store may take fewer than it was sent, and the rest is sent again."""
        if not self._location:
            self._location = self._initiate()
        end = self._num_sent + num_bytes
        while self._num_sent < end:
            chunk = bytes(self._buffer[: end - self._num_sent])
            headers, content = self._fs.call(
                "PUT",
                self._location,
                headers={"Content-Range": f"bytes {self._num_sent}-{end - 1}/{total}"},
                data=chunk,
            )
            is_whole = total != "*" and bool(content) and "generation" in json.loads(content)
            taken = end if is_whole else int(headers.get("Range", "bytes=0--1").partition("-")[2]) + 1
            del self._buffer[: taken - self._num_sent]
            self._num_sent = taken

    def _initiate(self) -> str:
        headers, _ = self._fs.call(
            "POST",
            f"{self._fs._location}/upload/storage/v1/b/{{}}/o",
            self._bucket,
            uploadType="resumable",
            name=self._key,
            ifGenerationMatch=self._version or "0",
            headers={"X-Upload-Content-Type": "application/octet-stream"},
        )
        return str(headers["Location"])

    def _end(self) -> None:
        self.closed, self._location, self._buffer = True, "", bytearray()


def upload_gcs(fs: Any, bucket: str, key: str, content: bytes, version: str) -> str:
    """Upload an object with one request if it has the expected generation, and return its new generation."""
    answer = fs.call(
        "POST",
        f"{fs._location}/upload/storage/v1/b/{{}}/o",
        bucket,
        uploadType="media",
        name=key,
        ifGenerationMatch=version or "0",  # 0 means that the object does not exist
        headers={"Content-Type": "application/octet-stream"},
        data=content,
        json_out=True,
    )
    return str(answer["generation"])


class PlainUpload:
    """A file on a filesystem without conditional writes."""

    def __init__(self, fs: Any, inner: str) -> None:
        fs.makedirs(inner.rsplit("/", 1)[0], exist_ok=True)
        # With autocommit, closing a remote file would finish the upload even after an error.
        self._file = fs.open(inner, "wb", autocommit=False)

    @property
    def closed(self) -> bool:
        """Whether no more bytes can be written."""
        return bool(self._file.closed)

    def write(self, data: ReadableBuffer) -> int:
        """Append bytes."""
        return int(self._file.write(data))

    def flush(self) -> None:
        """Flush buffered bytes."""
        self._file.flush()

    def commit(self, sha256: str) -> None:
        """Close the file and give it its name."""
        self._file.close()
        self._file.commit()

    def discard(self) -> None:
        """Remove what was sent."""
        with suppress(Exception):  # closing a broken upload may fail
            self._file.close()
        self._file.discard()


def _check_is_ours(fs: Any, inner: str, path: str, sha256: str, refusal: Exception) -> None:
    """Check that an object whose upload was refused has the bytes that were to be written.

    Raises:
        FolderLostError: it has not.
    """
    with suppress(FileNotFoundError), fs.open(inner, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
            return
    raise FolderLostError(
        f"{path} was written or deleted by a different process while this run wrote it.",
        remedy="Make sure that only one run writes into the folder; then run the same command again to resume.",
    ) from refusal
