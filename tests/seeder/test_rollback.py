"""The Update that rolls an Update back: it leaves whole data alone, and fails only where the new data stays."""

import boto3
import pytest

from supplychain.schema import TABLE_NAMES
from tests.seeder import by_hand
from tests.seeder.harness import BUCKET, TINY, Context, SeededPlace, make_workgroup

LARGER = TINY | {"num_products": "30"}
ROLLING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


@pytest.fixture
def rolled_back(stack_is):
    """Sends the Update that rolls back the one from `old` to `new`, and returns its answer."""

    def send(old: SeededPlace, new: SeededPlace, context: Context | None = None) -> dict:
        stack_is(ROLLING_BACK)
        return old.send(old.event("Update", old=new), context)

    return send


def loaded_at(place: SeededPlace) -> list:
    return place.admin.execute("select loaded_at from supplychain_meta.generation").rows


def test_whole_data_is_left_alone(place, rolled_back, caplog):
    """Nothing is created, loaded, granted or removed, and the attributes are those of the old generation."""
    caplog.set_level("INFO", "supplychain")
    created = place.create()
    before, files = loaded_at(place), place.lake()
    place.admin.execute("create table public.product_of_mine as select * from public.product")
    answer = rolled_back(place, place.with_changes(seed=LARGER))
    assert (answer["Status"], answer["Data"], answer["Reason"]) == ("SUCCESS", created["Data"], "")
    assert (loaded_at(place), place.lake()) == (before, files)
    assert "the warehouse is as it was before the update" in caplog.text


def test_files_that_are_gone_are_written_again(place, rolled_back):
    """They are not needed for a success, but the rollback restores them with the rows unchanged."""
    created = place.create()
    before, files = loaded_at(place), place.lake()
    keys = [{"Key": key} for key in files]
    boto3.client("s3").delete_objects(Bucket=BUCKET, Delete={"Objects": keys})
    answer = rolled_back(place, place.with_changes(seed=LARGER))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", created["Data"])
    assert loaded_at(place) == before
    assert {key for key in files if "database.json" not in key} <= set(place.lake())


def test_the_old_generation_is_loaded_again_after_a_commit(place, rolled_back):
    """If a later resource failed, the rows are restored."""
    created = place.create()
    before = place.contents()
    larger = place.update(seed=LARGER)
    answer = rolled_back(place, larger)
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", created["Data"])
    assert place.contents() == before


def test_the_old_grants_are_restored(place, rolled_back):
    """Grants that the failed update changed are changed back, and nothing is loaded."""
    place.create()
    before = loaded_at(place)
    nobody = place.update(load={"grant_select_to": ""})
    assert rolled_back(place, nobody)["Status"] == "SUCCESS"
    assert place.as_caller.execute("select count(*) from product").rows == [(12,)]
    assert loaded_at(place) == before


def test_changed_rows_are_restored(place, rolled_back):
    """Rows that someone changed by hand are not whole data: the generation is loaded again."""
    place.create()
    before = place.contents()
    place.admin.execute("update public.product set product_name = 'mine' where product_code = 'PROD0001'")
    assert rolled_back(place, place.with_changes(seed=LARGER))["Status"] == "SUCCESS"
    assert place.contents() == before


def test_what_was_broken_before_the_update_stays(place, rolled_back, capfd, caplog):
    """A table that cannot be rebuilt fails the update, and not its rollback: a warning, a metric, and the reason."""
    place.create()
    place.admin.execute("alter table public.product add column colour varchar(10)")
    place.admin.execute("create view public.mine as select colour from public.product")
    place.admin.execute("delete from public.purchase_order_line")
    answer = rolled_back(place, place.with_changes(seed=LARGER))
    assert answer["Status"] == "SUCCESS"
    assert "without restoring or checking the data" in answer["Reason"]
    assert "public.mine depends on it. Drop what depends on the table" in answer["Reason"]
    assert answer["Reason"] in [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert '"RolledBackUnchecked":[1.0]' in capfd.readouterr().out


def test_a_loaded_generation_that_cannot_be_replaced_is_a_failure(place, rolled_back):
    """The warehouse has the new rows, so the rollback fails, names the cause, and succeeds once that is removed."""
    place.create()
    before = place.contents()
    larger = place.update(seed=LARGER)
    place.admin.execute("alter table public.product add column colour varchar(10)")
    place.admin.execute("create view public.mine as select colour from public.product")
    answer = rolled_back(place, larger)
    assert answer["Status"] == "FAILED"
    assert "public.mine depends on it" in answer["Reason"]
    place.admin.execute("drop view public.mine")
    assert rolled_back(place, larger)["Status"] == "SUCCESS"
    assert place.contents() == before


def test_out_of_time(place, rolled_back):
    """A rollback without time for anything succeeds if the update had not committed."""
    created = place.create()
    answer = rolled_back(place, place.with_changes(seed=LARGER), Context(seconds=30))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", created["Data"])


@pytest.mark.parametrize("remove", [by_hand.delete_the_workgroup, by_hand.delete_the_secret])
def test_a_warehouse_that_cannot_be_asked(lone, rolled_back, remove):
    """It succeeds with a warning and the old attributes, which come from the lake."""
    created = lone.create()
    remove(lone)
    answer = rolled_back(lone, lone.with_changes(seed=LARGER))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", created["Data"])
    assert "without restoring or checking the data" in answer["Reason"]


@pytest.mark.parametrize("remove", [by_hand.drop_the_database, by_hand.drop_the_schema])
def test_what_can_be_restored_is_restored(place, rolled_back, remove):
    """The database or the schema is created again, and the old generation loaded."""
    place.create()
    before = place.contents()
    remove(place)
    answer = rolled_back(place, place.with_changes(seed=LARGER))
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "")
    assert place.contents() == before


def test_an_ordinary_update_fails_where_a_rollback_would_not(lone, stack_is):
    """It is told by the status of the stack, and never answers with success before the data is loaded."""
    lone.create()
    by_hand.delete_the_workgroup(lone)
    stack_is("UPDATE_IN_PROGRESS")
    answer = lone.send(lone.with_changes(seed=LARGER).event("Update", old=lone))
    assert answer["Status"] == "FAILED"
    assert f"workgroup {lone.workgroup} wasn't found. Run make repair" in answer["Reason"]


@pytest.mark.slow
def test_the_next_update_repairs_what_a_rollback_left(lone, rolled_back, stack_is):
    """After the workgroup is created again, an update loads all rows, even of the generation that was there."""
    lone.create()
    before = lone.contents()
    by_hand.delete_the_workgroup(lone)
    assert rolled_back(lone, lone.with_changes(seed=LARGER))["Status"] == "SUCCESS"
    make_workgroup(lone.workgroup, bucket=f"{lone.workgroup}-other")
    stack_is("UPDATE_IN_PROGRESS")
    lone.update()
    assert lone.contents() == before
    assert set(lone.rows()) == set(TABLE_NAMES)
