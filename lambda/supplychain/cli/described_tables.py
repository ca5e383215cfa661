"""Questions to the warehouse, as the caller's own identity, for the commands that describe its tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from supplychain.cli.connection import CallError
from supplychain.settings import PlaceSettings
from supplychain.warehouse.data_api import DataApi, StatementError
from supplychain.warehouse.results import Value

if TYPE_CHECKING:
    import boto3


def query_warehouse(
    session: "boto3.Session", place: PlaceSettings, sql: str, parameters: Mapping[str, str] | None = None
) -> Sequence[tuple[Value, ...]]:
    """Return the rows of a statement. Raises CallError if it fails."""
    api = DataApi(session.client("redshift-data"), place.workgroup, place.database)
    try:
        return api.execute(sql, parameters).rows
    except StatementError as error:
        raise CallError(error.message.removeprefix("ERROR: ")) from None
