"""The data generator: six tables from one set of settings, all derived from one daily stock ledger.

`make_plan` draws the demand and runs the ledger. `make_block` then makes the rows of any block, in any process and any
order, always the same. The concatenation of the blocks is each table in key order.
"""

from supplychain.generator.blocks import Block
from supplychain.generator.generate import generate_dataset
from supplychain.generator.plan import Plan, make_block, make_plan

__all__ = ["Block", "Plan", "generate_dataset", "make_block", "make_plan"]
