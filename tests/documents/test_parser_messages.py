"""Messages of the parser process: equal after a round trip, and refused if they are anything else."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.parser_messages import (
    ParserAnswer,
    ParserRequest,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from pipeline.documents.readers.reader import Attachment, Converted, ReadOptions

CONVERTED = st.builds(
    Converted,
    text=st.text(st.characters()),
    title=st.text(),
    replaced_share=st.floats(0, 1),
    marks=st.lists(st.builds(Mark, st.sampled_from(MarkKind), st.integers(0, 9), st.integers(0, 9))).map(tuple),
    warnings=st.lists(st.text()).map(tuple),
    is_conversation=st.booleans(),
    attachments=st.lists(st.builds(Attachment, st.text(), st.binary())).map(tuple),
)


@given(CONVERTED)
def test_converted_file_is_equal_after_a_round_trip(converted: Converted) -> None:
    assert decode_answer(encode_answer(ParserAnswer(converted=converted))) == ParserAnswer(converted=converted)


def test_refusal_failure_and_request_are_equal_after_a_round_trip() -> None:
    for answer in (ParserAnswer(refused=("encrypted", "It needs a password.")), ParserAnswer(failure="ValueError: x")):
        assert decode_answer(encode_answer(answer)) == answer
    request = ParserRequest("pdf", (DocumentPart.COMMENTS,), TrackedChanges.ORIGINAL, 7)
    assert decode_request(encode_request(request, b"\0data")) == (request, b"\0data")
    assert request.options == ReadOptions(frozenset({DocumentPart.COMMENTS}), TrackedChanges.ORIGINAL)


def test_text_with_a_lone_surrogate_is_carried() -> None:
    answer = ParserAnswer(converted=Converted(text="a\ud800b"))
    assert decode_answer(encode_answer(answer)) == answer


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"converted": {"text": 5}},
        {"converted": None, "refused": [], "failure": "", "attachment_names": [], "attachment_sizes": [], "code": "x"},
        {"converted": None, "refused": "no", "failure": "", "attachment_names": [], "attachment_sizes": []},
    ],
)
def test_answer_that_is_none_is_refused(value: object) -> None:
    head = json.dumps(value).encode()
    with pytest.raises(ValueError):  # the caller names the file
        decode_answer(struct.pack(">Q", len(head)) + head)
    with pytest.raises(ValueError, match="a message of 3 bytes"):
        decode_answer(b"abc")
