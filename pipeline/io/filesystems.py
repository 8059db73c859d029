"""Opens the fsspec filesystem of a path, and explains the errors of the clients of object stores.

Used wherever a path may be on a store. The clients themselves repeat requests that fail for a passing reason (s3fs
five times, gcsfs six times, with growing waits), so an error that reaches this module has lasted.

Listings are never cached. The clients keep them by default and would hide files that worker processes and other
machines write.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import get_protocol

from pipeline.errors import InputError, MissingExtraError, PipelineError, StoreError
from pipeline.io.stand_ins import stand_in_for

EXTRAS = {"s3": "aws", "s3a": "aws", "gs": "gcp", "gcs": "gcp"}
"""The extra that installs the client of a protocol."""
_CACHED_LISTINGS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"})
"""Protocols whose client keeps listings unless it is told not to."""
_CLIENTS = frozenset(
    {"aiobotocore", "aiohttp", "asyncio", "botocore", "fsspec", "gcsfs", "google", "requests", "s3fs", "urllib3"}
)
"""Packages that take part in a request to a store."""
_HDFS = frozenset({"hdfs", "arrow_hdfs"})
_WEBHDFS = "webhdfs"
_FORBIDDEN = "Forbidden"
"""How the text of gcsfs's error begins if the store refuses access."""
_WITHOUT_CREDENTIALS = ("Credential", "RefreshError", "ProfileNotFound", "TokenRetrieval")
"""Parts of the names of errors about missing or expired credentials."""


def filesystem_of(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the filesystem of a path, and the path as the filesystem names it.

    Raises:
        InputError: the protocol is unknown, or its client refuses the address.
        MissingExtraError: the protocol needs a package that is not installed.
    """
    if stand_in := stand_in_for(path):
        return stand_in
    protocol = get_protocol(path)
    options = {"use_listings_cache": False} if protocol in _CACHED_LISTINGS else {}
    try:
        fs, inner = fsspec.core.url_to_fs(path, **options)
    except (ImportError, OSError) as error:
        if protocol in _HDFS:
            raise InputError(
                f"{path} cannot be opened: Hadoop's native client is not usable ({_first_line(error)}).",
                remedy="Use WebHDFS, which needs no client: webhdfs://USER@NAMENODE:9870/path. Or install Java and "
                "libhdfs, and set HADOOP_HOME and CLASSPATH.",
            ) from error
        if isinstance(error, OSError):
            raise
        extra = EXTRAS.get(protocol, "")
        raise MissingExtraError(
            f"{path} needs a package that is not installed.", remedy=f"{error}.", extra=extra
        ) from error
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path} cannot be opened: {error}.",
            remedy="Use a local path, bundled:, s3://…, gs://…, hf://datasets/OWNER/NAME/… or webhdfs://HOST:PORT/….",
        ) from error
    if protocol == _WEBHDFS:
        _harden_webhdfs(fs)
    return fs, str(inner)


def is_there(fs: fsspec.AbstractFileSystem, path: str) -> bool:
    """Return whether a file or folder exists; unlike `exists` of fsspec, never take an error for an absence.

    Args:
        fs: a filesystem.
        path: a path as the filesystem names it.
    """
    if isinstance(fs, LocalFileSystem):
        return bool(fs.exists(path))
    try:
        fs.info(path)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def explained_store_errors(action: str) -> Iterator[None]:
    """Turn an error that a store's client raises inside the block into one that names the action and the remedy.

    `FileNotFoundError`, `FileExistsError` and errors that do not come from a client stay as they are.

    Args:
        action: what the block does, such as `write s3://bucket/file`.

    Raises:
        InputError: there are no usable credentials.
        PermissionError: the store refuses access to the path.
        StoreError: the store does not answer, or answers with errors.
    """
    try:
        yield
    except (FileNotFoundError, FileExistsError, PipelineError):
        raise
    except Exception as error:
        if not is_store_error(error):
            raise
        raise store_error(action, error) from error


def is_store_error(error: BaseException) -> bool:
    """Return whether an error was raised by the client of a store."""
    raised_in = _raised_in(error.__traceback__)
    if raised_in == LocalFileSystem.__module__:
        return False
    return _package(type(error).__module__) in _CLIENTS or _package(raised_in) in _CLIENTS


def store_error(action: str, error: Exception) -> Exception:
    """Return the error that explains an error of a store's client; see `explained_store_errors`."""
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, PermissionError) or said.startswith(_FORBIDDEN):
        return PermissionError(errno.EACCES, f"the store refuses access ({said})")
    if any(word in type(error).__name__ for word in _WITHOUT_CREDENTIALS):
        return InputError(
            f"Cannot {action}: {said}.",
            remedy="Set credentials that allow reading, writing, listing and deleting there.",
        )
    return StoreError(
        f"Cannot {action}: {said} ({type(error).__name__}).",
        remedy="Check the address, the network and the state of the store; then run the same command again. Finished "
        "work is kept.",
    )


def _harden_webhdfs(fs: fsspec.AbstractFileSystem) -> None:
    """Make fsspec's client of WebHDFS repeat requests, and refuse the error pages of data nodes.

    Without this, the client would hand out such a page as the content of the file.
    """
    from requests import Response
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    if fs.session.hooks["response"]:
        return

    def refuse(answer: Response, *_: object, **__: object) -> None:
        if not answer.url.startswith(fs.url):  # the errors of the name node are explained by the client
            answer.raise_for_status()

    fs.session.hooks["response"] = [refuse]
    retry = Retry(5, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
    for scheme in ("http://", "https://"):
        fs.session.mount(scheme, HTTPAdapter(max_retries=retry))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _package(module: str) -> str:
    return module.partition(".")[0]


def _raised_in(trace: TracebackType | None) -> str:
    """Return the name of the module whose code raised an error."""
    name = ""
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
    return name
