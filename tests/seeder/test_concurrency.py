"""Readers and other loads during a load: everyone sees one complete generation."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from supplychain.schema import TABLE_NAMES
from tests.seeder.harness import TINY, SeededPlace

RESEEDS = 25
READERS = 4
READS = 1_000
MAX_SECONDS = 180
ONE = TINY
OTHER = TINY | {"num_products": "30", "seed": "7"}

_COUNTS = ", ".join(f"(select count(*) from public.{name})" for name in TABLE_NAMES)
SNAPSHOT = (
    f"select {_COUNTS}, (select sum(line.line_total) from public.sales_order_line as line "
    "join public.product using (product_code) join public.sales_order_header as header "
    "on header.sales_order_prefix = line.sales_order_prefix "
    "and header.sales_order_number = line.sales_order_number)"
)
"""The row counts of all six tables and a sum over a join, in one statement."""


def snapshot(place: SeededPlace) -> tuple:
    """Return what a reader sees in one statement."""
    (row,) = place.as_caller.execute(SNAPSHOT).rows
    return row


def test_case_33_readers_see_one_generation_or_the_other(place, record_property):
    """Four readers during 25 reseeds, by INSERT and COPY alternately: every read sees one of the two generations."""
    place.create()
    one = snapshot(place)
    place = place.update(seed=OTHER)
    other = snapshot(place)
    assert one != other
    ended = threading.Event()
    seen: list[tuple] = []

    def read() -> None:
        api = place.as_caller
        while not ended.is_set():
            seen.extend(api.execute(SNAPSHOT).rows)

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read) for _ in range(READERS)]
        try:
            reseeds, began = 0, time.monotonic()
            # More reseeds on a slow machine, to reach the required number of reads.
            while reseeds < RESEEDS or (len(seen) < READS and time.monotonic() - began < MAX_SECONDS):
                method = ("insert", "copy")[reseeds // 2 % 2]
                place = place.update(seed=(ONE, OTHER)[reseeds % 2], load={"load_method": method})
                reseeds += 1
        finally:
            ended.set()
        for reader in readers:
            reader.result()
    record_property("reads", len(seen))
    print(f"{len(seen):,} reads during {reseeds} reseeds")  # noqa: T201  # the figure that the test is about
    assert set(seen) == {one, other}
    assert len(seen) >= READS


def test_case_34_two_updates_at_once(place):
    """One of them wins: the rows and the record are those of the same generation."""
    place.create()
    updates = [place.with_changes(seed=TINY | {"seed": str(seed), "num_products": str(seed)}) for seed in (20, 40)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda new: new.send(new.event("Update", old=place)), updates))
    assert "SUCCESS" in {answer["Status"] for answer in answers}
    recorded = place.admin.execute("select generation, total_rows from supplychain_meta.generation").rows
    winners = [new for new in updates if new.properties()["Generation"] == recorded[0][0]]
    assert len(recorded) == len(winners) == 1
    assert place.rows()["product"] == int(winners[0].seed["num_products"])
    assert sum(place.rows().values()) == recorded[0][1]


@pytest.mark.parametrize("method", ["insert", "copy"])
def test_both_loaders_load_the_same_rows(place, method):
    """COPY of the Parquet files and INSERT of text load the same rows."""
    place.create()
    rows = place.contents()
    again = place.update(seed=TINY | {"reseed": method}, load={"load_method": method})
    assert again.contents() == rows
