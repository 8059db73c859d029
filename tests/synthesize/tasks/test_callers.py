from structural_documents import TREE, answer_to, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.callers import CALLERS_OF


def callers(text: str, language: str = "en") -> Findings:
    return findings(text, "callers", domain="code", language=language)


def test_caller_facts_every_caller_once_with_its_file() -> None:
    assert answer_to(callers(TREE), CALLERS_OF, name="rate_for") == (
        "`Cart.total` (shop/cart.py)\n`quote` (shop/cart.py)\nmodule level (shop/cart.py)"
    )
    assert answer_to(callers(TREE), CALLERS_OF, name="quote") == "`test_quote` (tests/test_cart.py)"


def test_caller_facts_module_level_has_a_korean_name() -> None:
    answer = answer_to(callers(TREE, "ko"), CALLERS_OF, name="rate_for")
    assert answer.endswith("모듈 수준 코드 (shop/cart.py)")


def test_caller_facts_method_called_on_self() -> None:
    assert answer_to(callers(TREE), CALLERS_OF, name="Cart.total") == "`Cart.__init__` (shop/cart.py)"


def names_asked(found: Findings) -> set[str]:
    return {slots_of(fact)["name"] for fact in found.facts}


def test_caller_facts_call_on_another_object_of_the_same_name_is_not_asked_about() -> None:
    assert names_asked(callers(TREE)) == {"rate_for", "quote", "_base", "Cart.total"}


def test_caller_facts_name_defined_twice_is_not_asked_about() -> None:
    found = callers(TREE + "\n\n# file: shop/old.py\n\n\ndef rate_for(zone):\n    return 0\n")
    assert names_asked(found) == {"quote", "_base", "Cart.total"}


def test_caller_facts_renamed_or_shadowed_name_is_not_asked_about() -> None:
    renamed = callers(TREE + "\n\n# file: shop/x.py\n\nfrom shop.rates import rate_for as price\n\nprice('B')\n")
    shadowed = callers(TREE + "\n\n# file: shop/x.py\n\n\ndef f(rate_for):\n    return rate_for('B')\n")
    decorating = callers(TREE + "\n\n# file: shop/x.py\n\nfrom shop.rates import rate_for\n\n@rate_for\ndef f(): ...\n")
    foreign = callers(TREE + "\n\n# file: shop/x.py\n\nfrom post import rate_for\n\nrate_for('B')\n")
    for found in (renamed, shadowed, decorating, foreign):
        assert names_asked(found) == {"quote", "_base", "Cart.total"}


def test_caller_facts_more_than_twelve_callers_are_refused() -> None:
    many = "".join(f"\n\ndef f{number}():\n    return _base('A')\n" for number in range(13))
    assert ("list_too_long", "_base (shop/rates.py)") in refused(
        callers(TREE.replace("\n\n# file: shop/cart", many + "\n\n# file: shop/cart"))
    )


def test_caller_facts_recursion_and_decorators() -> None:
    text = (
        "# file: a.py\n\n\ndef walk(n):\n    return walk(n - 1)\n\n\ndef tag(x):\n"
        "    return lambda f: f\n\n\n@tag(1)\ndef run():\n    def inner():\n        walk(3)\n"
        "    inner()\n"
    )
    found = callers(text)
    assert "walk" not in names_asked(found), "it calls itself, so the list of its callers would have to name it"
    assert answer_to(found, CALLERS_OF, name="tag") == "module level (a.py)"


def test_caller_facts_name_mentioned_in_a_file_that_does_not_parse_is_not_asked_about() -> None:
    broken = TREE + "\n\n# file: broken.py\n\ndef broken(:\n    return rate_for('B')\n"
    assert names_asked(callers(broken)) == {"quote", "_base", "Cart.total"}


def test_caller_facts_name_mentioned_in_a_file_that_no_grammar_reads_is_not_asked_about() -> None:
    fast = TREE + "\n\n# file: shop/fast.pyx\n\ncdef int f(): return quote(1)\n"
    assert names_asked(callers(fast)) == {"rate_for", "_base", "Cart.total"}


def test_caller_facts_evidence_shows_the_call_and_who_makes_it() -> None:
    [fact] = [fact for fact in callers(TREE).facts if slots_of(fact)["name"] == "_base"]
    assert [TREE[span.start : span.end] for span in fact.spans] == [
        "# file: shop/rates.py",
        "def rate_for(zone: str, *, weight_g: int = 0) -> int",
        "_base",
    ]
