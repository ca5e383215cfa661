"""Case 31: the function fails or is killed at every external call in turn; the next event recovers."""

import itertools

import pytest

from supplychain.schema import TABLE_NAMES
from supplychain.warehouse.data_api import StatementError
from tests.seeder import faults
from tests.seeder.harness import TINY, SeededPlace

SMALL = TINY | {"num_products": "6", "days": "3"}
OTHER = SMALL | {"num_products": "9"}
FEWEST_CALLS = 8
"""An event makes more calls than this; otherwise the harness missed some."""

every_nth_call = pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
"""Every call takes minutes."""


def visible(place: SeededPlace) -> dict[str, int] | None:
    """Return the row counts that a reader sees in one statement, or None if the tables do not exist."""
    counts = ", ".join(f"(select count(*) from public.{name})" for name in TABLE_NAMES)
    try:
        (row,) = place.admin.execute(f"select {counts}").rows
    except StatementError as error:
        if "does not exist" in error.message:
            return None
        raise
    return dict(zip(TABLE_NAMES, row, strict=True))


@every_nth_call
def test_case_31_create(place, step):
    """A reader sees all rows or none, and the Delete that CloudFormation sends next leaves nothing."""
    for call in itertools.count(1, step):
        attempt = place.with_changes(database=f"{place.database}_{call}", seed=SMALL)
        run = faults.run(attempt, attempt.event("Create"), "kill", call)
        if not run.reached:
            break
        if attempt.database in attempt.databases():
            seen = visible(attempt)
            assert seen is None or set(seen.values()) == {0} or seen["product"] == 6, call
        generated_id = f"stack-Generation-{call}"
        attempt.delete(PhysicalResourceId=run.answer["PhysicalResourceId"] if run.answer else generated_id)
        assert not attempt.lake(), call
        assert attempt.database not in attempt.databases(), call
    assert call > FEWEST_CALLS
    assert run.answer["Status"] == "SUCCESS"
    assert visible(attempt)["product"] == 6


@every_nth_call
@pytest.mark.parametrize("fault", ["fail", "kill"])
def test_case_31_update(place, fault, step):
    """A reader sees the old rows or the new ones, and the reverse Update restores the old rows and files."""
    old = place.with_changes(seed=SMALL)
    old.create()
    before, rows = old.contents(), visible(old)
    new = old.with_changes(seed=OTHER)
    for call in itertools.count(1, step):
        run = faults.run(new, new.event("Update", old=old), fault, call)
        if not run.reached:
            break
        seen = visible(old)
        assert seen == rows or seen["product"] == 9, call
        if run.answer and run.answer["Status"] == "SUCCESS":  # it can do without the call
            assert (fault, seen["product"]) == ("fail", 9), call
        assert old.send(old.event("Update", old=new))["Status"] == "SUCCESS", call
        assert visible(old) == rows, call
        assert old.generations() <= {old.properties()["Generation"], new.properties()["Generation"]}, call
    assert call > FEWEST_CALLS
    assert run.answer["Status"] == "SUCCESS"
    assert old.update(seed=SMALL).contents() == before


@every_nth_call
def test_case_31_delete(place, step):
    """A repeated Delete removes whatever is left."""
    for call in itertools.count(1, step):
        attempt = place.with_changes(database=f"{place.database}_{call}", seed=SMALL)
        attempt.create()
        run = faults.run(attempt, attempt.event("Delete"), "kill", call)
        attempt.delete()
        assert not attempt.lake(), call
        assert attempt.database not in attempt.databases(), call
        if not run.reached:
            break
    assert call > FEWEST_CALLS
    assert run.answer["Status"] == "SUCCESS"
