"""The words the data is made of: suppliers, customers, addresses, areas, statuses."""

from dataclasses import dataclass
from typing import Final

SALES_PREFIX: Final = "SO"
PURCHASE_PREFIX: Final = "PO"

AREAS: Final = ("North", "South", "East", "West", "Central", "Downtown", "Suburbs")

SALES_STATUSES: Final = ("Pending", "Processing", "Shipped", "Delivered", "Cancelled")
PENDING, PROCESSING, SHIPPED, DELIVERED, CANCELLED = range(5)

FULFILLMENTS: Final = ("Pending", "Partial", "Complete", "Cancelled")
NOT_SHIPPED, PART_SHIPPED, ALL_SHIPPED, NEVER_SHIPPED = range(4)

PURCHASE_STATUSES: Final = ("Draft", "Submitted", "Approved", "Received", "Closed")
DRAFT, SUBMITTED, APPROVED, RECEIVED, CLOSED = range(5)

RECEIPTS: Final = ("Pending", "Partial", "Complete")
NOT_RECEIVED, PART_RECEIVED, ALL_RECEIVED = range(3)

SUPPLIERS: Final = (
    "Acme Industrial Supply",
    "Global Parts Co.",
    "Nordström Components AB",
    "Pacific Rim Trading",
    "Midwest Tool & Die",
    "O'Connor Wholesale",
    "Rheinland Technik GmbH",
    "Summit Distribution",
)

SUPPLIER_CODES: Final = tuple(f"SUP{number:03d}" for number in range(1, len(SUPPLIERS) + 1))


@dataclass(frozen=True)
class Site:
    """Where a customer takes deliveries."""

    customer: int
    address: str
    area: int


CUSTOMERS: Final = (
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

CUSTOMER_CODES: Final = tuple(f"CUST{number:03d}" for number in range(1, len(CUSTOMERS) + 1))

_STREETS: Final = (
    "Harbor Road", "Mill Lane", "O'Hara Street", "Industrial Way", "Station Avenue", "Quai Saint-Éloi", "Market Square",
)  # fmt: skip
_TOWNS: Final = ("Northgate", "Southfield", "Eastbrook", "Westmoor", "Ashford", "Ashford Center", "Greenhills")
"""One town for each of AREAS."""

SITES: Final = tuple(
    Site(
        customer=customer,
        address=f"{10 + 37 * customer + 11 * area} {_STREETS[(customer + 3 * area) % len(_STREETS)]}, {town}, "
        f"{10_100 + 950 * area + 13 * customer}",
        area=area,
    )
    for customer in range(len(CUSTOMERS))
    for area, town in enumerate(_TOWNS)
)
"""Each customer has a site in each area, in this order: customer × 7 + area."""
