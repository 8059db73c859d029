"""The page of a preview: hostile texts, long prompts, and prompts that begin alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from page_checks import broken_promises, visible_text
from sample_preview import exchange, preview_of

from pipeline.records import Dropped
from pipeline.report.preview_page import common_beginning, excerpt_of, render_preview
from pipeline.report.previewed import preview_lines, request_lines
from pipeline.synthesize.teachers.protocol import (
    failed_reply,
)
from pipeline.synthesize.written.exchange import Exchange, Fate

HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }} </pre><img src=x onerror=alert(2)>"


def test_page_shows_hostile_prompts_and_replies_as_text() -> None:
    html = render_preview(preview_of(exchange(HOSTILE, HOSTILE, Dropped("not_json", HOSTILE))))
    assert broken_promises(html) == []
    assert visible_text(html).count(HOSTILE) == 3
    assert "✗ not json" in visible_text(html)


def test_page_without_requests_says_so() -> None:
    assert "The recipe asks no teacher about these 1 document." in visible_text(render_preview(preview_of()))


def test_page_shows_a_shared_beginning_once_and_the_rest_of_each_prompt() -> None:
    document = "DOCUMENT\n" + "A line of the document.\n" * 20
    prompts = [document + f"Question {number}" for number in range(3)]
    text = visible_text(render_preview(preview_of(*(exchange(one, "{}") for one in prompts), exchange("Recall", "{}"))))
    assert text.count("DOCUMENT A line") == 1 and text.count("After the beginning above:") == 3
    assert all(f"Question {number}" in text for number in range(3)) and "Recall" in text


def test_page_of_a_prompt_that_is_too_long_names_its_line() -> None:
    text = visible_text(render_preview(preview_of(exchange("x" * 70_000, "{}"), exchange("short", "{}"))))
    assert "line 1 of preview.jsonl has it" in text and len(text) < 10_000


def test_lines_of_a_preview_reconcile() -> None:
    failed = exchange("c", "")
    failed = Exchange(failed.item, failed_reply("status 500: boom"), None)
    preview = preview_of(exchange("a", "{}"), exchange("b", "", Dropped("not_json", "No JSON.")), failed)
    (line,) = preview_lines(preview)
    assert (line.asked, line.kept, line.rejected, line.failed) == (3, 1, 1, 1)
    assert line.reasons == {"not_json": 1, "status 500: boom": 1}
    assert [one["verdict"] for one in request_lines(preview)] == [Fate.KEPT, Fate.REJECTED, Fate.FAILED]


@given(st.lists(st.text(alphabet="ab\n", max_size=12), min_size=1, max_size=6))
def test_common_beginning_starts_the_first_prompt_and_at_least_half_of_the_others(prompts: list[str]) -> None:
    beginning = common_beginning(prompts)
    assert prompts[0].startswith(beginning) and (not beginning or beginning.endswith("\n"))
    assert 2 * sum(other.startswith(beginning) for other in prompts[1:]) >= len(prompts) - 1


@given(st.integers(0, 70_000))
def test_excerpt_has_all_of_the_text_or_its_two_ends(num_chars: int) -> None:
    text = "".join(chr(97 + index % 26) for index in range(num_chars))
    found = excerpt_of(text)
    assert found.num_chars == num_chars
    assert text.startswith(found.head) and text.endswith(found.tail) and found.whole in ("", text)
    assert found.tail or found.head == text
