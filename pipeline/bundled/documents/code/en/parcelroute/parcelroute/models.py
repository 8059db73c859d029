# SPDX-License-Identifier: Apache-2.0
"""Plain data: parcels, quotes, stops and rounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from . import config
from .errors import ConfigError, InvalidTransitionError, OversizeParcelError


class Status(str, Enum):
    """Where a parcel is in its life."""

    IN_CAGE = "in_cage"
    PLANNED = "planned"
    DELIVERED = "delivered"
    REFUSED = "refused"


#: For each status, the statuses that may follow it.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.IN_CAGE: frozenset({Status.PLANNED}),
    Status.PLANNED: frozenset({Status.IN_CAGE, Status.DELIVERED, Status.REFUSED}),
    Status.REFUSED: frozenset({Status.IN_CAGE}),
    Status.DELIVERED: frozenset(),
}


@dataclass(frozen=True)
class GeoPoint:
    """A position in decimal degrees (WGS 84)."""

    lat: float
    lon: float


@dataclass(frozen=True)
class Dimensions:
    """Outer size of a box in whole centimetres, longest side first."""

    length_cm: int
    width_cm: int
    height_cm: int

    @classmethod
    def parse(cls, text: str) -> "Dimensions":
        """Read ``"30x20x15"``; the order of the sides does not matter."""
        parts = text.lower().split("x")
        if len(parts) != 3 or not all(p.isdecimal() and int(p) > 0 for p in parts):
            raise ConfigError(f"dimensions must look like 30x20x15, not {text!r}")
        longest, middle, shortest = sorted((int(p) for p in parts), reverse=True)
        return cls(longest, middle, shortest)

    @property
    def volume_cm3(self) -> int:
        """Volume in cubic centimetres."""
        return self.length_cm * self.width_cm * self.height_cm

    def __str__(self) -> str:
        return f"{self.length_cm}x{self.width_cm}x{self.height_cm}"


@dataclass(frozen=True)
class Parcel:
    """One parcel; ``parcel_id`` is its label number.

    The weight is in grams as read on the scale, the declared value in cents (zero
    for none), and ``extras`` holds names from ``rates.EXTRAS_CENTS``.
    """

    parcel_id: str
    district: str
    weight_g: int
    dims: Dimensions
    declared_cents: int = 0
    extras: frozenset[str] = frozenset()
    status: Status = Status.IN_CAGE

    @property
    def express(self) -> bool:
        """Whether the parcel is loaded first and given back last."""
        return "express" in self.extras

    def check_limits(self) -> None:
        """Refuse what a driver cannot lift or the belt cannot carry."""
        if not 0 < self.weight_g <= config.PARCEL_MAX_WEIGHT_G:
            raise OversizeParcelError(
                f"weight {self.weight_g} g is not in 1..{config.PARCEL_MAX_WEIGHT_G} g"
            )
        if self.dims.length_cm > config.PARCEL_MAX_SIDE_CM:
            raise OversizeParcelError(f"side of {self.dims.length_cm} cm is too long")

    def check_transition(self, new: Status) -> None:
        """Raise ``InvalidTransitionError`` unless ``new`` may follow now."""
        if new not in TRANSITIONS[self.status]:
            raise InvalidTransitionError(self.parcel_id, self.status.value, new.value)


@dataclass(frozen=True)
class Quote:
    """A price, line by line, in cents. ``discount_cents`` is subtracted."""

    zone: str
    chargeable_g: int
    base_cents: int
    fuel_cents: int
    extras_cents: int
    cover_cents: int
    discount_cents: int

    @property
    def total_cents(self) -> int:
        """What the sender pays, in cents."""
        freight = self.base_cents + self.fuel_cents - self.discount_cents
        return freight + self.extras_cents + self.cover_cents


@dataclass
class Stop:
    """All parcels that one van drops in one district."""

    district: str
    parcels: list[Parcel] = field(default_factory=list)

    @property
    def service_min(self) -> float:
        """Minutes spent out of the van at this stop."""
        return config.STOP_FIXED_MIN + config.STOP_PER_PARCEL_MIN * len(self.parcels)


@dataclass
class Round:
    """One van's day: ordered stops, kilometres and minutes."""

    van: int
    stops: list[Stop]
    distance_km: float
    duration_min: float

    @property
    def parcels(self) -> list[Parcel]:
        """Every parcel on board, in delivery order."""
        return [p for stop in self.stops for p in stop.parcels]


@dataclass
class Plan:
    """The rounds of one day and the parcels that found no place."""

    service_date: str
    rounds: list[Round]
    unassigned: list[Parcel]
