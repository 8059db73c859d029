# SPDX-License-Identifier: Apache-2.0
"""Turn the parcels in the cage into van rounds.

``fill_vans`` decides who rides where, ``order_stops`` and ``two_opt`` decide the
order, ``trim_to_shift`` keeps the driver inside the shift.
"""

from __future__ import annotations

from . import config
from .config import Settings
from .geocode import depot_km, drive_min, road_km
from .models import Parcel, Plan, Round, Stop


def loading_key(parcel: Parcel) -> tuple[bool, float, str]:
    """Sort key: express first, then the farthest, then the label."""
    return (not parcel.express, -depot_km(parcel.district), parcel.parcel_id)


def fits(load: list[Parcel], parcel: Parcel) -> bool:
    """Tell whether a van carrying ``load`` has room for one parcel more."""
    weight_g = sum(p.weight_g for p in load) + parcel.weight_g
    volume_cm3 = sum(p.dims.volume_cm3 for p in load) + parcel.dims.volume_cm3
    return (
        weight_g <= config.VAN_MAX_WEIGHT_G and volume_cm3 <= config.VAN_MAX_VOLUME_CM3
    )


def fill_vans(
    parcels: list[Parcel], vans: int
) -> tuple[list[list[Parcel]], list[Parcel]]:
    """First-fit loading: one load per van, and the parcels that fit in none."""
    loads: list[list[Parcel]] = [[] for _ in range(vans)]
    left_over: list[Parcel] = []
    for parcel in sorted(parcels, key=loading_key):
        for load in loads:
            if fits(load, parcel):
                load.append(parcel)
                break
        else:
            left_over.append(parcel)
    return loads, left_over


def group_by_district(load: list[Parcel]) -> list[Stop]:
    """Collect a load into one stop per district, in order of district code."""
    stops: dict[str, Stop] = {}
    for parcel in load:
        stops.setdefault(parcel.district, Stop(parcel.district)).parcels.append(parcel)
    return [stops[code] for code in sorted(stops)]


def tour_km(stops: list[Stop]) -> float:
    """Length of depot, stops in order, depot, in kilometres."""
    here = config.DEPOT_DISTRICT
    total = 0.0
    for stop in stops:
        total += road_km(here, stop.district)
        here = stop.district
    return total + road_km(here, config.DEPOT_DISTRICT)


def tour_min(stops: list[Stop], speed_kmh: float) -> float:
    """Driving plus door time of a tour, in minutes."""
    driving = drive_min(tour_km(stops), speed_kmh)
    return driving + sum(stop.service_min for stop in stops)


def order_stops(stops: list[Stop]) -> list[Stop]:
    """Nearest neighbour from the depot; ties go to the lower district code."""
    waiting = list(stops)
    ordered: list[Stop] = []
    here = config.DEPOT_DISTRICT
    while waiting:
        nearest = min(waiting, key=lambda s: (road_km(here, s.district), s.district))
        waiting.remove(nearest)
        ordered.append(nearest)
        here = nearest.district
    return ordered


def two_opt(stops: list[Stop]) -> list[Stop]:
    """Reverse stretches of the tour while that makes it shorter.

    A swap must save more than a metre, so rounding cannot make it loop.
    """
    best = list(stops)
    best_km = tour_km(best)
    for _ in range(config.TWO_OPT_MAX_PASSES):
        improved = False
        for i in range(len(best) - 1):
            for j in range(i + 1, len(best)):
                trial = best[:i] + best[i : j + 1][::-1] + best[j + 1 :]
                trial_km = tour_km(trial)
                if best_km - trial_km > 0.001:
                    best, best_km, improved = trial, trial_km, True
        if not improved:
            break
    return best


def build_round(van: int, load: list[Parcel], settings: Settings) -> Round:
    """Order one load into a round; ``van`` counts from 1."""
    stops = two_opt(order_stops(group_by_district(load)))
    return Round(van, stops, tour_km(stops), tour_min(stops, settings.speed_kmh))


def trim_to_shift(
    van: int, load: list[Parcel], settings: Settings
) -> tuple[Round, list[Parcel]]:
    """Drop parcels until the round fits; return it with the parcels dropped.

    Ordinary parcels go before express ones, and far ones before near ones.
    """
    kept = list(load)
    dropped: list[Parcel] = []
    current = build_round(van, kept, settings)
    while kept and current.duration_min > settings.shift_min:
        victim = max(
            kept, key=lambda p: (not p.express, depot_km(p.district), p.parcel_id)
        )
        kept.remove(victim)
        dropped.append(victim)
        current = build_round(van, kept, settings)
    return current, dropped


def plan_day(service_date: str, parcels: list[Parcel], settings: Settings) -> Plan:
    """Plan every van; parcels trimmed from one van are offered to the next."""
    loads, unassigned = fill_vans(parcels, settings.vans)
    rounds: list[Round] = []
    carried: list[Parcel] = []
    for number, load in enumerate(loads, start=1):
        for parcel in sorted(carried, key=loading_key):
            if fits(load, parcel):
                load.append(parcel)
            else:
                unassigned.append(parcel)
        current, carried = trim_to_shift(number, load, settings)
        if current.stops:
            rounds.append(current)
    return Plan(service_date, rounds, unassigned + carried)
