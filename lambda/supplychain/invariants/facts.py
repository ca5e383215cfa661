"""What the checks must know of the settings."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from supplychain.settings import SeedSettings, read


@dataclass(frozen=True)
class Facts:
    """The figures that the checks compare with."""

    as_of: dt.date
    days: int
    num_products: int
    warehouses: int
    orders: tuple[int, int]
    """Fewest and most sales orders on a day."""
    purchases: tuple[int, int]
    """Fewest and most purchase orders in a week."""

    @classmethod
    def of(cls, settings: Mapping[str, str], as_of: dt.date) -> "Facts":
        """Those of settings as text, such as a manifest has, with the resolved `as_of`."""
        chosen = read(SeedSettings, settings)
        return cls(
            as_of=as_of,
            days=chosen.days,
            num_products=chosen.num_products,
            warehouses=chosen.warehouses,
            orders=(chosen.orders_per_day.low, chosen.orders_per_day.high),
            purchases=(chosen.purchase_orders.low, chosen.purchase_orders.high),
        )

    @property
    def first_day(self) -> dt.date:
        """The first day of the history."""
        return self.as_of - dt.timedelta(days=self.days - 1)

    def figures(self, written: Callable[[dt.date], object]) -> dict[str, object]:
        """The figures by the names that the queries use, dates as `written` for an engine."""
        return {
            "as_of": written(self.as_of),
            "first_day": written(self.first_day),
            "first_monday": written(self.first_day + dt.timedelta(days=-self.first_day.weekday() % 7)),
            "days": self.days,
            "num_products": self.num_products,
            "warehouses": self.warehouses,
            "orders_low": self.orders[0],
            "orders_high": self.orders[1],
            "purchases_low": self.purchases[0],
            "purchases_high": self.purchases[1],
        }
