"""The facts about a data set that the checks compare its rows with."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from supplychain.settings import SeedSettings, read


@dataclass(frozen=True)
class Facts:
    """What the settings promise of a data set."""

    as_of: dt.date
    days: int
    num_products: int
    warehouses: int
    orders: tuple[int, int]
    """Fewest and most sales orders a day."""
    purchases: tuple[int, int]
    """Fewest and most purchase orders in a full week."""

    @classmethod
    def of(cls, settings: Mapping[str, str], as_of: dt.date) -> "Facts":
        """The facts of settings in text form, as in a manifest, with the resolved `as_of`."""
        seed = read(SeedSettings, settings)
        return cls(
            as_of=as_of,
            days=seed.days,
            num_products=seed.num_products,
            warehouses=seed.warehouses,
            orders=(seed.orders_per_day.low, seed.orders_per_day.high),
            purchases=(seed.purchase_orders.low, seed.purchase_orders.high),
        )

    @property
    def first_day(self) -> dt.date:
        """The first day of the history."""
        return self.as_of - dt.timedelta(days=self.days - 1)

    def figures(self, written: Callable[[dt.date], object]) -> dict[str, object]:
        """The values of the names in braces in the queries; `written` renders a date for the engine."""
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
