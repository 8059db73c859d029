"""Allocates the seats of a council by the Sainte-Laguë method.

A party needs a share of votes of at least THRESHOLD, unless it represents a minority.
"""

from fractions import Fraction

THRESHOLD = Fraction(3, 100)
FIRST_DIVISOR = Fraction(7, 5)
TIE_BREAKER = "more_votes"


class TooFewVotesError(ValueError):
    """No party reached the threshold."""


def eligible(votes, minorities=()):
    """Return the parties that take part, with their votes.

    Args:
        votes: number of votes by party.
        minorities: parties that the threshold does not apply to.
    """
    total = sum(votes.values())
    kept = {name: n for name, n in votes.items() if name in minorities or Fraction(n, total) >= THRESHOLD}
    if not kept:
        raise TooFewVotesError("no party reached the threshold")
    return kept


def divisors():
    """Yield 1.4, 3, 5, 7, …: the first divisor is raised, which makes the first seat harder to win."""
    yield FIRST_DIVISOR
    odd = 3
    while True:
        yield Fraction(odd)
        odd += 2


def allocate(votes, num_seats, minorities=()):
    """Return the number of seats by party.

    If two quotients are equal, the party with more votes gets the seat.
    """
    kept = eligible(votes, minorities)
    series = {name: divisors() for name in kept}
    quotients = {name: Fraction(n) / next(series[name]) for name, n in kept.items()}
    seats = dict.fromkeys(kept, 0)
    for _ in range(num_seats):
        winner = max(quotients, key=lambda name: (quotients[name], kept[name]))
        seats[winner] += 1
        quotients[winner] = Fraction(kept[winner]) / next(series[winner])
    return seats


def majority(seats):
    """Return the parties of the smallest coalition with more than half of the seats, largest first."""
    needed = sum(seats.values()) // 2 + 1
    coalition, held = [], 0
    for name in sorted(seats, key=seats.get, reverse=True):
        coalition.append(name)
        held += seats[name]
        if held >= needed:
            return coalition
    return coalition
