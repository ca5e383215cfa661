"""Every tool that shows columns shows the schema's comments; and only the admin may create objects in `public`."""

import pytest

from supplychain.schema import TABLES
from supplychain.warehouse.data_api import StatementError
from tests.seeder.harness import SeededPlace

COMMENTS = {(table.name, column.name): column.comment for table in TABLES for column in table.columns}


def _remarks(place: SeededPlace) -> dict[tuple[str, str], str]:
    sql = "select table_name, column_name, remarks from svv_columns where table_schema = 'public'"
    return {(str(table), str(column)): str(remarks) for table, column, remarks in place.as_caller.execute(sql).rows}


def test_every_column_and_table_has_its_comment(place):
    """SVV_COLUMNS, SHOW COLUMNS and SVV_TABLES show the comments that the Glue catalog has, to any user."""
    place.create()
    assert _remarks(place) == COMMENTS
    for table in TABLES:
        shown = place.as_caller.execute(f"show columns from table {place.database}.public.{table.name}")
        named = [dict(zip(shown.names, row, strict=True)) for row in shown.rows]
        assert {row["column_name"]: row["remarks"] for row in named} == {
            column.name: column.comment for column in table.columns
        }
    tables = place.as_caller.execute("select table_name, remarks from svv_tables where table_schema = 'public'").rows
    assert dict(tables) == {table.name: table.comment for table in TABLES}


def test_a_comment_that_someone_changed_comes_back(place):
    """The next update restores it, and loads nothing."""
    place.create()
    place.admin.execute("comment on column public.product.unit_cost is 'mine'")
    place.update(load={"statement_timeout": "250"})
    assert _remarks(place) == COMMENTS


@pytest.mark.parametrize("method", ["insert", "copy"])
def test_a_rebuilt_table_has_its_comments(place, method):
    """Rebuilding a table whose columns have changed drops them."""
    place.create()
    place.admin.execute("alter table public.product add column extra integer")
    place.update(load={"load_method": method})
    assert _remarks(place) == COMMENTS


def test_other_users_may_not_create_objects_in_public_of_the_stack_s_own_namespace(place, monkeypatch):
    """Redshift lets every user do that. A namespace that the stack does not own is left as it is."""
    place.create()
    place.as_caller.execute("create table public.mine (a integer)")
    place.as_caller.execute("drop table public.mine")
    properties = SeededPlace.properties
    monkeypatch.setattr(SeededPlace, "properties", lambda self: properties(self) | {"OwnsNamespace": "true"})
    place.update(load={"statement_timeout": "250"})
    with pytest.raises(StatementError, match="permission denied for schema public"):
        place.as_caller.execute("create table public.mine (a integer)")
