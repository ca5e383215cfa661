"""The stock ledger: day by day, what is received, ordered from suppliers and shipped, so that all tables reconcile.

The only part of the generator that runs day by day. Each morning the receipts of the day arrive and purchase
orders are placed; the day's sales orders then ship from the stock on hand, in the order of their numbers.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from supplychain.generator.arrays import Int32Array, Int64Array
from supplychain.generator.history import ChunkDemand, DemandHistory
from supplychain.generator.order_quota import OrderQuota
from supplychain.generator.purchase_orders import PurchaseOrderBook, PurchaseOrders, Receipts, concat_receipts
from supplychain.generator.replenishment import Replenishment
from supplychain.generator.stock_policy import INT32_MAX
from supplychain.settings import SettingError


@dataclass(frozen=True)
class Shortages:
    """The cells of a chunk (one series on one day each) that could not ship all that was to be shipped."""

    cell: Int64Array
    """Day × number of series + series, ascending."""
    shipped: Int32Array
    """Units that could be shipped."""


@dataclass(frozen=True)
class LedgerResult:
    """What the row tables need from the ledger."""

    shortages: tuple[Shortages, ...]
    """For each chunk of sales orders."""
    purchase_orders: PurchaseOrders
    stock: Int32Array
    """Units of each series on hand at the end of the history."""
    last_restock_day: Int32Array
    """Day of the latest receipt of each series; negative, so before the history, if there was none."""


class Ledger:
    """The stock of all series, while the history is processed."""

    def __init__(
        self, opening_stock: Int64Array, replenishment: Replenishment, quota: OrderQuota, order_book: PurchaseOrderBook
    ) -> None:
        self._replenishment = replenishment
        self._quota = quota
        self._order_book = order_book
        self._stock = opening_stock.copy()
        self._position = opening_stock.copy()
        """Stock position: on hand plus on order."""
        self._receipts: defaultdict[int, list[Receipts]] = defaultdict(list)
        """By day of receipt."""
        # Series without a receipt show different days in the two months before the history.
        self._last_restock_day = (-1 - np.arange(len(self._stock)) * 37 % 60).astype(np.int32)

    def process(self, history: DemandHistory) -> LedgerResult:
        """Process the whole history.

        Raises
        ------
        SettingError
            If a stock would not fit its column.
        """
        series_count = len(self._stock)
        self._replenishment.enqueue_due(np.arange(series_count), self._position, 0)
        today, shortages = -1, []
        for chunk in history:
            days, starts = np.unique(chunk.cell // series_count, return_index=True)
            chunk_shortages: list[Shortages] = []
            for day, start, stop in zip(days.tolist(), starts, [*starts[1:], len(chunk.cell)], strict=True):
                for morning in range(today + 1, day + 1):
                    self._receive_and_order(morning)
                today = day
                chunk_shortages.append(self._ship(chunk, slice(start, stop), day))
            shortages.append(_concat_shortages(chunk_shortages))
        if self._stock.max() > INT32_MAX:
            raise SettingError(
                f"purchase_orders_per_week: leads to a stock of {int(self._stock.max()):,} units of a product in a "
                f"warehouse; at most {INT32_MAX:,} fit the column: use fewer purchase orders, or more products"
            )
        return LedgerResult(
            shortages=tuple(shortages),
            purchase_orders=self._order_book.purchase_orders(),
            stock=self._stock.astype(np.int32),
            last_restock_day=self._last_restock_day,
        )

    def _receive_and_order(self, day: int) -> None:
        if day in self._receipts:
            self._receive(concat_receipts(self._receipts.pop(day)))
        quota = self._quota.start_day(day)
        lines = self._replenishment.choose(self._position, day, quota)
        if not lines.order_count:
            return
        self._quota.record(lines.order_count)
        ordered, receipts = self._order_book.place(day, lines, self._position[lines.series])
        np.add.at(self._position, lines.series, ordered)
        for received in receipts:
            self._receipts[received.day].append(received)

    def _receive(self, receipts: Receipts) -> None:
        np.add.at(self._stock, receipts.series, receipts.received)
        np.add.at(self._position, receipts.series, receipts.received - receipts.ordered)
        self._last_restock_day[receipts.series[receipts.received > 0]] = receipts.day
        self._replenishment.enqueue_due(np.unique(receipts.series), self._position, receipts.day)

    def _ship(self, chunk: ChunkDemand, cells: slice, day: int) -> Shortages:
        """Ship the demand of some cells of a chunk, all of one day."""
        cell = chunk.cell[cells]
        series, demand = cell - day * len(self._stock), chunk.shippable[cells].astype(np.int64)
        on_hand = self._stock[series]
        shipped = np.minimum(on_hand, demand)
        self._stock[series] = on_hand - shipped
        self._position[series] -= shipped
        self._replenishment.enqueue_due(series, self._position, day)
        short = shipped < demand
        return Shortages(cell=cell[short], shipped=shipped[short].astype(np.int32))


def _concat_shortages(parts: list[Shortages]) -> Shortages:
    return Shortages(
        cell=np.concatenate([part.cell for part in parts]),
        shipped=np.concatenate([part.shipped for part in parts]),
    )
