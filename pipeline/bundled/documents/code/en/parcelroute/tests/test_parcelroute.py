# SPDX-License-Identifier: Apache-2.0
"""Tests for pricing, planning, storage and the command line."""

import pytest

from parcelroute import api, cli, errors, geocode, planner, rates
from parcelroute.config import Settings
from parcelroute.models import Dimensions, Parcel, Status
from parcelroute.storage import Store


def make(parcel_id="P1", district="HB-07", weight_g=2_400, dims="30x20x15", **more):
    return Parcel(parcel_id, district, weight_g, Dimensions.parse(dims), **more)


def test_zone_follows_distance_not_district_number():
    zones = [rates.zone_for_district(code) for code in ("HB-04", "HB-07", "HB-08")]
    assert zones == ["A", "B", "C"]
    with pytest.raises(errors.OutOfAreaError):
        rates.zone_for_district("HB-11")


def test_quote_lines_add_up():
    parcel = make(declared_cents=12_000, extras=frozenset({"signature"}))
    quote = rates.quote(parcel, parcels_last_month=50)
    assert (quote.base_cents, quote.fuel_cents) == (640, 42)
    assert (quote.extras_cents, quote.cover_cents) == (120, 45)
    assert quote.discount_cents == 27
    assert quote.total_cents == 820


def test_bulky_parcel_is_charged_by_volume():
    assert rates.chargeable_weight_g(900, Dimensions.parse("40x30x20")) == 4_800


def test_district_codes_are_forgiving():
    assert geocode.normalise(" hb7 ") == "HB-07"
    with pytest.raises(errors.UnknownDistrictError):
        geocode.normalise("HB-12")


def test_two_opt_shortens_the_grand_tour():
    load = [make(f"P{i}", f"HB-{i:02d}") for i in range(2, 11)]
    ordered = planner.order_stops(planner.group_by_district(load))
    assert planner.tour_km(planner.two_opt(ordered)) < planner.tour_km(ordered)


def test_short_shift_gives_back_ordinary_parcels_first():
    express = frozenset({"express"})
    load = [make("FAR", "HB-10", extras=express), make("NEAR", "HB-02")]
    plan = planner.plan_day("2025-03-14", load, Settings(vans=1, shift_min=104.0))
    assert [p.parcel_id for p in plan.rounds[0].parcels] == ["FAR"]
    assert [p.parcel_id for p in plan.unassigned] == ["NEAR"]


def test_day_from_counter_to_summary():
    store = Store(":memory:")
    for number, district in enumerate(("HB-02", "hb 7", "HB-10"), start=1):
        api.accept(store, make(f"P{number}", district))
    api.plan(store, "2025-03-14", Settings())
    api.deliver(store, "P2")
    api.refuse(store, "P3", retry=True)
    assert store.get("P3").status is Status.IN_CAGE
    result = api.summary(store, "2025-03-14")
    assert result["delivered"] == 1 and result["revenue_cents"] == 682
    with pytest.raises(errors.StorageError):
        api.plan(store, "2025-03-14", Settings())


def test_exit_codes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PARCELROUTE_DB", str(tmp_path / "t.db"))
    assert cli.main(["add", "P1", "HB-07", "2400", "30x20x15", "--fragile"]) == 0
    assert "8.62" in capsys.readouterr().out
    assert cli.main(["add", "P2", "HB-99", "2400", "30x20x15"]) == 3
    assert cli.main(["add", "P1", "HB-07", "2400", "30x20x15"]) == 6
