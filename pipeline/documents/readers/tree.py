"""Reads a source tree: the files of a folder become one document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.documents.decoding import decode, unreadable_share
from pipeline.documents.items import Segment
from pipeline.documents.licences import is_licence_file, licence_of_tree
from pipeline.documents.names import encodable_key
from pipeline.documents.opening import open_source
from pipeline.documents.readers.reader import Extract, Failed, Reading, ReadLimits, not_read
from pipeline.documents.trees import (
    LONG_LINE_CHARS,
    join_tree,
    long_lines_share,
    members_within,
    reading_order,
)
from pipeline.identity import sha256_hex
from pipeline.io import files

_LONG_LINES_SHARE = 0.5
"""The maximum share of a file's characters in long lines. A file above this share is data or minified code, and is
refused."""
_BROKEN_FILE_SHARE = 0.05
"""The maximum share of unreadable characters in a file. A file above this share is refused."""


def read_tree(segment: Segment, limits: ReadLimits) -> Iterator[Reading]:
    """Read the files of a tree into one document.

    A file is left out, with its own refusal, if it is unreadable or has very long lines. If the tree is too large, its
    largest files are left out.
    """
    item = segment.item
    data: dict[str, bytes] = {}
    members, too_large = members_within(item.members, limits.max_record_bytes)
    for member in too_large:
        detail = (
            f"The file's source tree has more than max_record_bytes = {limits.max_record_bytes} bytes; its largest "
            "files were left out."
        )
        yield replace(not_read(segment, 0, "too_large", detail), uri=files.join(item.uri, member.shown))
    for member in members:
        try:
            data[member.path] = _bytes_of(files.join(item.path, member.path), limit=member.num_bytes)
        except OSError as error:
            yield Failed(uri=files.join(item.uri, member.shown), offset=0, error=error)
    shown = {member.path: member.shown for member in item.members}
    decoded = {path: decode(data=content, declared="") for path, content in data.items()}
    broken = {
        path: found.replaced_share for path, found in decoded.items() if found.replaced_share > _BROKEN_FILE_SHARE
    }
    for path, share in broken.items():
        detail = f"{share:.1%} of the file's characters cannot be read; it was left out of its source tree."
        yield replace(not_read(segment, 0, "undecodable", detail, share), uri=files.join(item.uri, shown[path]))
    crowded = {
        path: share
        for path, found in decoded.items()
        if path not in broken and (share := long_lines_share(found.text)) > _LONG_LINES_SHARE
    }
    for path, share in crowded.items():
        detail = (
            f"{share:.0%} of the file is in lines longer than {LONG_LINE_CHARS} characters, as in data or minified "
            "code; it was left out of its source tree."
        )
        yield replace(not_read(segment, 0, "long_lines", detail, share), uri=files.join(item.uri, shown[path]))
    whole = {path: found.text for path, found in decoded.items() if path not in broken and path not in crowded}
    text = join_tree({shown[path]: whole[path] for path in reading_order(whole)})
    if not text:
        yield not_read(segment, 0, "empty", "No file of the source tree contains text.")
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
        format="tree",
        replaced_share=unreadable_share(text),
        is_conversation=False,
        is_code=True,
    )


def _bytes_of(path: str, *, limit: int) -> bytes:
    with open_source(path) as stream:
        return stream.read(limit)
