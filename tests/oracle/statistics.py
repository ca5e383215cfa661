"""Statistics by which to judge whether the demand, stock and supply of a data set are realistic.

Takes tables with the types of the schema. Floating-point sums are good enough here, as every statistic has a range.
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

ADI_LIMIT, CV2_LIMIT = 1.32, 0.49
"""Classes of demand by mean interval between demands, in days, and squared coefficient of variation of their sizes:
Syntetos, Boylan and Croston, "On the categorization of demand patterns", 2005."""

CHI_SQUARED_6_AT_P_0_001 = 22.458
"""χ² with six degrees of freedom that chance exceeds once in a thousand."""


@dataclass(frozen=True)
class Statistics:
    """The statistics of a data set."""

    tables: Mapping[str, pa.Table]
    facts: Facts

    def all(self) -> dict[str, float]:
        """Each statistic by name."""
        return {
            "revenue share of the top 20 % of products": self.top_share(),
            "weekday effect on orders, chi-squared": self.weekday_chi_squared(),
            "orders a day in December over the mean": self.month_factor(12),
            "orders a day in January over the mean": self.month_factor(1),
            "orders a day in February over the mean": self.month_factor(2),
            "lines of Electronics in December over the mean": self.month_factor(12, group="Electronics"),
            **{f"share of {name} series": share for name, share in self.demand_classes().items()},
            "share of over-dispersed series": self.over_dispersed(),
            "fill rate of shipped orders": self.fill_rate(cancelled=False),
            "fill rate of shipped and cancelled orders": self.fill_rate(cancelled=True),
            "warehouse products out of stock": self.stock_share("=="),
            "warehouse products above maximum": self.stock_share(">"),
            "orders promised in the last 14 days and still open": self.open_share(),
            "cancelled orders": self.cancelled_share(),
            "purchase orders on time": self.on_time(),
            "on time, worst supplier": min(self.on_time_by_supplier()),
            "on time, best supplier": max(self.on_time_by_supplier()),
            "variation of lead times, lowest of suppliers": min(self.lead_variation()),
            "variation of lead times, highest of suppliers": max(self.lead_variation()),
            "skew of lead times, lowest of suppliers": min(self.lead_skew()),
            "purchase lines at or below the reorder point": self.ordered_when_due(),
            "bullwhip": self.bullwhip(),
            "deviation of order values from Benford's law": self.benford(),
        }

    def top_share(self) -> float:
        """Share of revenue of the fifth of the products that sells best; products without sales are counted."""
        by_product = np.bincount(self._line["product"], weights=self._line["total"], minlength=self.facts.num_products)
        ranked = np.sort(by_product)[::-1]
        return float(ranked[: len(ranked) // 5].sum() / ranked.sum())

    def weekday_chi_squared(self) -> float:
        """Pearson's χ² of orders by weekday, against equal numbers a day; six degrees of freedom."""
        days = np.arange(self._first, self._last + 1)
        day_count = np.bincount((days + 3) % 7, minlength=7)
        orders = np.bincount((self._header["day"] + 3) % 7, minlength=7)
        expected = day_count * orders.sum() / day_count.sum()
        return float((((orders - expected) ** 2) / expected).sum())

    def month_factor(self, month: int, group: str | None = None) -> float:
        """Orders a day in a month over the mean of the history, or lines of a product group; NaN without that month."""
        day = self._header["day"]
        if group is not None:
            groups = np.array(self.tables["product"]["product_group"].to_pylist())
            day = day[self._line["order"]][groups[self._line["product"]] == group]
        months = _months(np.arange(self._first, self._last + 1))
        if month not in months:
            return float("nan")
        in_month = _months(day) == month
        return float(in_month.sum() / (months == month).sum() / (len(day) / len(months)))

    def demand_classes(self) -> dict[str, float]:
        """Share of each class column the series with demand."""
        daily = self._daily
        count = (daily > 0).sum(axis=1)
        daily, count = daily[count > 0], count[count > 0]
        interval = self.facts.days / count
        mean = daily.sum(axis=1) / count
        cv2 = ((daily**2).sum(axis=1) / count - mean**2) / mean**2
        frequent, steady = interval < ADI_LIMIT, cv2 < CV2_LIMIT
        return {
            "smooth": float((frequent & steady).mean()),
            "erratic": float((frequent & ~steady).mean()),
            "intermittent": float((~frequent & steady).mean()),
            "lumpy": float((~frequent & ~steady).mean()),
        }

    def over_dispersed(self) -> float:
        """Share of the series whose daily units have a variance above their mean, unlike a Poisson process."""
        daily = self._daily[self._daily.sum(axis=1) > 0]
        return float((daily.var(axis=1) > daily.mean(axis=1)).mean())

    def fill_rate(self, *, cancelled: bool) -> float:
        """Units shipped over units ordered, on shipped orders or on shipped and cancelled orders."""
        counted = {"Shipped", "Delivered", "Cancelled"} if cancelled else {"Shipped", "Delivered"}
        chosen = np.isin(self._header["status"], list(counted))[self._line["order"]]
        return float(self._line["fulfilled"][chosen].sum() / self._line["quantity"][chosen].sum())

    def stock_share(self, sign: str) -> float:
        """Share of the warehouse products that are out of stock (==) or above their maximum (>)."""
        table = self.tables["warehouse_product"]
        stock, maximum = (table[name].to_numpy() for name in ("current_stock", "maximum_stock"))
        return float((stock == 0).mean() if sign == "==" else (stock > maximum).mean())

    def open_share(self) -> float:
        """Share of the orders promised in the 14 days before as_of that are neither Delivered nor Cancelled."""
        late = (self._header["promised"] < self._last) & (self._header["promised"] >= self._last - 14)
        return float(np.isin(self._header["status"][late], ["Pending", "Processing", "Shipped"]).mean())

    def cancelled_share(self) -> float:
        """Share of the sales orders that are Cancelled."""
        return float((self._header["status"] == "Cancelled").mean())

    def on_time(self) -> float:
        """Share of the received purchase orders that arrived by their expected date."""
        return float(self._on_time.mean())

    def on_time_by_supplier(self) -> list[float]:
        """The same for each supplier."""
        suppliers = self._purchase["supplier"][self._arrived]
        return [float(self._on_time[suppliers == supplier].mean()) for supplier in np.unique(suppliers)]

    def lead_variation(self) -> list[float]:
        """Coefficient of variation of the actual lead times, for each supplier."""
        return [float(days.std() / days.mean()) for days in self._lead_times]

    def lead_skew(self) -> list[float]:
        """Skewness of the actual lead times, for each supplier."""
        return [float((((days - days.mean()) / days.std()) ** 3).mean()) for days in self._lead_times]

    def ordered_when_due(self) -> float:
        """Share of the purchase lines whose stock, the evening before the order, was at or below the reorder point."""
        line = self._purchase_line
        series = line["series"]
        day = self._purchase["day"][line["order"]] - self._first
        stock = self._opening[:, None] + np.cumsum(self._net_receipts(), axis=1)
        stock_before = np.where(day > 0, stock[series, np.maximum(day - 1, 0)], self._opening[series])
        return float((stock_before <= self.tables["warehouse_product"]["reorder_point"].to_numpy()[series]).mean())

    def bullwhip(self) -> float:
        """Variance of the units purchased in a full week over that of the units sold."""
        monday = self._first + (-(self._first + 3)) % 7
        weeks = (self._last + 1 - monday) // 7
        sold = self._weekly(self._header["day"][self._line["order"]], self._line["quantity"], monday, weeks)
        purchased = self._weekly(
            self._purchase["day"][self._purchase_line["order"]], self._purchase_line["quantity"], monday, weeks
        )
        return float(purchased.var() / sold.var())

    def benford(self) -> float:
        """Mean absolute deviation of the first digits of the order values from Benford's law."""
        value = np.bincount(self._line["order"], weights=self._line["total"])
        first = (value / 10.0 ** np.floor(np.log10(value))).astype(np.int64)
        share = np.bincount(first, minlength=10)[1:10] / len(value)
        return float(np.abs(share - np.log10(1 + 1 / np.arange(1, 10))).mean())

    @staticmethod
    def _weekly(day: Ints, units: Ints, monday: int, weeks: int) -> Floats:
        week = (day - monday) // 7
        full = (day >= monday) & (week < weeks)
        return np.bincount(week[full], weights=units[full], minlength=weeks)

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
        order = _row_of(table["sales_order_number"], self.tables["sales_order_header"]["sales_order_number"])
        product = _row_of(table["product_code"], self.tables["product"]["product_code"])
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
        order = _row_of(table["purchase_order_number"], header["purchase_order_number"])
        product = _row_of(table["product_code"], self.tables["product"]["product_code"])
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
        keys = _row_of(table["warehouse_code"], codes) * count
        keys += _row_of(table["product_code"], self.tables["product"]["product_code"])
        rows = np.full(len(codes) * count, -1, dtype=np.int64)
        rows[keys] = np.arange(len(keys))
        return rows[_row_of(warehouses, codes)[order] * count + product]

    def _grid(self, series: Ints, day: Ints, units: Ints) -> Floats:
        """Units by series and day, shape (series, days)."""
        rows, days = self.tables["warehouse_product"].num_rows, self.facts.days
        return np.bincount(series * days + day - self._first, weights=units, minlength=rows * days).reshape(rows, days)

    @cached_property
    def _daily(self) -> Floats:
        return self._grid(self._line["series"], self._header["day"][self._line["order"]], self._line["quantity"])

    def _net_receipts(self) -> Floats:
        """Units received less units shipped, by series and day."""
        line = self._purchase_line
        actual = self._purchase["actual"][line["order"]]
        arrived = actual <= self._last
        received = self._grid(line["series"][arrived], actual[arrived], line["received"][arrived])
        day = self._header["day"][self._line["order"]]
        return received - self._grid(self._line["series"], day, self._line["fulfilled"])

    @cached_property
    def _opening(self) -> Floats:
        return self.tables["warehouse_product"]["current_stock"].to_numpy() - self._net_receipts().sum(axis=1)

    @property
    def _arrived(self) -> npt.NDArray[np.bool_]:
        return self._purchase["actual"] <= self._last

    @property
    def _on_time(self) -> npt.NDArray[np.bool_]:
        return (self._purchase["actual"] <= self._purchase["expected"])[self._arrived]

    @cached_property
    def _lead_times(self) -> list[Floats]:
        lead_times = (self._purchase["actual"] - self._purchase["day"])[self._arrived].astype(np.float64)
        suppliers = self._purchase["supplier"][self._arrived]
        return [lead_times[suppliers == supplier] for supplier in np.unique(suppliers)]


def _days(column: pa.ChunkedArray) -> Ints:
    return column.cast(pa.int32()).to_numpy().astype(np.int64)


def _months(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1


def _cents(column: pa.ChunkedArray) -> Floats:
    return column.cast(pa.float64()).to_numpy()


def _row_of(values: pa.ChunkedArray, column: pa.ChunkedArray | pa.Array) -> Ints:
    """Row of each value in a column of distinct values."""
    found = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.index_in(plain(values), plain(pa.chunked_array([found]))).to_numpy().astype(np.int64)
