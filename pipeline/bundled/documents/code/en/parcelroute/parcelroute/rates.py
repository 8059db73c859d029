# SPDX-License-Identifier: Apache-2.0
"""The tariff in force since 1 February 2025, and how a quote is built from it."""

from __future__ import annotations

from . import config
from .errors import OutOfAreaError, OversizeParcelError
from .geocode import depot_km
from .models import Dimensions, Parcel, Quote

#: Zone letters with the road distance from the depot, in km, at which they end.
ZONE_LIMITS_KM: tuple[tuple[str, float], ...] = (("A", 8.0), ("B", 20.0), ("C", 45.0))

#: Upper ends of the weight bands in grams; a weight on the edge is in the band.
WEIGHT_BANDS_G: tuple[int, ...] = (1_000, 3_000, 10_000, 20_000, 30_000)

#: Base price in cents, by zone and then by weight band.
TARIFF_CENTS: dict[str, tuple[int, ...]] = {
    "A": (390, 520, 790, 1_140, 1_560),
    "B": (470, 640, 960, 1_390, 1_910),
    "C": (590, 810, 1_230, 1_780, 2_450),
}

#: Fuel surcharge in thousandths of the base price. It was 80 until 31 January 2025.
FUEL_PER_MILLE = 65

#: Extras in cents per parcel. The keys are also the flags of the command line.
EXTRAS_CENTS: dict[str, int] = {
    "signature": 120,
    "fragile": 180,
    "saturday": 350,
    "express": 275,
}

#: Declared value covered without charge, in cents.
FREE_COVER_CENTS = 5_000

#: Price in cents of each started step of cover, and the size of a step in cents.
COVER_STEP_PRICE_CENTS = 45
COVER_STEP_CENTS = 10_000

#: Account discount: (parcels in the last calendar month, thousandths off).
ACCOUNT_DISCOUNTS: tuple[tuple[int, int], ...] = ((200, 90), (50, 40))


def per_mille(amount_cents: int, rate: int) -> int:
    """Return ``rate`` thousandths of an amount in cents; halves round up."""
    return (amount_cents * rate + 500) // 1000


def zone_for_distance(distance_km: float) -> str:
    """Return the zone letter for a road distance from the depot in km."""
    for zone, limit in ZONE_LIMITS_KM:
        if distance_km <= limit:
            return zone
    raise OutOfAreaError(distance_km, ZONE_LIMITS_KM[-1][1])


def zone_for_district(code: str) -> str:
    """Return the zone letter of a district."""
    return zone_for_distance(depot_km(code))


def chargeable_weight_g(weight_g: int, dims: Dimensions) -> int:
    """Larger of scale weight and volumetric weight (rounded up), in grams."""
    volumetric = -(-dims.volume_cm3 // config.VOLUMETRIC_CM3_PER_G)
    return max(weight_g, volumetric)


def base_price_cents(zone: str, chargeable_g: int) -> int:
    """Read the base price in cents from the tariff table."""
    for upper, price in zip(WEIGHT_BANDS_G, TARIFF_CENTS[zone]):
        if chargeable_g <= upper:
            return price
    raise OversizeParcelError(f"chargeable weight {chargeable_g} g is off the table")


def extras_cents(parcel: Parcel) -> int:
    """Sum of the extras the sender asked for, in cents."""
    return sum(EXTRAS_CENTS[name] for name in parcel.extras)


def cover_cents(declared_cents: int) -> int:
    """Price in cents of covering a declared value in cents."""
    above = max(0, declared_cents - FREE_COVER_CENTS)
    return -(-above // COVER_STEP_CENTS) * COVER_STEP_PRICE_CENTS


def discount_per_mille(parcels_last_month: int) -> int:
    """Thousandths off for an account, by the parcels it sent last month."""
    for threshold, rate in ACCOUNT_DISCOUNTS:
        if parcels_last_month >= threshold:
            return rate
    return 0


def quote(parcel: Parcel, parcels_last_month: int = 0) -> Quote:
    """Price a parcel. The discount is taken from base plus fuel only."""
    parcel.check_limits()
    zone = zone_for_district(parcel.district)
    chargeable = chargeable_weight_g(parcel.weight_g, parcel.dims)
    base = base_price_cents(zone, chargeable)
    fuel = per_mille(base, FUEL_PER_MILLE)
    return Quote(
        zone=zone,
        chargeable_g=chargeable,
        base_cents=base,
        fuel_cents=fuel,
        extras_cents=extras_cents(parcel),
        cover_cents=cover_cents(parcel.declared_cents),
        discount_cents=per_mille(base + fuel, discount_per_mille(parcels_last_month)),
    )
