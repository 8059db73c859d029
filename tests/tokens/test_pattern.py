import pytest
from families import DEEPSEEK_PATTERN, LLAMA3_PATTERN, O200K_PATTERN, QWEN_PATTERN
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

from pipeline.tokens.cuts import GPT2_PATTERN
from pipeline.tokens.letters import NO_KIND, kind_of
from pipeline.tokens.pattern import UnsupportedPatternError, analyse_pattern

PATTERNS = {
    "gpt2": GPT2_PATTERN,
    "llama3": LLAMA3_PATTERN,
    "qwen": QWEN_PATTERN,
    "o200k": O200K_PATTERN,
    "deepseek": DEEPSEEK_PATTERN,
    "digits": r"\p{N}{1,3}",
    "han": r"[一-龥぀-ゟ゠-ヿ]+",
    "part_of_han": r"[一-乿]+|\s",
    "lookahead": r"[a-z](?=b)|[a-z]+|\s+",
    "lookahead_first": r"(?!b)[a-z]|[0-9]+",
    "lookahead_first_in_a_group": r"(?:(?=b)[a-z])|[0-9]+",
    "lookahead_last": r"[a-z](?!b)|[0-9]+",
    "lookahead_behind_what_may_be_missing": r"[0-9]?(?!b)[a-z]",
    "groups": r"(?:ab|c)+x?|(?i:'S)|[^a-z ]+",
}
TEXTS = st.text(st.sampled_from("aabbcsxtTSLl'’  \n\r\t.,!/<=“12가한一乿龥ぁカ。、é½"), min_size=2, max_size=12)


def splits(pattern: str, text: str) -> list[str]:
    split = Split(Regex(pattern), behavior="isolated", invert=False)
    return [piece for piece, _ in split.pre_tokenize_str(text)] if text else []


def joined(left: list[str], right: list[str]) -> list[str]:
    return [*left[:-1], left[-1] + right[0], *right[1:]]


@pytest.mark.parametrize("name", PATTERNS)
@given(text=TEXTS)
@settings(max_examples=400, deadline=None)
def test_local_and_bounding_hold_for_every_cut_of_any_text(name, text):
    adjacency = analyse_pattern(PATTERNS[name])
    for place in range(1, len(text)):
        before, after = kind_of(text[place - 1]), kind_of(text[place])
        if NO_KIND in (before, after) or not adjacency.local[before, after]:
            continue
        whole, left, right = (splits(PATTERNS[name], part) for part in (text, text[:place], text[place:]))
        apart = left + right
        if adjacency.bounding[before, after]:
            assert whole == apart
        else:
            assert whole in (apart, joined(left, right))


@pytest.mark.parametrize(
    ("name", "pair", "expected"),
    [
        ("gpt2", "a ", True),
        ("gpt2", "a\n", True),
        ("gpt2", "\na", False),  # `\s+(?!\S)` would take all of "  \n" where the text ended behind it
        ("gpt2", " a", False),
        ("gpt2", "'s", False),
        ("gpt2", "'x", True),
        ("llama3", ".\n", False),
        ("llama3", "가 ", True),
        ("llama3", "12", False),
        ("qwen", "12", True),
        ("llama3", "一。", True),
        ("o200k", "a'", False),
        ("llama3", "a'", True),
        ("deepseek", ". ", True),
    ],
)
def test_known_pairs_of_known_patterns(name, pair, expected):
    assert analyse_pattern(PATTERNS[name]).bounding[kind_of(pair[0]), kind_of(pair[1])] == expected


def test_a_block_that_is_partly_in_a_class_is_never_cut_at():
    adjacency = analyse_pattern(PATTERNS["part_of_han"])
    assert not adjacency.local[kind_of("一")].any() and adjacency.local[kind_of("a"), kind_of(" ")]


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\w+", r"a\b", r"^a", r"a$", r".", r"a*", r"(?<=a)b", r"(?<!a)b", r"a+?", r"a++", r"(?>a)", r"(a)", r"a{2}"),
        *(
            r"[[:alpha:]]",
            r"[a-z&&[b]]",
            r"\p{Hangul}",
            r"(?!ab)c",
            r"a)",
            r"(?:a",
            r"[a",
            r"(?i)a",
            r"(?:a(?!b))+",
            r"\1",
        ),
    ],
)
def test_what_is_out_of_scope_is_refused(pattern):
    with pytest.raises(UnsupportedPatternError):
        analyse_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "pair", "local", "bounding"),
    [
        (r"[a-z]", "1a", True, True),
        (r"(?!b)[a-z]", "1a", True, False),
        (r"(?=a)[a-z]", "1a", True, False),
        (r"[a-z](?!b)", "1a", True, False),
        (r"[a-z](?!b)", "a1", False, False),
        (r"(?:(?!b)[a-z])|x", "1a", True, False),
        (r"(?:(?!b)[a-z])|x", "1x", True, True),
        (r"[a-z]b?", "1a", True, True),
        (r"[a-z]b?", "ab", False, False),
        (r"[a-z]b", "1a", True, False),
        (r"[^a-z]+", "a1", True, True),
        (r"[^a-z]+", "11", False, False),
        (r"\d|\S", "1a", True, True),
        (r"\s\S", "a ", True, False),
    ],
)
def test_lookahead_and_what_must_follow_leave_no_certain_boundary(pattern, pair, local, bounding):
    found = analyse_pattern(pattern)
    before, after = map(kind_of, pair)
    assert (bool(found.local[before, after]), bool(found.bounding[before, after])) == (local, bounding)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"[[:alpha:]]", "a class within a class, or a class without an end at character 1"),
        (r"[a-z&&[b]]", "an intersection of classes at character 4"),
        (r"\p{Hangul}", "the property 'Hangul' at character 3"),
        (r"(?:a", "no ')' at character 4"),
        (r"\1", "'\\1' at character 2"),
        (r"a*", "matches the empty string"),
        (r"(?i:[a-z])", "a range that ignores case at character 8"),
    ],
)
def test_refusal_says_what_is_not_understood_and_where(pattern, message):
    with pytest.raises(UnsupportedPatternError) as raised:
        analyse_pattern(pattern)
    assert str(raised.value) == message
