"""Reference data: suppliers, customers, delivery sites, areas, statuses and order prefixes."""

from dataclasses import dataclass
from typing import Final

SALES_PREFIX: Final = "SO"
PURCHASE_PREFIX: Final = "PO"

DELIVERY_AREAS: Final = ("North", "South", "East", "West", "Central", "Downtown", "Suburbs")

SALES_STATUSES: Final = ("Pending", "Processing", "Shipped", "Delivered", "Cancelled")
PENDING, PROCESSING, SHIPPED, DELIVERED, CANCELLED = range(5)

FULFILLMENT_STATUSES: Final = ("Pending", "Partial", "Complete", "Cancelled")
FULFILLMENT_PENDING, FULFILLMENT_PARTIAL, FULFILLMENT_COMPLETE, FULFILLMENT_CANCELLED = range(4)

PURCHASE_STATUSES: Final = ("Draft", "Submitted", "Approved", "Received", "Closed")
DRAFT, SUBMITTED, APPROVED, RECEIVED, CLOSED = range(5)

RECEIPT_STATUSES: Final = ("Pending", "Partial", "Complete")
RECEIPT_PENDING, RECEIPT_PARTIAL, RECEIPT_COMPLETE = range(3)

SUPPLIER_NAMES: Final = (
    "Acme Industrial Supply",
    "Global Parts Co.",
    "Nordström Components AB",
    "Pacific Rim Trading",
    "Midwest Tool & Die",
    "O'Connor Wholesale",
    "Rheinland Technik GmbH",
    "Summit Distribution",
)

SUPPLIER_CODES: Final = tuple(f"SUP{number:03d}" for number in range(1, len(SUPPLIER_NAMES) + 1))


@dataclass(frozen=True)
class DeliverySite:
    """An address at which a customer receives deliveries."""

    customer: int
    """Index into CUSTOMER_NAMES."""
    address: str
    area: int
    """Index into DELIVERY_AREAS."""


CUSTOMER_NAMES: Final = (
    "Harbor Construction Group",
    "Bluewater Facilities",
    "Miller's Hardware Stores",
    "City of Ashford Public Works",
    "Evergreen Logistics",
    "Peña Electrical Contractors",
    "St. Mary's Hospital",
    "Granite Peak Mining",
    "Lakeside University",
    "Orion Manufacturing",
)

CUSTOMER_CODES: Final = tuple(f"CUST{number:03d}" for number in range(1, len(CUSTOMER_NAMES) + 1))

_STREETS: Final = (
    "Harbor Road", "Mill Lane", "O'Hara Street", "Industrial Way", "Station Avenue", "Quai Saint-Éloi", "Market Square",
)  # fmt: skip
_TOWNS: Final = ("Northgate", "Southfield", "Eastbrook", "Westmoor", "Ashford", "Ashford Center", "Greenhills")
"""One town for each of DELIVERY_AREAS."""

DELIVERY_SITES: Final = tuple(
    DeliverySite(
        customer=customer,
        address=f"{10 + 37 * customer + 11 * area} {_STREETS[(customer + 3 * area) % len(_STREETS)]}, {town}, "
        f"{10_100 + 950 * area + 13 * customer}",
        area=area,
    )
    for customer in range(len(CUSTOMER_NAMES))
    for area, town in enumerate(_TOWNS)
)
"""One site for each customer and area, at index customer × 7 + area."""
