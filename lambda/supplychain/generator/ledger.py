"""The ledger: the day-by-day stock account from which shipments, receipts and stock levels all follow.

The only part that goes day by day. Each morning what is due arrives, then orders are raised, then the day's sales take
what there is, in the order of their numbers.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from supplychain.generator.calendar import Calendar
from supplychain.generator.draws import Ints, Small
from supplychain.generator.history import ChunkDemand, History
from supplychain.generator.order_quota import Quotas
from supplychain.generator.purchase_orders import PurchaseRaiser, Purchases, Receipts, joined
from supplychain.generator.replenishment import Replenishment
from supplychain.generator.stock_policy import INT32_MOST, Levels
from supplychain.settings import SettingError


@dataclass(frozen=True)
class Shortages:
    """Days and series of one chunk for which less could be shipped than was wanted; ascending by key."""

    key: Ints
    """Day × number of series + series."""
    shipped: Small


@dataclass(frozen=True)
class Account:
    """What the ledger found."""

    shortages: tuple[Shortages, ...]
    """For each chunk of orders."""
    purchases: Purchases
    stock: Small
    """Units on hand at the end of the history, for each series."""
    restocked: Small
    """Day of the latest receipt, counted from the first day of the history; negative where there was none."""


class Ledger:
    """The account while it is being kept."""

    def __init__(
        self, calendar: Calendar, levels: Levels, replenishment: Replenishment, quotas: Quotas, raiser: PurchaseRaiser
    ) -> None:
        self._calendar = calendar
        self._levels = levels
        self._replenishment = replenishment
        self._quotas = quotas
        self._raiser = raiser
        self._stock = levels.opening.copy()
        self._position = levels.opening.copy()
        self._arriving: defaultdict[int, list[Receipts]] = defaultdict(list)
        # A day of its own for each series that nothing has reached yet, within the two months before.
        self._restocked = (-1 - np.arange(len(self._stock)) * 37 % 60).astype(np.int32)
        self._series = np.arange(len(self._stock))

    def keep(self, history: History) -> Account:
        """Goes through the history.

        Raises
        ------
        SettingError
            Where stock would not fit its column.
        """
        self._replenishment.note(self._series, self._position, 0)
        today, shortages = -1, []
        for chunk in history:
            short: list[Shortages] = []
            days, starts = np.unique(chunk.key // len(self._stock), return_index=True)
            for day, start, stop in zip(days.tolist(), starts, [*starts[1:], len(chunk.key)], strict=True):
                for morning in range(today + 1, day + 1):
                    self._morning(morning)
                today = day
                short.append(self._ship(chunk, slice(start, stop), day))
            shortages.append(_all_of(short))
        if self._stock.max() > INT32_MOST:
            raise SettingError(
                f"purchase_orders_per_week: {int(self._stock.max()):,} units of a warehouse product pile up; "
                f"at most {INT32_MOST:,} fit its column: fewer purchase orders, or more products"
            )
        return Account(
            shortages=tuple(shortages),
            purchases=self._raiser.purchases(),
            stock=self._stock.astype(np.int32),
            restocked=self._restocked,
        )

    def _morning(self, day: int) -> None:
        if day in self._arriving:
            self._receive(joined(self._arriving.pop(day)))
        quota = self._quotas.today(day)
        selection = self._replenishment.choose(self._position, day, quota)
        if not selection.orders:
            return
        self._quotas.raised(selection.orders)
        ordered, arriving = self._raiser.raise_orders(
            day, selection, self._replenishment.owner_of(selection), self._position[selection.series]
        )
        np.add.at(self._position, selection.series, ordered)
        for receipts in arriving:
            self._arriving[receipts.day].append(receipts)

    def _receive(self, receipts: Receipts) -> None:
        np.add.at(self._stock, receipts.series, receipts.received)
        np.add.at(self._position, receipts.series, receipts.received - receipts.ordered)
        self._restocked[receipts.series[receipts.received > 0]] = receipts.day
        self._replenishment.note(np.unique(receipts.series), self._position, receipts.day)

    def _ship(self, chunk: ChunkDemand, cells: slice, day: int) -> Shortages:
        key = chunk.key[cells]
        series, wanted = key - day * len(self._stock), chunk.shippable[cells].astype(np.int64)
        stock = self._stock[series]
        shipped = np.minimum(stock, wanted)
        self._stock[series] = stock - shipped
        self._position[series] -= shipped
        self._replenishment.note(series, self._position, day)
        short = shipped < wanted
        return Shortages(key=key[short], shipped=shipped[short].astype(np.int32))


def _all_of(parts: list[Shortages]) -> Shortages:
    return Shortages(
        key=np.concatenate([part.key for part in parts]),
        shipped=np.concatenate([part.shipped for part in parts]),
    )
