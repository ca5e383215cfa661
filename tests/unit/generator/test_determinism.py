"""The same settings give the same data: in any order, in any process, on any machine."""

import datetime as dt
import hashlib
import multiprocessing
import pickle

import numpy as np
import pyarrow as pa
import pytest
from datasets import AS_OF, generated
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
"""`digest` of each table of the default data set for as_of 2026-01-31, by format version.

Released digests are never edited: other values need a new version, otherwise deployed stacks would not reseed.
"""


def digest(table: pa.Table) -> str:
    """SHA-256 of the values of a table, whatever their encoding."""
    text = hashlib.sha256()
    for column in table.columns:
        text.update("\n".join(map(str, plain(column).to_pylist())).encode())
        text.update(b"\0")
    return text.hexdigest()


def all_rows(plan: Plan, order: list[int]) -> dict[str, pa.Table]:
    """The tables, from blocks made in some order."""
    blocks = {index: make_block(plan, index) for index in order}
    return {
        table.name: pa.concat_tables([blocks[index][table.name].cast(arrow_schema(table)) for index in sorted(blocks)])
        for table in schema.TABLES
    }


def serialised_block(pickled: bytes, index: int) -> bytes:
    """One block of a pickled plan, in Arrow's IPC format."""
    block = make_block(pickle.loads(pickled), index)  # noqa: S301  # our own plan
    sink = pa.BufferOutputStream()
    for name in schema.TABLE_NAMES:
        with pa.ipc.new_stream(sink, block[name].schema) as stream:
            stream.write_table(block[name])
    return sink.getvalue().to_pybytes()


def test_the_default_data_set_is_that_of_the_format_version():
    """Any change to a value must raise FORMAT_VERSION."""
    digests = {name: digest(table) for name, table in generated(SeedSettings(as_of=AS_OF)).items()}
    assert digests == DEFAULT_DIGESTS.get(FORMAT_VERSION)


def test_blocks_can_be_made_in_any_order():
    """Making the last block first changes nothing."""
    plan = make_plan(SEVERAL_BLOCKS)
    indices = list(range(len(plan.blocks)))
    assert len(indices) >= 3
    assert all_rows(plan, indices) == all_rows(make_plan(SEVERAL_BLOCKS), indices[::-1])


def test_blocks_can_be_made_in_other_processes():
    """A block made from a pickled plan in another process is byte-identical."""
    plan = make_plan(SEVERAL_BLOCKS)
    pickled = pickle.dumps(plan)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        elsewhere = pool.starmap(serialised_block, [(pickled, 1), (pickled, len(plan.blocks) - 1)])
    assert elsewhere == [serialised_block(pickled, 1), serialised_block(pickled, len(plan.blocks) - 1)]


def test_chunk_size_and_cache_do_not_change_the_data(monkeypatch: pytest.MonkeyPatch):
    """Days split into small chunks, and no demand cached for the ledger, give the same data."""
    default = make_plan(SEVERAL_BLOCKS)
    monkeypatch.setattr(history, "MAX_CHUNK_ORDERS", 300)
    monkeypatch.setattr(history, "_MAX_CACHED_CELLS", 0)
    split = make_plan(SEVERAL_BLOCKS)
    assert len(split.blocks) > 2 * len(default.blocks)
    assert all_rows(split, list(range(len(split.blocks)))) == all_rows(default, list(range(len(default.blocks))))


def test_the_plan_counts_the_rows_of_each_block():
    """Its counts are those of the blocks made."""
    plan = make_plan(SEVERAL_BLOCKS)
    for index, block in enumerate(plan.blocks):
        assert {name: table.num_rows for name, table in make_block(plan, index).items()} == dict(block.rows)
    assert plan.rows == {name: sum(block.rows[name] for block in plan.blocks) for name in schema.TABLE_NAMES}


def test_rows_are_in_key_order():
    """The concatenated blocks have the rows of each table in the order of its key."""
    tables = all_rows(make_plan(SEVERAL_BLOCKS), list(range(len(make_plan(SEVERAL_BLOCKS).blocks))))
    for table in schema.TABLES:
        keys = tables[table.name].select(list(table.key))
        assert keys == keys.sort_by([(name, "ascending") for name in table.key]), table.name


@pytest.mark.parametrize("change", [{"seed": 43}, {"as_of": AS_OF + dt.timedelta(days=1)}])
def test_another_seed_or_as_of_gives_other_data(change: dict[str, object]):
    """Every table differs."""
    other = generated(SeedSettings(**({"as_of": AS_OF} | change)))
    for name, table in generated(SeedSettings(as_of=AS_OF)).items():
        assert table != other[name]


def test_reseed_gives_the_same_data():
    """Its value names a new generation; only the seed changes the data."""
    assert generated(SeedSettings(as_of=AS_OF, reseed="again")) == generated(SeedSettings(as_of=AS_OF))


def test_as_of_must_be_resolved():
    """A plan for an `as_of` of today is rejected: the caller must resolve it."""
    with pytest.raises(ValueError, match="resolve the settings first"):
        make_plan(SeedSettings())


def test_no_quantile_is_near_a_tie():
    """A mathematics library whose last bits are wrong gives the same tables."""
    scaled = np.array(quantiles.normal_quantiles()) * 10_000
    assert np.abs(scaled - np.floor(scaled) - 0.5).min() > 1e-6
