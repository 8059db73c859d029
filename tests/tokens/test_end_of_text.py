"""Which token stands between documents."""

from __future__ import annotations

from pathlib import Path

from small_student import small_tokenizer

from pipeline.io.models import EMBEDDED_MODEL
from pipeline.tokens.tokenizer import EndOfText, end_of_text


def test_family_token_goes_before_the_end_of_a_turn(tmp_path: Path) -> None:
    small_tokenizer().save_pretrained(tmp_path)
    assert small_tokenizer().eos_token == "<|im_end|>"
    assert end_of_text(str(tmp_path)) == EndOfText("<|endoftext|>", 256)


def test_embedded_instruct_model_separates_documents_as_its_base_did() -> None:
    assert end_of_text(EMBEDDED_MODEL) == EndOfText("<|endoftext|>", 0)


def test_tokenizer_of_no_known_family_uses_its_own_or_none(tmp_path: Path) -> None:
    for name, eos in (("own", "[END]"), ("none", None)):
        tokenizer = small_tokenizer()
        state = tokenizer.backend_tokenizer.to_str().replace("<|endoftext|>", "[END]")
        tokenizer = type(tokenizer)(tokenizer_object=type(tokenizer.backend_tokenizer).from_str(state), eos_token=eos)
        tokenizer.save_pretrained(tmp_path / name)
    assert end_of_text(str(tmp_path / "own")) == EndOfText("[END]", 256)
    assert end_of_text(str(tmp_path / "none")) is None
