"""Small tokenizers with the control tokens and the chat template of the families that rows are made for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from families import LLAMA3_PATTERN, QWEN_PATTERN, TRAINING
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
QWEN3 = (
    "{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}"
    "{%- for message in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}"
    "{%- if ns.multi_step_tool and message.role == 'user' and message.content is string and "
    "not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}"
    "{%- set ns.multi_step_tool = false %}{%- set ns.last_query_index = index %}{%- endif %}{%- endfor %}"
    "{%- for message in messages %}{%- if message.content is string %}{%- set content = message.content %}"
    "{%- else %}{%- set content = '' %}{%- endif %}"
    "{%- if (message.role == 'user') or (message.role == 'system' and not loop.first) %}"
    "{{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>' + '\n' }}"
    "{%- elif message.role == 'system' %}{{- '<|im_start|>system\n' + content + '<|im_end|>\n' }}"
    "{%- elif message.role == 'assistant' %}{%- set reasoning_content = '' %}"
    "{%- if '</think>' in content %}"
    "{%- set reasoning_content = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}"
    "{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}"
    "{%- if loop.index0 > ns.last_query_index and reasoning_content %}"
    "{{- '<|im_start|>' + message.role + '\n<think>\n' + reasoning_content.strip('\n') + '\n</think>\n\n' "
    "+ content.lstrip('\n') }}"
    "{%- else %}{{- '<|im_start|>' + message.role + '\n' + content }}{%- endif %}"
    "{{- '<|im_end|>\n' }}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}"
    "{%- endif %}{# <tool_call> <tool_response> #}"
)
LLAMA3 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}"
    "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim "
    "+ '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}"
    "{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
MISTRAL_TEXT = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% endif %}{% endfor %}"
)
MISTRAL_TOKENS = (
    "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] %}"
    "{%- set loop_messages = messages[1:] %}{%- else %}{%- set loop_messages = messages %}{%- endif %}"
    "{{- bos_token }}{%- for message in loop_messages %}{%- if message['role'] == 'user' %}"
    "{%- if loop.last and system_message is defined %}"
    "{{- '[INST] ' + system_message + '\n\n' + message['content'] + '[/INST]' }}"
    "{%- else %}{{- '[INST] ' + message['content'] + '[/INST]' }}{%- endif %}"
    "{%- elif message['role'] == 'assistant' %}{{- ' ' + message['content'] + eos_token}}{%- endif %}{%- endfor %}"
)
DEEPSEEK = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '<｜User｜>' + message['content'] }}{% elif message['role'] == 'assistant' %}"
    "{% if '</think>' in message['content'] %}{% set content = message['content'].split('</think>')[-1] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{{ '<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<｜Assistant｜>' }}{% endif %}"
)


@dataclass(frozen=True)
class ChatFamily:
    """A tokenizer without control tokens, what it adds to it, and its template."""

    make: Callable[[list[str]], Tokenizer]
    """Given the special tokens."""
    special: tuple[str, ...]
    template: str
    not_special: tuple[str, ...] = ()
    """Added tokens that tokenizer.json does not mark as special."""
    bos: str = ""
    eos: str = ""
    gives_text_back: bool = True


def _byte_level(
    pattern: str, *, normalizer: normalizers.Normalizer | None = None, adds_space: bool = False
) -> Callable[[list[str]], Tokenizer]:
    def make(special: list[str]) -> Tokenizer:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.normalizer = normalizer
        split = pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False)
        level = pre_tokenizers.ByteLevel(add_prefix_space=adds_space, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, show_progress=False)
        tokenizer.train_from_iterator(TRAINING, trainer)
        tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in special])
        return tokenizer

    return make


def _sentence_piece(special: list[str]) -> Tokenizer:
    """Its control tokens are in the vocabulary of the model, as Gemma's and Llama 2's are."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    trainer = trainers.BpeTrainer(vocab_size=1200, special_tokens=["<unk>", *special], show_progress=False)
    tokenizer.train_from_iterator([line for text in TRAINING for line in text.splitlines(keepends=True)], trainer)
    definition = json.loads(tokenizer.to_str())
    vocabulary = definition["model"]["vocab"]
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(256)}
    return Tokenizer.from_str(json.dumps(definition))


