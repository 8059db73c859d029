"""The type of the rules for registers: the levels of politeness in which a language ends its sentences.

A teacher writes all questions and answers about one document in one register, so that a conversation has one voice. A
language without registers offers none, and nothing is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.identity import stable_hash64


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRules:
    """The registers of one language."""

    registers: tuple[str, ...] = ()
    """The registers that teachers write in. `registers` in the language's `chat.yaml` has the wording of each."""
    register_of: Callable[[str], str | None] = lambda sentence: None
    """Returns the register of a sentence: one of those above or another one; None for a fragment, such as a noun."""

    def register_for(self, doc_id: str, seed: int) -> str | None:
        """Return the register of all rows about a document, drawn by its id and the recipe's seed; None if none."""
        if not self.registers:
            return None
        return self.registers[stable_hash64(seed, "register", doc_id) % len(self.registers)]
