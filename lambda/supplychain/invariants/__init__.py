"""What the data guarantees, as queries: run on a warehouse, or in SQLite on rows that lie in files.

Nothing here knows how the data is made: the same queries judge the generator in the tests.
"""

from supplychain.invariants.facts import Facts
from supplychain.invariants.queries import CHECKS, Check

__all__ = ["CHECKS", "Check", "Facts"]
