"""Case 31: the function fails, or is killed, at every external call in turn; the next event puts things right."""

import itertools

import pytest

from supplychain.schema import TABLE_NAMES
from supplychain.warehouse.data_api import StatementError
from tests.seeder import faults
from tests.seeder.harness import TINY, World

SMALL = TINY | {"num_products": "6", "days": "3"}
OTHER = SMALL | {"num_products": "9"}
FEWEST_CALLS = 8
"""An event makes more calls than this, or the harness has not seen them."""


def visible(world: World) -> dict[str, int] | None:
    """The rows that a reader sees in one look; None where there are no tables."""
    counts = ", ".join(f"(select count(*) from public.{name})" for name in TABLE_NAMES)
    try:
        (row,) = world.admin.execute(f"select {counts}").rows
    except StatementError as error:
        if "does not exist" in error.message:
            return None
        raise
    return dict(zip(TABLE_NAMES, row, strict=True))


def test_case_31_create(world):
    """A reader sees all rows or none; the Delete that CloudFormation sends next leaves nothing."""
    for call in itertools.count(1):
        place = world.but(database=f"{world.database}_{call}", seed=SMALL)
        run = faults.run(place, place.event("Create"), "kill", call)
        if not run.reached:
            break
        if place.database in place.databases():
            seen = visible(place)
            assert seen is None or set(seen.values()) == {0} or seen["product"] == 6, call
        invented = f"stack-Generation-{call}"
        place.delete(PhysicalResourceId=run.answer["PhysicalResourceId"] if run.answer else invented)
        assert not place.lake(), call
        assert place.database not in place.databases(), call
    assert call > FEWEST_CALLS
    assert run.answer["Status"] == "SUCCESS"
    assert visible(place)["product"] == 6


@pytest.mark.parametrize("fault", ["fail", "kill"])
def test_case_31_update(world, fault):
    """A reader sees the old rows or the new; the reversed Update brings back the old, with their files."""
    old = world.but(seed=SMALL)
    old.create()
    before, rows = old.contents(), visible(old)
    new = old.but(seed=OTHER)
    for call in itertools.count(1):
        run = faults.run(new, new.event("Update", old=old), fault, call)
        if not run.reached:
            break
        assert run.answer is None or run.answer["Status"] == "FAILED", call
        seen = visible(old)
        assert seen == rows or seen["product"] == 9, call
        assert old.send(old.event("Update", old=new))["Status"] == "SUCCESS", call
        assert visible(old) == rows, call
        assert old.generations() <= {old.properties()["Generation"], new.properties()["Generation"]}, call
    assert call > FEWEST_CALLS
    assert run.answer["Status"] == "SUCCESS"
    assert old.update(seed=SMALL).contents() == before


def test_case_31_delete(world):
    """The Delete that is sent again finds what is left, and leaves nothing."""
    for call in itertools.count(1):
        place = world.but(database=f"{world.database}_{call}", seed=SMALL)
        place.create()
        run = faults.run(place, place.event("Delete"), "kill", call)
        place.delete()
        assert not place.lake(), call
        assert place.database not in place.databases(), call
        if not run.reached:
            break
    assert call > FEWEST_CALLS
    assert run.answer["Status"] == "SUCCESS"
