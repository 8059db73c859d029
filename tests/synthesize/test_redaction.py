import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.teachers.servers.redaction import WITHHELD, Redactor

KEY = 'sk-Aé"/+=&<\\1x9'


@pytest.mark.parametrize(
    "echoed",
    [
        KEY,
        f"Bearer {KEY}",
        quote(KEY, safe=""),
        quote(KEY, safe="").lower(),
        json.dumps(KEY),
        json.dumps({"headers": json.dumps({"Authorization": f"Bearer {KEY}"})}),
        html.escape(KEY),
        base64.b64encode(KEY.encode()).decode(),
        KEY.encode().hex(),
        "".join(f"\\u{ord(char):04x}" for char in KEY),
        "".join(f"%{byte:02X}" for byte in KEY.encode()),
        quote(quote(KEY, safe=""), safe=""),
        "".join(f"&#{ord(char)};" for char in KEY),
    ],
)
def test_redactor_takes_the_key_out_however_it_is_written(echoed):
    redactor = Redactor(KEY)
    for clean in (redactor.answer, redactor.message):
        cleaned = clean(f"Invalid credentials {echoed} were sent.")
        assert echoed not in cleaned
        assert KEY not in cleaned
        assert "[key]" in cleaned or cleaned == WITHHELD


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=8), st.text(), st.text())
def test_redactor_leaves_no_key_in_any_text(key, before, after):
    key = key.strip()
    if len(key) < 8 or key in "[key]" or key in WITHHELD:
        return
    assert key not in Redactor(key).message(f"{before}{key}{after}").replace("[key]", "")


def test_redactor_leaves_other_text_of_an_answer_alone():
    text = 'The tenant\'s api_key: 12345678 and "Bearer of the letter" 100% \\u00e9 &amp; stay.'
    assert Redactor(KEY).answer(text) == text
    assert Redactor("").answer(text) == text


@pytest.mark.parametrize(
    ("said", "cleaned"),
    [
        ("sent Authorization: Bearer abcdef.123456 to it", "sent Authorization: Bearer [key] to it"),
        ('{"x-api-key": "abcdef123456"}', '{"x-api-key": "[key]"}'),
        ("api_key=abcdef123456&x=1", "api_key=[key]&x=1"),
        ("proxy http://me:word@host:80 refused", "proxy http://host:80 refused"),
    ],
)
def test_redactor_takes_any_credentials_out_of_a_message(said, cleaned):
    assert Redactor("").message(said) == cleaned
    assert Redactor("another-key-123").message(said) == cleaned


def test_redactor_takes_a_placeholder_for_no_secret_and_a_short_key_for_a_whole_word():
    assert Redactor("EMPTY").answer("The box is EMPTY.") == "The box is EMPTY."
    assert Redactor("abc1").answer("abc1 or xabc1y or abc1.") == "[key] or xabc1y or [key]."
