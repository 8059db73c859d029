"""Functions that raise or catch an exception: complete on trees whose statements are known."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import answer_to, findings, refused, slots_of

from pipeline.synthesize.composed.python_exceptions import Handling, exception_uses
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.exceptions import EXCEPTIONS_CAUGHT, EXCEPTIONS_RAISED

_NAMES = ("RateError", "ZoneError", "StockError")


def exceptions(text: str, language: str = "en") -> Findings:
    return findings(text, "exceptions", domain="code", language=language)


def function(number: int, raised: list[str], caught: list[str]) -> str:
    lines = [
        f'def step_{number}(값):\n    """May raise RateError or ZoneError: raise StockError is not code here."""\n'
    ]
    lines += [f"    if 값 > {at}:\n        raise {name}('가{at}')\n" for at, name in enumerate(raised)]
    lines += [f"    try:\n        run(값)\n    except {name}:\n        pass\n" for name in caught]
    return "".join(lines)


_PLAN = st.lists(
    st.tuples(st.lists(st.sampled_from(_NAMES), max_size=3), st.lists(st.sampled_from(_NAMES), max_size=2)),
    min_size=1,
    max_size=7,
)


@settings(max_examples=40, deadline=None)
@given(plan=_PLAN, per_file=st.integers(1, 4))
def test_exceptions_every_function_once_in_order(plan: list[tuple[list[str], list[str]]], per_file: int) -> None:
    text, known = "", {}
    for number, (raised, caught) in enumerate(plan):
        path = f"shop/part{number // per_file}.py"
        text += f"# file: {path}\n\n\n" if number % per_file == 0 else "\n\n"
        text += function(number, raised, caught) + "\n\n"
        for form, names in ((EXCEPTIONS_RAISED, raised), (EXCEPTIONS_CAUGHT, caught)):
            for name in dict.fromkeys(names):
                known.setdefault((form, name), []).append(f"`step_{number}` ({path})")
    found = exceptions(text)
    answers = {(fact.form, slots_of(fact)["name"]): fact.answer.split("\n") for fact in found.facts}
    expected = {key: [f"{len(places)} in all:", *places] for key, places in known.items() if len(places) > 1}
    assert answers == expected
    for fact in found.facts:
        name, mark = slots_of(fact)["name"], "raise" if fact.form is EXCEPTIONS_RAISED else "except"
        quoted = [text[span.start : span.end] for span in fact.spans]
        in_code = len(re.findall(rf"(?m)^ +{mark} {name}\b", text))  # a plain search of the lines
        assert sum(quote.startswith(f"{mark} {name}") for quote in quoted) == in_code


def test_exceptions_nested_function_counts_alone_and_korean_answers() -> None:
    text = (
        "# file: a.py\n\n\ndef outer(x):\n    def inner(y):\n        raise KeyError(y)\n    return inner(x)\n\n\n"
        "class Box:\n    def get(self, key):\n        raise KeyError(key)\n"
    )
    answer = answer_to(exceptions(text, "ko"), EXCEPTIONS_RAISED, name="KeyError")
    assert answer == "모두 2개입니다.\n`outer.inner` (a.py)\n`Box.get` (a.py)"


def test_exceptions_file_that_does_not_parse_refuses_the_document() -> None:
    text = "# file: a.py\n\n\ndef f():\n    raise KeyError\n\n\ndef g():\n    raise KeyError\n"
    assert exceptions(text).facts
    found = exceptions(text + "\n\n# file: b.py\n\n\ndef h(:\n    raise KeyError\n")
    assert not found.facts
    assert ("unparsed_file", "b.py") in refused(found)


def test_exceptions_two_written_forms_are_refused_and_top_level_code_is_left_out() -> None:
    forms = (
        "def f():\n    raise click.UsageError\n\n\ndef g():\n    raise UsageError\n\n\ndef h():\n    raise UsageError\n"
    )
    assert not exceptions(f"# file: a.py\n\n\n{forms}").facts
    top = "def f():\n    raise KeyError\n\n\ndef g():\n    raise KeyError\n\n\nif f:\n    raise KeyError\n"
    assert not exceptions(f"# file: a.py\n\n\n{top}").facts


def test_exception_uses_offsets_count_characters() -> None:
    source = (
        "def f(x):\n    가 = '나'; raise 오류.Wrong(x)  # 끝\n\n\ntry:\n    f(1)\nexcept (A, b.C) as e:\n    raise\n"
    )
    uses = exception_uses(source)
    assert uses is not None
    assert [(use.handling, use.name, source[use.start : use.end]) for use in uses] == [
        (Handling.RAISES, "오류.Wrong", "raise 오류.Wrong(x)"),
        (Handling.CATCHES, "A", "except (A, b.C) as e:"),
        (Handling.CATCHES, "b.C", "except (A, b.C) as e:"),
    ]
    assert exception_uses("def f(:\n") is None
    assert exception_uses("raise wrong\n") == []
