# SPDX-License-Identifier: Apache-2.0
"""SQLite storage. One connection, one writer, no threads."""

from __future__ import annotations

import sqlite3

from .errors import StorageError
from .models import Dimensions, Parcel, Plan, Status

SCHEMA = """
CREATE TABLE IF NOT EXISTS parcels (
    parcel_id      TEXT PRIMARY KEY,
    district       TEXT NOT NULL,
    weight_g       INTEGER NOT NULL,
    dims           TEXT NOT NULL,
    declared_cents INTEGER NOT NULL,
    extras         TEXT NOT NULL,
    status         TEXT NOT NULL,
    price_cents    INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS round_parcels (
    service_date TEXT NOT NULL,
    van          INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    parcel_id    TEXT NOT NULL REFERENCES parcels(parcel_id),
    PRIMARY KEY (service_date, van, position)
);
"""

_SELECT = (
    "SELECT parcel_id, district, weight_g, dims, declared_cents, extras, status "
    "FROM parcels "
)


def _to_parcel(row: tuple) -> Parcel:
    """Build a parcel from a row of ``_SELECT``."""
    parcel_id, district, weight_g, dims, declared_cents, extras, status = row
    return Parcel(
        parcel_id, district, weight_g, Dimensions.parse(dims), declared_cents,
        frozenset(extras.split()), Status(status),
    )


class Store:
    """The parcels and the rounds they travelled in."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path)
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def add(self, parcel: Parcel, price_cents: int) -> None:
        """Insert a parcel with the price it was sold for, in cents."""
        values = (
            parcel.parcel_id, parcel.district, parcel.weight_g, str(parcel.dims),
            parcel.declared_cents, " ".join(sorted(parcel.extras)),
            parcel.status.value, price_cents,
        )
        try:
            with self._db:
                self._db.execute(
                    "INSERT INTO parcels VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values
                )
        except sqlite3.IntegrityError:
            raise StorageError(f"parcel {parcel.parcel_id} exists already") from None

    def get(self, parcel_id: str) -> Parcel:
        """Return one parcel, or raise ``StorageError``."""
        row = self._db.execute(_SELECT + "WHERE parcel_id = ?", (parcel_id,)).fetchone()
        if row is None:
            raise StorageError(f"no parcel {parcel_id}")
        return _to_parcel(row)

    def with_status(self, status: Status) -> list[Parcel]:
        """Return the parcels in one status, ordered by label number."""
        rows = self._db.execute(
            _SELECT + "WHERE status = ? ORDER BY parcel_id", (status.value,)
        )
        return [_to_parcel(row) for row in rows]

    def set_status(self, parcel_id: str, new: Status) -> None:
        """Move a parcel to another status if ``models.TRANSITIONS`` allows it."""
        self.get(parcel_id).check_transition(new)
        with self._db:
            self._db.execute(
                "UPDATE parcels SET status = ? WHERE parcel_id = ?",
                (new.value, parcel_id),
            )

    def save_plan(self, plan: Plan) -> int:
        """Store a plan and return its number of parcels; one plan per date."""
        sql = "SELECT COUNT(*) FROM round_parcels WHERE service_date = ?"
        if self._db.execute(sql, (plan.service_date,)).fetchone()[0]:
            raise StorageError(f"{plan.service_date} is planned already")
        count = 0
        for one in plan.rounds:
            for position, parcel in enumerate(one.parcels, start=1):
                self.set_status(parcel.parcel_id, Status.PLANNED)
                with self._db:
                    self._db.execute(
                        "INSERT INTO round_parcels VALUES (?, ?, ?, ?)",
                        (plan.service_date, one.van, position, parcel.parcel_id),
                    )
                count += 1
        return count

    def day_totals(self, service_date: str) -> dict[str, tuple[int, int]]:
        """Map status to (number of parcels, sum of prices in cents) for one day."""
        rows = self._db.execute(
            "SELECT p.status, COUNT(*), SUM(p.price_cents) FROM round_parcels r "
            "JOIN parcels p ON p.parcel_id = r.parcel_id "
            "WHERE r.service_date = ? GROUP BY p.status",
            (service_date,),
        )
        return {status: (count, cents) for status, count, cents in rows}
