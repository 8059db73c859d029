"""Summarises the counts of the winter bird survey.

A count file has lines of `date;site;species;number`. Sites have three-letter codes.
"""

import collections
import statistics

MIN_VISITS = 4
RARE_BELOW = 3
SITES = {"MRS": "Marsh hide", "DYK": "North dyke", "WEI": "Weir pool", "RUB": "Rubbish tip"}


class UnknownSiteError(KeyError):
    """A line names a site that is not in SITES."""


class Survey:
    """All counts of one winter."""

    def __init__(self, winter):
        self.winter = winter
        self.counts = collections.defaultdict(list)

    def add_line(self, line):
        """Add one line. Lines that start with # are skipped.

        Raises:
            UnknownSiteError: the site is not known.
            ValueError: the number is negative.
        """
        if line.startswith("#"):
            return
        day, site, species, number = line.strip().split(";")
        if site not in SITES:
            raise UnknownSiteError(site)
        if int(number) < 0:
            raise ValueError(f"negative count on {day}")
        self.counts[site, species].append(int(number))

    def peak(self, species):
        """Return (site name, number) of the highest count of a species."""
        found = [(max(numbers), SITES[site]) for (site, name), numbers in self.counts.items() if name == species]
        number, site = max(found)
        return site, number

    def mean(self, site, species):
        """Return the mean count; None with fewer than MIN_VISITS visits."""
        numbers = self.counts[site, species]
        return statistics.mean(numbers) if len(numbers) >= MIN_VISITS else None

    def rare(self):
        """Return the species of which fewer than RARE_BELOW birds were counted in all."""
        totals = collections.Counter()
        for (_, species), numbers in self.counts.items():
            totals[species] += sum(numbers)
        return sorted(name for name, total in totals.items() if total < RARE_BELOW)


def compare(old, new, species):
    """Return the change of a species' total between two surveys, in percent."""
    totals = [sum(sum(n) for (_, name), n in survey.counts.items() if name == species) for survey in (old, new)]
    return 100 * (totals[1] - totals[0]) / totals[0]
