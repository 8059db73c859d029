"""MHTML pages and WARC crawls."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from reader_runs import LIMITS, fates, one_extract, read_bytes

from pipeline.documents.readers import reader_of_content
from pipeline.documents.readers.reader import Extract, FileKind, ReadLimits

PAGE = "<html><head><title>휴가 규정</title></head><body><nav>홈</nav><p>연차는 열다섯 날이다.</p></body></html>"


def mhtml(*parts: tuple[str, str, bytes], head: str = "From: <Saved by Blink>\r\nSubject: ") -> bytes:
    text = f"{head}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=xx\r\n\r\n".encode()
    for kind, location, data in parts:
        text += f"--xx\r\nContent-Type: {kind}\r\nContent-Location: {location}\r\n\r\n".encode() + data + b"\r\n"
    return text + b"--xx--\r\n"


def test_mhtml_page_is_read_with_its_encoding(tmp_path: Path) -> None:
    data = mhtml(("text/html", "http://a/", PAGE.encode("cp949")), ("image/png", "http://a/x.png", b"\x89PNG"))
    data = data.replace(b"Content-Type: text/html", b"Content-Type: text/html; charset=euc-kr")
    found = one_extract(tmp_path, "a.mhtml", data)
    assert (found.text, found.title, found.format) == ("연차는 열다섯 날이다.\n", "휴가 규정", "mhtml")


def test_mhtml_named_root_and_frames(tmp_path: Path) -> None:
    snapshot = "From: <Saved by Blink>\r\nSnapshot-Content-Location: http://a/main\r\nSubject: Main"
    ad, main = b"<p>Advertisement</p>", b"<p>The rules.</p>"
    data = mhtml(("text/html", "http://a/ad", ad), ("text/html", "http://a/main", main), head=snapshot)
    assert one_extract(tmp_path, "a.mht", data).text == "The rules.\n"
    frames = mhtml(("text/html", "f", b"<html><frameset><frame src=g></frameset></html>"), ("text/html", "g", main))
    assert one_extract(tmp_path, "b.mht", frames).text == "The rules.\n"


def test_mhtml_refusal_and_recognition(tmp_path: Path) -> None:
    assert fates(read_bytes(tmp_path, "a.mht", mhtml(("image/png", "x", b"\x89PNG")))) == [("a.mht", "no_text")]
    reader = reader_of_content(mhtml(("text/html", "x", b"<p>x</p>")), FileKind(None))
    assert reader is not None
    assert reader.name == "mhtml"


def record(kind: str, url: str, content: bytes) -> bytes:
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
    head += f"WARC-Date: 2024-01-01T00:00:00Z\r\nContent-Type: application/http; msgtype={kind}\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content + b"\r\n\r\n"


def answer(url: str, body: bytes, *headers: str, status: int = 200, kind: str = "text/html; charset=euc-kr") -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", *headers]
    return record("response", url, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)


HTML = PAGE.encode("cp949")
CRAWL = [
    record("request", "http://a/0", b"GET / HTTP/1.1\r\n\r\n"),
    answer("http://a/plain", HTML),
    answer("http://a/gzip", gzip.compress(HTML), "Content-Encoding: gzip"),
    answer("http://a/chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(HTML), HTML), "Transfer-Encoding: chunked"),
    answer("http://a/decoded", HTML, "Transfer-Encoding: chunked", "Content-Encoding: gzip"),
    answer("http://a/brotli", HTML, "Content-Encoding: br"),
    answer("http://a/missing", HTML, status=404),
    answer("http://a/x.png", b"\x89PNG", kind="image/png"),
    answer("http://a/robots.txt", b"Words of a text.", kind="text/plain"),
]


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "unnamed"])
def test_warc_pages_are_records_with_their_url(name: str, tmp_path: Path) -> None:
    data = b"".join(map(gzip.compress, CRAWL)) if name.endswith(".gz") else b"".join(CRAWL)
    readings = read_bytes(tmp_path, name, data)
    assert fates(readings) == [
        ("0", "skipped warc_record"),
        ("plain", "kept"),
        ("gzip", "kept"),
        ("chunked", "kept"),
        ("decoded", "kept"),
        ("brotli", "unsupported_format"),
        ("missing", "skipped warc_record"),
        ("x.png", "skipped warc_record"),
        ("robots.txt", "kept"),
    ]
    pages = [reading for reading in readings if isinstance(reading, Extract)]
    assert {page.text.strip() for page in pages[:4]} == {"연차는 열다섯 날이다."}
    assert pages[0].uri == f"{tmp_path}/{name}!/http://a/plain"
    assert b"".join(CRAWL)[pages[0].offset :].startswith(b"WARC/1.0\r\nWARC-Type: response")
    assert pages[-1].text == "Words of a text."


def test_warc_damage_and_limits(tmp_path: Path) -> None:
    whole = b"".join(CRAWL[:3])
    assert fates(read_bytes(tmp_path, "a.warc", whole[:-60]))[:3] == [
        ("0", "skipped warc_record"),
        ("plain", "kept"),
        ("gzip", "failed"),
    ]
    bomb = answer("http://a/bomb", gzip.compress(b" " * 5_000_000), "Content-Encoding: gzip")
    assert fates(read_bytes(tmp_path, "a.warc", bomb + CRAWL[1])) == [("bomb", "too_large"), ("plain", "kept")]
    packed = gzip.compress(answer("http://a/bomb", b" " * 1_900_000) * 20)
    readings = read_bytes(tmp_path, "a.warc.gz", packed, ReadLimits(2_000_000, 2, 60, LIMITS.max_parser_bytes))
    assert fates(readings)[-1] == ("a.warc.gz", "inflated")
    assert fates(read_bytes(tmp_path, "a.warc", b"no crawl at all\n"))[-1][1] in ("failed", "empty")
