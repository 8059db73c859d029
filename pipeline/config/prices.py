"""What a teacher costs and how fast it is, for the plan of a build and for `--max-cost`."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from pipeline.config.base import RecipeSection


class PriceOptions(RecipeSection):
    """Prices and speed of a teacher. They change no answer and no row, so a build with other prices stays valid."""

    price_per_million_prompt_tokens: float | None = Field(default=None, ge=0)
    """The price of a million prompt tokens, in `currency`. Without it, `--plan` tells tokens but no cost."""
    price_per_million_cached_tokens: float | None = Field(default=None, ge=0)
    """The price of a million prompt tokens that the server takes from its prefix cache; by default that of other prompt
    tokens."""
    price_per_million_answer_tokens: float | None = Field(default=None, ge=0)
    """The price of a million answer tokens; set it together with that of prompt tokens."""
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    """The currency of the prices, as three letters (ISO 4217). It is shown, and never converted."""
    tokens_per_second: float | None = Field(default=None, gt=0)
    """The number of tokens that one worker process gets through a second, with all its requests in flight: prompt
    tokens that are not in the prefix cache, and answer tokens. `--plan` prefers the rate of an earlier run in the same
    output folder."""

    @model_validator(mode="after")
    def _prices_are_complete(self) -> Self:
        prompt, answer = self.price_per_million_prompt_tokens, self.price_per_million_answer_tokens
        if (prompt is None) != (answer is None):
            raise ValueError("set price_per_million_prompt_tokens and price_per_million_answer_tokens together")
        if prompt is None and self.price_per_million_cached_tokens is not None:
            raise ValueError("price_per_million_cached_tokens needs price_per_million_prompt_tokens")
        return self

    @property
    def has_prices(self) -> bool:
        """Whether a cost can be told."""
        return self.price_per_million_prompt_tokens is not None


def without_prices(section: RecipeSection) -> dict[str, Any]:  # Any: JSON
    """Return a section as a JSON object without its prices and workers, for the fingerprint of what is built from it.

    Neither changes what is built.
    """
    cleaned = _cleaned(section.model_dump(mode="json"))
    assert isinstance(cleaned, dict)
    return cleaned


def _cleaned(value: object) -> object:
    if isinstance(value, dict):
        return {name: _cleaned(part) for name, part in value.items() if name not in _WITHOUT_EFFECT}
    return value


_WITHOUT_EFFECT = frozenset({*PriceOptions.model_fields, "worker"})
