"""Checks a cash book before the accountant sees it.

Usage: python ledger_check.py BOOK.csv [--tolerance CENTS]
"""

import argparse
import csv
import sys
from datetime import date

DEFAULT_TOLERANCE_CENTS = 2
MAX_GAP_DAYS = 10
KINDS = {"sale": 1, "purchase": -1, "wages": -1, "transfer": 0}


class LedgerError(Exception):
    """A line of the book is wrong."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


def read_entries(path):
    """Yield (line, date, kind, cents, balance) for each line of a book."""
    with open(path, newline="", encoding="utf-8") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            if row["kind"] not in KINDS:
                raise LedgerError(line, f"unknown kind {row['kind']!r}")
            yield line, date.fromisoformat(row["date"]), row["kind"], int(row["cents"]), int(row["balance"])


def check_balances(entries, tolerance):
    """Return the lines whose balance does not follow from the line before."""
    wrong, previous = [], None
    for line, _, kind, cents, balance in entries:
        if previous is not None and abs(previous + KINDS[kind] * cents - balance) > tolerance:
            wrong.append(line)
        previous = balance
    return wrong


def check_gaps(entries):
    """Return pairs of dates between which nothing was written for more than MAX_GAP_DAYS days."""
    dates = [entry[1] for entry in entries]
    return [(a, b) for a, b in zip(dates, dates[1:]) if (b - a).days > MAX_GAP_DAYS]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book")
    parser.add_argument("--tolerance", type=int, default=DEFAULT_TOLERANCE_CENTS)
    options = parser.parse_args()
    try:
        entries = list(read_entries(options.book))
    except LedgerError as error:
        print(error, file=sys.stderr)
        return 2
    wrong = check_balances(entries, options.tolerance)
    for line in wrong:
        print(f"line {line}: the balance is wrong")
    for first, last in check_gaps(entries):
        print(f"nothing was written from {first} to {last}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
