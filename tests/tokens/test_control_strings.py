"""Strings that some family reads as a control token, each by itself, and text that only looks like one."""

from __future__ import annotations

import re

import pytest

from pipeline.tokens.control_strings import any_of, control_string_offsets, known_control_strings

KNOWN = """
<|im_start|> <|eot_id|> <|a|> <｜User｜> <｜begin▁of▁sentence｜> <<SYS>> <</SYS>> <s> </s> <think> </think> <tool_call>
</tool_calls> <tool_response> <function_call> <bos> <eos> <pad> <unk> <mask> <cls> <sep> <sop> <eop> <eoh> <eoa> <eod>
<PAD> <UNK> <BOS> <EOS> <MASK> <CLS> <SEP> <EOD> <EOT> <start_of_turn> <end_of_turn> <start_of_image> <end_of_audio>
<start_of_text> <end_of_role> <start_of_system> <end_of_user> <start_of_assistant> <fim_prefix> <fim_middle>
<fim_suffix> <fim_pad> <repo_name> <reponame> <file_sep> <filename> <gh_stars> <empty_output> <issue_start>
<jupyter_code> <commit_before> <unused0> <unused99> <extra_id_0> <reserved_106> <SPECIAL_12> <BOS_TOKEN>
<END_OF_TURN_TOKEN> [|assistant|] [INST] [/INST] [SYSTEM_PROMPT] [AVAILABLE_TOOLS] [TOOL_CALLS] [/TOOL_RESULTS]
[TOOL_CONTENT] [THINK] [ARGS] [CALL_ID] [PREFIX] [MIDDLE] [SUFFIX] [IMG] [IMG_BREAK] [IMG_END] [gMASK] [sMASK] [MASK]
[CLS] [SEP] [PAD] [UNK] [BOS] [EOS] [UNUSED_TOKEN_7] [e~[ ]~b] ]~!b[
"""
OTHERS = """
<||> <|a<|> <｜｜> <b> <S> </bos> <unused> <unusedx> <extra_id_> <table_1a> <start_of_day> [inst] [|a b|] [||] [MASKS]
[/MASK] [UNUSED_TOKEN_] [e~ ]b[ <fim_other> <Think> <issues_> <jupyter_>
"""


@pytest.mark.parametrize("string", [word.replace("[e~[", "[e~[") for word in KNOWN.split()])
def test_control_string_of_every_family_is_known_whole(string: str) -> None:
    pattern = known_control_strings()
    assert pattern.findall(f"a {string} b") == [string]
    assert control_string_offsets(f"a{string}b", re.compile("(?!)")) == {1}


@pytest.mark.parametrize("string", OTHERS.split())
def test_string_that_only_looks_like_one_is_text(string: str) -> None:
    assert known_control_strings().search(string) is None


def test_names_between_bars_have_64_characters_at_most() -> None:
    for opening, closing in (("<|", "|>"), ("<｜", "｜>"), ("[|", "|]")):
        assert known_control_strings().fullmatch(f"{opening}{'x' * 64}{closing}")
        assert not known_control_strings().search(f"{opening}{'x' * 65}{closing}")


def test_places_are_those_of_all_families_and_of_the_given_pattern() -> None:
    text = "<s> [INST] ]~b] §x§ <|a|>"
    assert control_string_offsets(text, re.compile("§x§")) == {0, 4, 11, 16, 20}


@pytest.mark.parametrize(
    ("strings", "pattern"),
    [
        (["a"], "a"),
        (["ab", "ac"], "a(?:b|c)"),
        (["a", "ab"], "a(?:b)?"),
        (["ab", "b", "ab"], "(?:ab|b)"),
        (["a.", "a"], r"a(?:\.)?"),
    ],
)
def test_expression_for_many_strings_branches_by_their_first_characters(strings: list[str], pattern: str) -> None:
    assert any_of(strings) == pattern
