"""Limits of one run of `build-sft`. They are no part of a recipe: they change when rows are made, not which."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How much one run may ask of teachers. Answers that are in the cache cost nothing and do not count."""

    max_requests: int | None = None
    """The maximum number of requests, over all teachers and worker processes; None for no limit.

    A request that is sent again counts again if the server may have computed the first try, such as after a timeout.
    """
    max_cost: float | None = None
    """The maximum cost of the requests, in the currency of the teachers' prices; None for no limit.

    What a server does not count is taken to cost the most that it can; see `synthesize.budget`.
    """

    @property
    def is_set(self) -> bool:
        """Whether there is any limit."""
        return self.max_requests is not None or self.max_cost is not None


NO_LIMITS = RunLimits()
