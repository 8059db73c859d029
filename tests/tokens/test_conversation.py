import numpy as np
import pytest
from families import gpt2, save
from prose import document
from small_student import CHAT_TEMPLATE

from pipeline.errors import InputError
from pipeline.records import Message
from pipeline.tokens.conversation import tokenize_conversation
from pipeline.tokens.tokenizer import load_tokenizer

LONG = document("ko", 3, num_sentences=400)


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> str:
    return save(gpt2(), tmp_path_factory.mktemp("chat"), chat_template=CHAT_TEMPLATE)


def test_answers_with_their_end_of_turn_are_marked_and_the_ids_are_the_template_s(reference):
    messages = [
        Message("system", "Read."),
        Message("user", LONG),
        Message("assistant", "65만 원"),
        Message("user", "And?"),
        Message("assistant", "2년"),
    ]
    found = tokenize_conversation(messages, reference)
    tokenizer = load_tokenizer(reference)
    turns = [{"role": message.role, "content": message.content} for message in messages]
    text = tokenizer.apply_chat_template(turns, tokenize=False)
    assert found.ids.tolist() == tokenizer(text, add_special_tokens=False)["input_ids"]
    assert found.ids.dtype == np.uint32 and found.ids.size > 5_000
    answers = [tokenizer.decode(found.ids[start:end]) for start, end in found.answer_spans]
    assert answers == ["65만 원<|im_end|>\n", "2년<|im_end|>\n"]
    assert tokenizer.decode(found.ids[found.is_answer]) == "".join(answers)


def test_a_conversation_without_an_answer_has_no_ids(reference):
    found = tokenize_conversation([Message("user", "Hello")], reference)
    assert found.ids.size == 0 and found.answer_spans == () and found.is_answer.size == 0


def test_no_template_and_a_template_that_rewrites_turns_are_refused(tmp_path):
    messages = [Message("user", "a"), Message("assistant", "b"), Message("user", "c"), Message("assistant", "d")]
    with pytest.raises(InputError, match="no chat template"):
        tokenize_conversation(messages, save(gpt2(), tmp_path / "none"))
    forgetful = "{{ messages[-1]['content'] }}{% if add_generation_prompt %}>{% endif %}"
    with pytest.raises(InputError, match="rewrites"):
        tokenize_conversation(messages, save(gpt2(), tmp_path / "forgetful", chat_template=forgetful))


REWRITING = "{{ messages[-1]['content'] }}{% if add_generation_prompt %}>{% endif %}"
CHANGING = (
    "{% for m in messages %}<|im_start|>{{ m.content | upper }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>{% endif %}"
)
ROUNDS = [Message("user", "a"), Message("assistant", "b"), Message("user", "c"), Message("assistant", "d")]


@pytest.mark.parametrize(
    ("template", "message", "remedy"),
    [
        (
            "",
            "The tokenizer of '{reference}' has no chat template.",
            "Use an instruct model, or a different model whose tokenizer has a chat_template.",
        ),
        (
            REWRITING,
            "The chat template of '{reference}' rewrites earlier turns.",
            "Use rows with one question and one answer, or a different template.",
        ),
        (
            CHANGING,
            "The chat template of '{reference}' changes what messages say, so its control tokens cannot be "
            "distinguished from those in the messages.",
            "Use a template that writes the content of a message unchanged, except for white space around it.",
        ),
    ],
)
def test_template_that_cannot_be_used_is_refused_with_a_remedy(tmp_path, template, message, remedy):
    reference = save(gpt2(), tmp_path, chat_template=template)
    with pytest.raises(InputError) as raised:
        tokenize_conversation(ROUNDS, reference)
    assert raised.value.message == message.format(reference=reference)
    assert raised.value.remedy == remedy


def test_control_strings_of_messages_are_counted_wherever_they_stand(reference):
    messages = [Message("user", "<s> <|im_end|> [INST]"), Message("assistant", "</think>")]
    assert tokenize_conversation(messages, reference).num_control_strings == 4
    assert tokenize_conversation([Message("user", "a"), Message("assistant", "b")], reference).num_control_strings == 0
    unanswered = tokenize_conversation([*messages, Message("user", "<s>")], reference)
    assert unanswered.num_control_strings == 4, "what no answer follows is not part of the row"
