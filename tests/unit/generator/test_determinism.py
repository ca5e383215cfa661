"""The same settings make the same bytes: in any order, in any process, on any machine."""

import datetime as dt
import hashlib
import multiprocessing
import pickle

import numpy as np
import pyarrow as pa
import pytest
from datasets import AS_OF, made
from oracle.judge import plain

from supplychain import schema
from supplychain.dataset.arrow import arrow_schema
from supplychain.generator import Plan, history, make_block, make_plan, quantiles
from supplychain.settings import FORMAT_VERSION, SeedSettings, Span

SEVERAL_BLOCKS = SeedSettings(num_products=40, days=60, orders_per_day=Span(2000, 3500), as_of=AS_OF)

DEFAULT_DIGESTS = {
    1: {
        "product": "1e92c494061c36972381f1027c3a2ab2c23c8d3464520aaaeaab558b0a00dc7b",
        "warehouse_product": "3f4bff305c169ee331b7784948878b1c6d43bb2030f74e821f0f407661b60874",
        "sales_order_header": "8e55036bff5e943eeab247cea76503d11d61b9ab44bdd3795c5b168e1b58ebf6",
        "sales_order_line": "3b99118ae9d39add034edda49a2d5e5d52a77c210a600f9d3c7d4f294dd4f64c",
        "purchase_order_header": "2e1dc40e1a9900ceb404ded5ddd8019beb94ab831e331f3f11f2a4336d69638e",
        "purchase_order_line": "77460cd9f52721c37de2e94215440372e8d2acabf2ee313de0471ee48406c03f",
    }
}
"""By version of the format: SHA-256 of the default data set's tables as `digest` renders them, for as_of 2026-01-31.

What was released is never edited: other bytes are another version, or deployed stacks would not reseed.
"""


def digest(table: pa.Table) -> str:
    """A hash of the logical values of a table: its columns as CSV-like text, whatever their encoding."""
    text = hashlib.sha256()
    for column in table.columns:
        text.update("\n".join(map(str, plain(column).to_pylist())).encode())
        text.update(b"\0")
    return text.hexdigest()


def whole(plan: Plan, order: list[int]) -> dict[str, pa.Table]:
    """The tables, with the blocks made in some order."""
    blocks = {index: make_block(plan, index) for index in order}
    return {
        table.name: pa.concat_tables([blocks[index][table.name].cast(arrow_schema(table)) for index in sorted(blocks)])
        for table in schema.TABLES
    }


def made_elsewhere(pickled: bytes, index: int) -> bytes:
    """One block of a pickled plan, in the IPC format."""
    block = make_block(pickle.loads(pickled), index)  # noqa: S301  # our own plan
    sink = pa.BufferOutputStream()
    for name in schema.TABLE_NAMES:
        with pa.ipc.new_stream(sink, block[name].schema) as stream:
            stream.write_table(block[name])
    return sink.getvalue().to_pybytes()


def test_the_default_data_set_is_the_published_one():
    """The digests are those of the format: whoever changes a byte raises FORMAT_VERSION."""
    assert {name: digest(table) for name, table in made(SeedSettings(as_of=AS_OF)).items()} == DEFAULT_DIGESTS[
        FORMAT_VERSION
    ]


def test_blocks_may_be_made_in_any_order():
    """Making the last block first changes nothing."""
    plan = make_plan(SEVERAL_BLOCKS)
    indices = list(range(len(plan.blocks)))
    assert len(indices) >= 3
    assert whole(plan, indices) == whole(make_plan(SEVERAL_BLOCKS), indices[::-1])


def test_blocks_may_be_made_in_other_processes():
    """A block that another process makes of a pickled plan is the same to the byte."""
    plan = make_plan(SEVERAL_BLOCKS)
    pickled = pickle.dumps(plan)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.starmap(made_elsewhere, [(pickled, 1), (pickled, len(plan.blocks) - 1)])
    assert there == [made_elsewhere(pickled, 1), made_elsewhere(pickled, len(plan.blocks) - 1)]


def test_the_size_of_the_chunks_does_not_show(monkeypatch: pytest.MonkeyPatch):
    """Days cut into small pieces, and nothing kept for the ledger, make the same data."""
    usual = make_plan(SEVERAL_BLOCKS)
    monkeypatch.setattr(history, "CHUNK_ORDERS", 300)
    monkeypatch.setattr(history, "_KEPT_CELLS", 0)
    cut = make_plan(SEVERAL_BLOCKS)
    assert len(cut.blocks) > 2 * len(usual.blocks)
    assert whole(cut, list(range(len(cut.blocks)))) == whole(usual, list(range(len(usual.blocks))))


def test_a_plan_says_how_many_rows_each_block_has():
    """The rows that the plan counts are the rows that the blocks have."""
    plan = make_plan(SEVERAL_BLOCKS)
    for index, block in enumerate(plan.blocks):
        assert {name: table.num_rows for name, table in make_block(plan, index).items()} == dict(block.rows)
    assert plan.rows == {name: sum(block.rows[name] for block in plan.blocks) for name in schema.TABLE_NAMES}


def test_rows_are_in_key_order():
    """The concatenated blocks have each table in the order of its key."""
    tables = whole(make_plan(SEVERAL_BLOCKS), list(range(len(make_plan(SEVERAL_BLOCKS).blocks))))
    for table in schema.TABLES:
        made_table = tables[table.name].select(list(table.key))
        assert made_table == made_table.sort_by([(name, "ascending") for name in table.key]), table.name


@pytest.mark.parametrize("change", [{"seed": 43}, {"as_of": AS_OF + dt.timedelta(days=1)}])
def test_another_seed_or_day_makes_other_data(change: dict[str, object]):
    """Neither the seed nor as_of is without effect."""
    other = made(SeedSettings(**({"as_of": AS_OF} | change)))
    for name, table in made(SeedSettings(as_of=AS_OF)).items():
        assert table != other[name]


def test_reseed_loads_the_same_data_again():
    """Its new value names a new generation, but the seed is what draws."""
    assert made(SeedSettings(as_of=AS_OF, reseed="again")) == made(SeedSettings(as_of=AS_OF))


def test_as_of_must_be_resolved():
    """A plan for `today` is refused: which day that is must be known to whoever asks."""
    with pytest.raises(ValueError, match="resolve the settings first"):
        make_plan(SeedSettings())


def test_no_quantile_is_near_a_tie():
    """A mathematics library that is wrong in its last bits makes the same tables."""
    scaled = np.array(quantiles.normal_quantiles()) * 10_000
    assert np.abs(scaled - np.floor(scaled) - 0.5).min() > 1e-6
