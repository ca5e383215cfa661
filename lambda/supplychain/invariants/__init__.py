"""The guarantees of the data as SQL queries, which run in a warehouse or, for data in files, in SQLite.

Nothing here knows how the data is made: the tests judge the generator with the same queries.
"""

from supplychain.invariants.facts import Facts
from supplychain.invariants.queries import CHECKS, Check

__all__ = ["CHECKS", "Check", "Facts"]
