"""The shape of a data set: the figures by which people judge whether its demand, stock and supply look real.

Takes plain tables as the schema has them. Sums in floating point are fine here: nothing is compared to the last bit.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from oracle.judge import plain
from supplychain.invariants import Facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ADI_CUT, CV2_CUT = 1.32, 0.49
"""Syntetos, Boylan and Croston (2005): mean days between demands, and squared variation of their sizes."""


@dataclass(frozen=True)
class Shape:
    """Measures a data set."""

    tables: Mapping[str, pa.Table]
    facts: Facts

    def figures(self) -> dict[str, float]:
        """Each figure by name."""
        return {
            "revenue share of the top 20 % of products": self.top_share(),
            "weekday effect on orders, chi squared": self.weekday_chi_squared(),
            "December": self.month_factor(12),
            "January": self.month_factor(1),
            "February": self.month_factor(2),
            "Electronics in December": self.month_factor(12, group="Electronics"),
            **{f"share of {name} series": share for name, share in self.demand_classes().items()},
            "share of over-dispersed series": self.over_dispersed(),
            "fill rate of what was shipped": self.fill_rate(cancelled=False),
            "fill rate with cancelled orders": self.fill_rate(cancelled=True),
            "out of stock": self.stock_share("=="),
            "above maximum": self.stock_share(">"),
            "open of what was promised in 14 days": self.open_share(),
            "cancelled": self.cancelled_share(),
            "purchases on time": self.on_time(),
            "on time, worst supplier": min(self.on_time_by_supplier()),
            "on time, best supplier": max(self.on_time_by_supplier()),
            "variation of lead times, least of suppliers": min(self.lead_variation()),
            "variation of lead times, most of suppliers": max(self.lead_variation()),
            "skew of lead times, least of suppliers": min(self.lead_skew()),
            "lines raised at or below the reorder point": self.raised_when_due(),
            "bullwhip": self.bullwhip(),
            "Benford deviation of order values": self.benford(),
        }

    def top_share(self) -> float:
        """Share of the revenue that the best fifth of the products makes; products that sell nothing count."""
        by_product = np.bincount(self._line["product"], weights=self._line["total"], minlength=self.facts.num_products)
        ranked = np.sort(by_product)[::-1]
        return float(ranked[: len(ranked) // 5].sum() / ranked.sum())

    def weekday_chi_squared(self) -> float:
        """Pearson's χ² of orders by weekday against the number of such days; six degrees of freedom."""
        days = np.arange(self._first, self._last + 1)
        there = np.bincount((days + 3) % 7, minlength=7)
        seen = np.bincount((self._header["day"] + 3) % 7, minlength=7)
        expected = there * seen.sum() / there.sum()
        return float((((seen - expected) ** 2) / expected).sum())

    def month_factor(self, month: int, group: str | None = None) -> float:
        """Orders a day in a month over those of the history; of a product group, lines. NaN without such a month."""
        day = self._header["day"]
        if group is not None:
            groups = np.array(self.tables["product"]["product_group"].to_pylist())
            day = day[self._line["order"]][groups[self._line["product"]] == group]
        months = _months(np.arange(self._first, self._last + 1))
        if month not in months:
            return float("nan")
        mine = _months(day) == month
        return float(mine.sum() / (months == month).sum() / (len(day) / len(months)))

    def demand_classes(self) -> dict[str, float]:
        """Share of each class among the series that have any demand."""
        daily = self._daily
        count = (daily > 0).sum(axis=1)
        some = daily[count > 0]
        count = count[count > 0]
        between = self.facts.days / count
        mean = some.sum(axis=1) / count
        variation = ((some**2).sum(axis=1) / count - mean**2) / mean**2
        often, steady = between < ADI_CUT, variation < CV2_CUT
        return {
            "smooth": float((often & steady).mean()),
            "erratic": float((often & ~steady).mean()),
            "intermittent": float((~often & steady).mean()),
            "lumpy": float((~often & ~steady).mean()),
        }

    def over_dispersed(self) -> float:
        """Share of the series whose daily units vary more than a Poisson process's would."""
        daily = self._daily[self._daily.sum(axis=1) > 0]
        return float((daily.var(axis=1) > daily.mean(axis=1)).mean())

    def fill_rate(self, *, cancelled: bool) -> float:
        """Units shipped over units ordered, of shipped orders or of these and the cancelled ones."""
        counted = {"Shipped", "Delivered", "Cancelled"} if cancelled else {"Shipped", "Delivered"}
        there = np.isin(self._header["status"], list(counted))[self._line["order"]]
        return float(self._line["fulfilled"][there].sum() / self._line["quantity"][there].sum())

    def stock_share(self, sign: str) -> float:
        """Share of the warehouse products that are out of stock (==) or above their maximum (>)."""
        table = self.tables["warehouse_product"]
        stock, most = (table[name].to_numpy() for name in ("current_stock", "maximum_stock"))
        return float((stock == 0).mean() if sign == "==" else (stock > most).mean())

    def open_share(self) -> float:
        """Share of the orders promised on the 14 days before as_of that are neither delivered nor cancelled."""
        late = (self._header["promised"] < self._last) & (self._header["promised"] >= self._last - 14)
        return float(np.isin(self._header["status"][late], ["Pending", "Processing", "Shipped"]).mean())

    def cancelled_share(self) -> float:
        """Share of all sales orders."""
        return float((self._header["status"] == "Cancelled").mean())

    def on_time(self) -> float:
        """Share of the received purchase orders that came by their expected date."""
        return float(self._punctual.mean())

    def on_time_by_supplier(self) -> list[float]:
        """The same by supplier."""
        who = self._purchase["supplier"][self._come]
        return [float(self._punctual[who == one].mean()) for one in np.unique(who)]

    def lead_variation(self) -> list[float]:
        """Coefficient of variation of the actual lead times, by supplier."""
        return [float(took.std() / took.mean()) for took in self._leads]

    def lead_skew(self) -> list[float]:
        """Skewness of the actual lead times, by supplier."""
        return [float((((took - took.mean()) / took.std()) ** 3).mean()) for took in self._leads]

    def raised_when_due(self) -> float:
        """Share of the purchase lines raised at or below the reorder point, by stock on hand on the day before."""
        line = self._purchase_line
        series = line["series"]
        day = self._purchase["day"][line["order"]] - self._first
        received = self._net()
        balance = self._opening[:, None] + np.cumsum(received, axis=1)
        before = np.where(day > 0, balance[series, np.maximum(day - 1, 0)], self._opening[series])
        return float((before <= self.tables["warehouse_product"]["reorder_point"].to_numpy()[series]).mean())

    def bullwhip(self) -> float:
        """Variance of the units bought in a full week over that of the units sold."""
        monday = self._first + (-(self._first + 3)) % 7
        weeks = (self._last + 1 - monday) // 7
        sold = self._weekly(self._header["day"][self._line["order"]], self._line["quantity"], monday, weeks)
        bought = self._weekly(
            self._purchase["day"][self._purchase_line["order"]], self._purchase_line["quantity"], monday, weeks
        )
        return float(bought.var() / sold.var())

    def benford(self) -> float:
        """Mean absolute deviation of the first digits of the order values from Benford's law."""
        value = np.bincount(self._line["order"], weights=self._line["total"])
        first = (value / 10.0 ** np.floor(np.log10(value))).astype(np.int64)
        share = np.bincount(first, minlength=10)[1:10] / len(value)
        return float(np.abs(share - np.log10(1 + 1 / np.arange(1, 10))).mean())

    @staticmethod
    def _weekly(day: Ints, units: Ints, monday: int, weeks: int) -> Floats:
        week = (day - monday) // 7
        whole = (day >= monday) & (week < weeks)
        return np.bincount(week[whole], weights=units[whole], minlength=weeks)

    @property
    def _first(self) -> int:
        return (self.facts.first_day - dt.date(1970, 1, 1)).days

    @property
    def _last(self) -> int:
        return self._first + self.facts.days - 1

    @cached_property
    def _header(self) -> dict[str, npt.NDArray[np.generic]]:
        table = self.tables["sales_order_header"]
        return {
            "day": _days(table["order_date"]),
            "promised": _days(table["delivery_date"]),
            "status": np.array(plain(table["status"]).to_pylist()),
        }

    @cached_property
    def _line(self) -> dict[str, Ints]:
        table = self.tables["sales_order_line"]
        order = _place(table["sales_order_number"], self.tables["sales_order_header"]["sales_order_number"])
        product = _place(table["product_code"], self.tables["product"]["product_code"])
        return {
            "order": order,
            "product": product,
            "series": self._series(self.tables["sales_order_header"]["warehouse_code"], order, product),
            "quantity": table["order_quantity"].to_numpy().astype(np.int64),
            "fulfilled": table["fulfilled_quantity"].to_numpy().astype(np.int64),
            "total": _cents(table["line_total"]),
        }

    @cached_property
    def _purchase(self) -> dict[str, npt.NDArray[np.generic]]:
        table = self.tables["purchase_order_header"]
        return {
            "day": _days(table["order_date"]),
            "expected": _days(table["expected_delivery_date"]),
            "actual": _days(pc.fill_null(table["actual_delivery_date"], dt.date(9999, 1, 1))),
            "supplier": np.array(plain(table["supplier_code"]).to_pylist()),
        }

    @cached_property
    def _purchase_line(self) -> dict[str, Ints]:
        table = self.tables["purchase_order_line"]
        header = self.tables["purchase_order_header"]
        order = _place(table["purchase_order_number"], header["purchase_order_number"])
        product = _place(table["product_code"], self.tables["product"]["product_code"])
        return {
            "order": order,
            "series": self._series(header["warehouse_code"], order, product),
            "quantity": table["order_quantity"].to_numpy().astype(np.int64),
            "received": table["received_quantity"].to_numpy().astype(np.int64),
        }

    def _series(self, warehouses: pa.ChunkedArray, order: Ints, product: Ints) -> Ints:
        """Row of warehouse_product of each line."""
        table = self.tables["warehouse_product"]
        codes = pc.unique(plain(table["warehouse_code"]))
        count = self.facts.num_products
        mine = _place(table["warehouse_code"], codes) * count
        mine += _place(table["product_code"], self.tables["product"]["product_code"])
        rows = np.full(len(codes) * count, -1, dtype=np.int64)
        rows[mine] = np.arange(len(mine))
        return rows[_place(warehouses, codes)[order] * count + product]

    def _grid(self, series: Ints, day: Ints, units: Ints) -> Floats:
        """Units by series and day of the history."""
        rows, days = self.tables["warehouse_product"].num_rows, self.facts.days
        return np.bincount(series * days + day - self._first, weights=units, minlength=rows * days).reshape(rows, days)

    @cached_property
    def _daily(self) -> Floats:
        return self._grid(self._line["series"], self._header["day"][self._line["order"]], self._line["quantity"])

    def _net(self) -> Floats:
        """Receipts less shipments by series and day."""
        line = self._purchase_line
        actual = self._purchase["actual"][line["order"]]
        come = actual <= self._last
        received = self._grid(line["series"][come], actual[come], line["received"][come])
        day = self._header["day"][self._line["order"]]
        return received - self._grid(self._line["series"], day, self._line["fulfilled"])

    @cached_property
    def _opening(self) -> Floats:
        return self.tables["warehouse_product"]["current_stock"].to_numpy() - self._net().sum(axis=1)

    @property
    def _come(self) -> npt.NDArray[np.bool_]:
        return self._purchase["actual"] <= self._last

    @property
    def _punctual(self) -> npt.NDArray[np.bool_]:
        return (self._purchase["actual"] <= self._purchase["expected"])[self._come]

    @cached_property
    def _leads(self) -> list[Floats]:
        took = (self._purchase["actual"] - self._purchase["day"])[self._come].astype(np.float64)
        who = self._purchase["supplier"][self._come]
        return [took[who == one] for one in np.unique(who)]


CHI_SQUARED_6_AT_P_0_001 = 22.458
"""χ² with six degrees of freedom that chance passes once in a thousand."""


def _days(column: pa.ChunkedArray) -> Ints:
    return column.cast(pa.int32()).to_numpy().astype(np.int64)


def _months(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1


def _cents(column: pa.ChunkedArray) -> Floats:
    return column.cast(pa.float64()).to_numpy()


def _place(values: pa.ChunkedArray, among: pa.ChunkedArray | pa.Array) -> Ints:
    """Row of each value in a column of distinct values."""
    found = among.combine_chunks() if isinstance(among, pa.ChunkedArray) else among
    return pc.index_in(plain(values), plain(pa.chunked_array([found]))).to_numpy().astype(np.int64)
