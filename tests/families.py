"""Small tokenizers with the exact configuration of the families named in the documentation, trained on a few texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from prose import document
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

LLAMA3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_PATTERN = LLAMA3_PATTERN.replace("{1,3}", "")
O200K_PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK_PATTERN = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CODE = (
    "def total(rows):\n    # 1,234 rows at 5%\n\treturn sum(r['x'] for r in rows)  \r\n\r\n\nif x<=10: y = 3.14159\n"
    * 9
)
OTHER = (
    "그는 'I'm here'라고 말했다. 契約書の第一条、甲は乙に通知する。第二条。 "
    "Don't! They'll… “quote” — 12345678 3,000원\n\n"
) * 9
TRAINING = [document("en", 1, num_sentences=60), document("ko", 2, num_sentences=60), CODE, OTHER]


def _byte_level_bpe(pre_tokenizer: pre_tokenizers.PreTokenizer, **model: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(**model))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def _by_patterns(*patterns: str) -> pre_tokenizers.PreTokenizer:
    splits = [pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False) for pattern in patterns]
    return pre_tokenizers.Sequence([*splits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def gpt2() -> Tokenizer:
    return _byte_level_bpe(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True))


def gpt2_with_prefix_space() -> Tokenizer:
    return _byte_level_bpe(pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True))


def smollm() -> Tokenizer:
    digits = pre_tokenizers.Digits(individual_digits=True)
    return _byte_level_bpe(pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)]))


def llama3() -> Tokenizer:
    tokenizer = _byte_level_bpe(_by_patterns(LLAMA3_PATTERN), ignore_merges=True)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=True),
            processors.TemplateProcessing(single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]),
        ]
    )
    return tokenizer


def qwen() -> Tokenizer:
    tokenizer = _byte_level_bpe(_by_patterns(QWEN_PATTERN))
    tokenizer.normalizer = normalizers.NFC()
    return tokenizer


def o200k() -> Tokenizer:
    return _byte_level_bpe(_by_patterns(O200K_PATTERN))


def deepseek() -> Tokenizer:
    return _byte_level_bpe(_by_patterns(r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK_PATTERN))


def gemma() -> Tokenizer:
    """Learned word by word as SentencePiece does, used without any split; what is not known becomes bytes."""
    return _sentence_piece(pre_tokenizers.Metaspace(prepend_scheme="never"))


def gemma_merging_across_spaces() -> Tokenizer:
    """The same configuration with merges such as `e▁` and `.\\n`, learned from texts without a split."""
    return _sentence_piece(pre_tokenizers.Split("\n\n\n", "isolated"))


def _sentence_piece(learned_by: pre_tokenizers.PreTokenizer) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = learned_by
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    texts = [piece for text in TRAINING for piece in text.splitlines(keepends=True)]
    trainer = trainers.BpeTrainer(vocab_size=1500, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    definition = json.loads(tokenizer.to_str())
    vocabulary = definition["model"]["vocab"]
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(256)}
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("▁▁", normalized=False)])
    return tokenizer


def unigram() -> Tokenizer:
    """As T5 without its normaliser: Metaspace puts a space before every text."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=700, special_tokens=["<unk>", *SPECIAL], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def unigram_first() -> Tokenizer:
    tokenizer = unigram()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    return tokenizer


def greedy_neighbours() -> Tokenizer:
    """GPT-2's with added tokens that take whitespace around them or look at their neighbours."""
    tokenizer = gpt2()
    tokenizer.add_tokens(
        [
            AddedToken("<left>", lstrip=True),
            AddedToken("<right>", rstrip=True),
            AddedToken("alone", single_word=True),
            AddedToken("a b", normalized=True),
            AddedToken("3 원", normalized=False),
        ]
    )
    return tokenizer


FAMILIES: dict[str, Callable[[], Tokenizer]] = {
    make.__name__: make
    for make in (
        gpt2,
        gpt2_with_prefix_space,
        smollm,
        llama3,
        qwen,
        o200k,
        deepseek,
        gemma,
        unigram,
        unigram_first,
        greedy_neighbours,
    )
}
"""Those of which cuts are proven."""


def save(tokenizer: Tokenizer, folder: Path, *, chat_template: str = "") -> str:
    """A folder that is a model reference for its tokenizer."""
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    if chat_template:
        fast.chat_template = chat_template
    fast.save_pretrained(folder)
    return str(folder)