def _gemma(special: list[str]) -> Tokenizer:
    tokenizer = _sentence_piece(special)
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("<table>", normalized=False)])
    return tokenizer


def _llama2(special: list[str]) -> Tokenizer:
    tokenizer = _sentence_piece(special)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = None
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def _metaspace_first(special: list[str]) -> Tokenizer:
    tokenizer = _sentence_piece(special)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def _unigram(special: list[str]) -> Tokenizer:
    """Control tokens are pieces of the model, which would find them in any text."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=700, special_tokens=["<unk>", *special], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator([*TRAINING, "<|im_start|>user <|im_end|> </s> [INST]"], trainer)
    return tokenizer


def _words(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>", *special], show_progress=False)
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


_CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAT_FAMILIES: Mapping[str, ChatFamily] = {
    "qwen2": ChatFamily(_byte_level(QWEN_PATTERN, normalizer=normalizers.NFC()), _CHATML, CHATML, eos="<|im_end|>"),
    "prefix_space": ChatFamily(
        _byte_level(LLAMA3_PATTERN, adds_space=True), _CHATML, CHATML, eos="<|im_end|>", gives_text_back=False
    ),
    "qwen3": ChatFamily(
        _byte_level(QWEN_PATTERN, normalizer=normalizers.NFC()),
        (*_CHATML, "<|vision_start|>"),
        QWEN3,
        not_special=("<think>", "</think>", "<tool_call>", "<tool_response>", "</tool_response>", "<|fim_prefix|>"),
        eos="<|im_end|>",
    ),
    "llama3": ChatFamily(
        _byte_level(LLAMA3_PATTERN),
        (
            *("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
            *(f"<|reserved_special_token_{number}|>" for number in range(240)),
        ),
        LLAMA3,
        bos="<|begin_of_text|>",
        eos="<|eot_id|>",
    ),
    "gemma": ChatFamily(
        _gemma,
        ("<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"),
        GEMMA,
        bos="<bos>",
        eos="<eos>",
    ),
    "gemma_not_special": ChatFamily(
        _gemma,
        ("<pad>", "<eos>", "<bos>"),
        GEMMA,
        not_special=("<start_of_turn>", "<end_of_turn>"),
        bos="<bos>",
        eos="<eos>",
    ),
    "mistral_text": ChatFamily(_metaspace_first, ("<s>", "</s>"), MISTRAL_TEXT, bos="<s>", eos="</s>"),
    "mistral_legacy": ChatFamily(_llama2, ("<s>", "</s>"), MISTRAL_TEXT, bos="<s>", eos="</s>", gives_text_back=False),
    "mistral_tokens": ChatFamily(
        _metaspace_first,
        ("<s>", "</s>", "[INST]", "[/INST]", "[TOOL_CALLS]"),
        MISTRAL_TOKENS,
        bos="<s>",
        eos="</s>",
    ),
    "tekken": ChatFamily(
        _byte_level(LLAMA3_PATTERN),
        ("<unk>", "<s>", "</s>", "[INST]", "[/INST]", *(f"<SPECIAL_{number}>" for number in range(20, 60))),
        MISTRAL_TOKENS,
        bos="<s>",
        eos="</s>",
    ),
    "deepseek": ChatFamily(
        _byte_level(LLAMA3_PATTERN),
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        DEEPSEEK,
        not_special=("<｜User｜>", "<｜Assistant｜>", "<think>", "</think>"),
        bos="<｜begin▁of▁sentence｜>",
        eos="<｜end▁of▁sentence｜>",
    ),
    "unigram": ChatFamily(_unigram, (*_CHATML, "</s>"), CHATML, eos="<|im_end|>", gives_text_back=False),
    "words": ChatFamily(_words, _CHATML, CHATML, eos="<|im_end|>", gives_text_back=False),
}


def save_family(name: str, folder: Path) -> str:
    """A folder that is a model reference for a family's tokenizer."""
    family = CHAT_FAMILIES[name]
    tokenizer = family.make(list(family.special))
    tokenizer.add_tokens([AddedToken(content, normalized=False) for content in family.not_special])
    names = {"bos_token": family.bos, "eos_token": family.eos}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **{key: name for key, name in names.items() if name})
    fast.chat_template = family.template
    fast.save_pretrained(folder)
    return str(folder)
