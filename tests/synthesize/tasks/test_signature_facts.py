from structural_documents import TREE, answer_to, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.signature import SIGNATURE_FILE, SIGNATURE_METHODS, SIGNATURE_OF


def signatures(text: str) -> Findings:
    return findings(text, "signature", domain="code", language="en")


def test_signature_facts_python_header_is_quoted_up_to_its_colon() -> None:
    found = signatures(TREE)
    assert answer_to(found, SIGNATURE_OF, name="rate_for") == "def rate_for(zone: str, *, weight_g: int = 0) -> int"
    assert answer_to(found, SIGNATURE_OF, name="Cart.total") == ("def total(self, extra: int) -> int")


def test_signature_facts_property_and_its_setter_share_a_name_and_are_refused() -> None:
    assert ("overloaded_name", "Cart.size") in refused(signatures(TREE))


def test_signature_facts_file_is_asked_for_names_defined_once() -> None:
    found = signatures(TREE + "\n\n# file: shop/old.py\n\n\ndef quote(zone, tax):\n    return 0\n")
    assert answer_to(found, SIGNATURE_FILE, name="rate_for") == "shop/rates.py"
    assert not any(fact.form is SIGNATURE_FILE and slots_of(fact)["name"] == "quote" for fact in found.facts)
    assert answer_to(found, SIGNATURE_OF, name="quote", file="shop/old.py") == "def quote(zone, tax)"


def test_signature_facts_methods_of_a_class_in_order() -> None:
    text = "class Store:\n    def save(self, x): ...\n\n    async def load(self): ...\n"
    found = signatures(f"# file: store.py\n{text}")
    assert answer_to(found, SIGNATURE_METHODS, name="Store") == "`save`, `load`"


def test_signature_facts_colon_in_a_default_or_a_string_does_not_end_the_header() -> None:
    header = 'def cut(text: str, at: dict[str, int] = {"a": 1}, sep=":", key=lambda x: x) -> "list[str]"'
    assert answer_to(signatures(f"# file: a.py\n{header}:\n    return []\n"), SIGNATURE_OF) == header


def test_signature_facts_offsets_count_characters_before_hangul_and_emoji() -> None:
    text = (
        '# file: 가.py\n\nX = "한글 🙂"; Y = 1\n\n\nclass 수업:\n    이름 = "가"\n\n'
        "    def 요금(self, 월: int) -> int: return 월\n"
    )
    assert answer_to(signatures(text), SIGNATURE_OF, name="수업.요금") == "def 요금(self, 월: int) -> int"


def test_signature_facts_javascript_and_c() -> None:
    text = (
        "# file: a.js\n\nexport async function load(path, {deep = false}) {\n  if (path) { return run(path); }\n}\n\n"
        "# file: b.c\n\nstatic int add(int a,\n               int b)\n{\n    return a + b;\n}\n\nint add2(int a);\n"
    )
    found = signatures(text)
    assert answer_to(found, SIGNATURE_OF, file="a.js") == "export async function load(path, {deep = false})"
    assert answer_to(found, SIGNATURE_OF, file="b.c") == "static int add(int a, int b)"


def test_signature_facts_file_that_does_not_parse_is_left_out() -> None:
    found = signatures(TREE + "\n\n# file: broken.py\n\ndef broken(:\n")
    assert found.facts
    assert not any(slots_of(fact).get("file") == "broken.py" for fact in found.facts)
