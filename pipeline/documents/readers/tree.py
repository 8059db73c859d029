"""Reads a source tree: the files of a folder become one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pipeline.documents.decoding import Decoded, decode, unreadable_share
from pipeline.documents.generated_code import LONG_LINE_CHARS, generated_reason, long_lines_share
from pipeline.documents.items import Segment
from pipeline.documents.licences import is_licence_file, licence_of_tree
from pipeline.documents.names import encodable_key
from pipeline.documents.opening import open_source
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import Extract, Failed, NotRead, Reading, ReadLimits, Skipped, not_read
from pipeline.documents.trees import join_tree, members_within, reading_order
from pipeline.documents.versions import changed_error, is_unchanged
from pipeline.identity import sha256_hex
from pipeline.io import files

_NAME = "tree"
_LONG_LINES_SHARE = 0.5
"""The maximum share of a file's characters in long lines. A file above this share is data, and is refused."""
_BROKEN_FILE_SHARE = 0.05
"""The maximum share of unreadable characters in a file. A file above this share is refused."""


def read_tree(segment: Segment, limits: ReadLimits) -> Iterator[Reading]:
    """Read the files of a tree into one document.

    A file is left out, with its own verdict, if it is unreadable, changes, is generated or minified, or has very long
    lines. If the
    tree is too large, its largest files are left out. Licence files are part of the tree, but not of its text.
    """
    item = segment.item
    data: dict[str, bytes] = {}
    members, too_large = members_within(item.members, limits.max_record_bytes)
    for member in too_large:
        detail = (
            f"The file's source tree has more than max_record_bytes = {limits.max_record_bytes} bytes; its largest "
            "files were left out."
        )
        yield replace(not_read(segment, 0, "too_large", detail), uri=files.join(item.uri, member.shown), format=_NAME)
    for member in members:
        uri = files.join(item.uri, member.shown)
        path = files.join(item.path, member.path)
        try:
            data[member.path] = _bytes_of(path, limit=member.num_bytes)
        except OSError as error:
            yield Failed(uri=uri, offset=0, error=error, format=_NAME)
            continue
        if not is_unchanged(path, member.version):
            del data[member.path]
            yield Failed(uri=uri, offset=0, error=changed_error(uri), format=_NAME)
    shown = {member.path: member.shown for member in item.members}
    whole: dict[str, str] = {}
    for path, content in data.items():
        decoded = decode(data=content, declared="")
        verdict = _verdict(segment, path, files.join(item.uri, shown[path]), decoded)
        if verdict is not None:
            yield verdict
        else:
            whole[path] = decoded.text
    text = join_tree({shown[path]: whole[path] for path in reading_order(whole)})
    if not text:
        empty = not_read(segment, 0, "empty", "No file of the source tree contains text.")
        yield replace(empty, format=_NAME, members=_uris(item.uri, whole, shown))
        return
    digests = "".join(
        f"{encodable_key(path)}\0{sha256_hex(data[path])}\n" for path in sorted(whole) if not is_licence_file(path)
    )
    yield Extract(
        uri=item.uri,
        offset=0,
        text=text,
        title="",
        licence=licence_of_tree(whole),
        sha256=sha256_hex(digests.encode()),
        format=_NAME,
        replaced_share=unreadable_share(text),
        is_conversation=False,
        is_code=True,
        members=_uris(item.uri, whole, shown),
    )


def _verdict(segment: Segment, path: str, uri: str, decoded: Decoded) -> NotRead | Skipped | None:
    """Return why a file is left out of the tree, or None."""
    reader = kind_of(path).reader
    if decoded.replaced_share > _BROKEN_FILE_SHARE:
        share = decoded.replaced_share
        detail = f"{share:.1%} of the file's characters cannot be read; it was left out of its source tree."
        return replace(not_read(segment, 0, "undecodable", detail, share), uri=uri, format=_NAME)
    reason = generated_reason(path, decoded.text) if reader is not None and reader.is_code else ""
    if reason:
        return Skipped(uri, reason)
    share = long_lines_share(decoded.text)
    if share > _LONG_LINES_SHARE:
        detail = (
            f"{share:.0%} of the file is in lines longer than {LONG_LINE_CHARS} characters, as in data; it was left "
            "out of its source tree."
        )
        return replace(not_read(segment, 0, "long_lines", detail, share), uri=uri, format=_NAME)
    return None


def _uris(root: str, whole: Mapping[str, str], shown: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(files.join(root, shown[path]) for path in whole)


def _bytes_of(path: str, *, limit: int) -> bytes:
    with open_source(path) as stream:
        return stream.read(limit)
