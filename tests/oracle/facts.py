"""What the judge must know of the settings."""

import datetime as dt
from dataclasses import dataclass


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

    @property
    def first_day(self) -> dt.date:
        """The first day of the history."""
        return self.as_of - dt.timedelta(days=self.days - 1)
