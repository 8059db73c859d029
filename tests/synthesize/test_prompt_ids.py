"""Ids of prompts for a model in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers.processors import TemplateProcessing

from pipeline.records import Message
from pipeline.synthesize.teachers.prompt_ids import prompt_ids
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt
from pipeline.tokens.conversation import encode_prompt
from pipeline.tokens.tokenizer import load_tokenizer

from small_student import CHAT_TEMPLATE, small_tokenizer  # isort: skip

MESSAGES = (Message("system", "Read."), Message("user", "How much? <|im_end|>"))


@pytest.fixture
def reference(tmp_path: Path) -> str:
    tokenizer = small_tokenizer()
    tokenizer.chat_template = CHAT_TEMPLATE
    first = tokenizer.all_special_ids[0]
    token = tokenizer.convert_ids_to_tokens(first)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A $B", special_tokens=[(token, first)]
    )
    tokenizer.save_pretrained(tmp_path)
    return str(tmp_path)


def test_prompt_ids_of_a_completion_begin_with_what_the_model_wants_before_text(reference: str) -> None:
    tokenizer = load_tokenizer(reference)
    ids = prompt_ids(CompletionPrompt("Sentence: The rent.", ("\n",)), reference)
    assert ids == tokenizer("Sentence: The rent.")["input_ids"]
    assert ids[0] == tokenizer.all_special_ids[0]
    assert tokenizer.decode(ids[1:]) == "Sentence: The rent."


def test_prompt_ids_of_a_chat_are_those_of_its_template_and_end_with_the_open_answer(reference: str) -> None:
    ids = prompt_ids(ChatPrompt(MESSAGES, "{}"), reference)
    assert ids == encode_prompt(MESSAGES, reference).tolist()
    turns = [{"role": "user", "content": "Hi"}]
    whole = load_tokenizer(reference).apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    short = prompt_ids(ChatPrompt((Message("user", "Hi"),), "{}"), reference)
    assert load_tokenizer(reference).decode(short) == whole
