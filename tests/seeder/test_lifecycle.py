"""The life cycle of the custom resource: events to the handler, against the sandbox's Data API and S3."""

import json
import logging

import boto3
import pytest

from supplychain.seeder.request import LAKE_TYPE
from supplychain.settings import SeedSettings, read
from supplychain.warehouse.loader import Loader
from supplychain.warehouse.verification import Check
from tests.seeder.harness import BUCKET, TINY, Context

LARGER = TINY | {"num_products": "30"}


def test_case_01_create_succeeds(place):
    """The place is filled, the attributes describe the generation, and the physical id is the place."""
    answer = place.create()
    assert answer["PhysicalResourceId"] == f"seeded/{place.database}"
    assert answer["Data"] == {
        "Generation": read(SeedSettings, TINY).generation,
        "AsOf": "2026-01-31",
        "Seed": "42",
        "TotalRows": str(sum(place.rows().values())),
    }
    assert place.rows()["product"] == 12


def test_the_lake_and_the_warehouse_hold_the_same_rows(place):
    """Row counts equal those of the manifest, and the load record names the generation."""
    generation = place.create()["Data"]["Generation"]
    key = f"seeded/{place.database}/{generation}/manifest.json"
    manifest = json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert place.rows() == {name: table["rows"] for name, table in manifest["tables"].items()}
    recorded = place.admin.execute("select generation, as_of, seed, total_rows from supplychain_meta.generation").rows
    assert recorded == [(generation, "2026-01-31", 42, sum(place.rows().values()))]


def test_case_02_create_replayed_with_the_same_request_loads_once(place):
    """The second call finds the generation loaded."""
    event = place.event("Create")
    first = place.send(event)
    loaded = place.admin.execute("select loaded_at from supplychain_meta.generation").rows
    assert place.send(event) == first
    assert place.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded


def test_case_03_out_of_time_answers_failed_and_shows_nothing(place):
    """FAILED is answered in time, and no row is visible."""
    answer = place.send(place.event("Create"), Context(seconds=30))
    assert answer["Status"] == "FAILED"
    assert "out of time" in answer["Reason"]
    assert not place.generations()


def test_case_05_delete_after_a_failed_create(place, monkeypatch):
    """The tables and files of the failed Create are removed."""
    monkeypatch.setattr("supplychain.warehouse.verification._count", _wrong_count)
    assert place.send(place.event("Create"))["Status"] == "FAILED"
    place.delete()
    assert not place.lake()
    assert place.database not in place.databases()


def test_case_07_delete_with_a_physical_id_that_cloudformation_invented(place):
    """The place is read from the properties, and the id is returned unchanged."""
    place.create()
    answer = place.delete(PhysicalResourceId="stack-Generation-ABC123")
    assert answer["PhysicalResourceId"] == "stack-Generation-ABC123"
    assert place.database not in place.databases()


def test_case_08_update_with_unchanged_properties_loads_nothing(place):
    """The warehouse already holds the generation."""
    place.create()
    loaded = place.admin.execute("select loaded_at from supplychain_meta.generation").rows
    place.update()
    assert place.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded


def test_case_09_update_reseeds_to_larger_and_to_smaller(place):
    """Rows follow the settings; the previous generation stays in the lake, and older ones are removed."""
    place.create()
    small = place.contents()
    larger = place.update(seed=LARGER)
    assert larger.rows()["product"] == 30
    assert len(place.generations()) == 2
    other = larger.update(seed=TINY | {"reseed": "other"})
    assert other.rows()["product"] == 12
    assert place.generations() == {read(SeedSettings, settings).generation for settings in (LARGER, other.seed)}
    again = other.update(seed=TINY)
    assert again.contents() == small


def test_case_10_a_failed_update_leaves_the_old_rows_and_files(place, monkeypatch):
    """The transaction is rolled back, the reason names the check, and the reverse Update finds the files."""
    place.create()
    before, files = place.contents(), set(place.lake())
    with monkeypatch.context() as patch:
        patch.setattr("supplychain.warehouse.verification._count", _wrong_count)
        changed = place.event("Update") | {"ResourceProperties": place.with_changes(seed=LARGER).properties()}
        answer = place.send(changed)
    assert answer["Status"] == "FAILED"
    assert "checking that product has a wrong count failed: ERROR: " in answer["Reason"]
    assert "ivi" in answer["Reason"]  # "division by zero" or "divide by zero", depending on the engine
    assert place.contents() == before
    assert files <= set(place.lake())
    place.update()
    assert place.contents() == before


def test_case_11_update_replayed_loads_once(place):
    """The repeated event has the same answer, and nothing is loaded again."""
    place.create()
    larger = place.with_changes(seed=LARGER)
    event = larger.event("Update", old=place)
    first = larger.send(event)
    loaded = place.admin.execute("select loaded_at from supplychain_meta.generation").rows
    assert larger.send(event) == first
    assert first["Status"] == "SUCCESS"
    assert place.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded


def test_case_12_a_rollback_restores_identical_rows(place):
    """The previous generation is loaded from the lake, so its rows are identical whatever the date is."""
    place.create()
    before = place.contents()
    larger = place.update(seed=LARGER)
    keys = {key for key in place.lake() if larger.properties()["Generation"] not in key}
    back = larger.update(seed=TINY)
    assert back.contents() == before
    assert keys <= set(place.lake())


def test_case_13_the_delete_of_an_old_place_keeps_the_new(place):
    """With two databases of one workgroup, deleting one keeps the other and its files."""
    place.create()
    new = place.with_changes(database=f"{place.database}_new")
    answer = new.send(new.event("Update", old=place))
    assert answer["PhysicalResourceId"] == f"seeded/{new.database}"
    rows, files = new.rows(), new.lake()
    place.delete()
    assert (new.rows(), new.lake()) == (rows, files)
    assert not place.lake()
    assert place.database not in new.databases()


def test_case_14_delete_twice(place):
    """The second finds nothing and succeeds."""
    place.create()
    place.delete()
    place.delete()
    assert not place.lake()


def test_case_15_and_16_delete_without_workgroup_and_namespace(place):
    """The files of the place are deleted nevertheless."""
    place.create()
    missing = place.with_changes(workgroup="no-such-workgroup")
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"no-such-workgroup/{place.database}/g/t/part", Body=b"x")
    missing.delete()
    assert not missing.lake()


def test_case_17_delete_without_the_bucket(place):
    """The tables are dropped nevertheless, and deleting the contents of the lake succeeds too."""
    place.create()
    event = place.event("Delete")
    event["ResourceProperties"]["Bucket"] = "no-such-bucket"
    assert place.send(event)["Status"] == "SUCCESS"
    lake = place.event("Delete", ResourceType=LAKE_TYPE, ResourceProperties={"Bucket": "no-such-bucket"})
    assert place.send(lake)["Status"] == "SUCCESS"


def test_case_18_a_bucket_with_many_objects_and_versions_is_cleared(place):
    """More than a thousand, including old versions and delete markers."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="crowded")
    s3.put_bucket_versioning(Bucket="crowded", VersioningConfiguration={"Status": "Enabled"})
    for number in range(520):
        for body in (b"1", b"2"):
            s3.put_object(Bucket="crowded", Key=f"place/{number:04d}", Body=body)
    s3.delete_object(Bucket="crowded", Key="place/0000")
    s3.put_object(Bucket="crowded", Key="orphan", Body=b"x")
    properties = {"Bucket": "crowded"}
    created = place.send(place.event("Create", ResourceType=LAKE_TYPE, ResourceProperties=properties))
    assert created["PhysicalResourceId"] == "crowded/*"
    assert (
        place.send(place.event("Delete", ResourceType=LAKE_TYPE, ResourceProperties=properties))["Status"] == "SUCCESS"
    )
    s3.delete_bucket(Bucket="crowded")


def test_case_19_every_property_is_text(place):
    """Numbers, ranges, dates and choices are passed as text and parsed."""
    event = place.with_changes(load={"batch_rows": "3", "statement_timeout": "60"}).event("Create")
    properties = event["ResourceProperties"]
    values = [*properties["Settings"].values(), *properties["Load"].values()]
    assert {type(value) for value in values} == {str}
    assert place.send(event)["Status"] == "SUCCESS"
    assert place.rows()["product"] == 12


def test_case_20_missing_properties_are_named(place):
    """A Create reports what is missing, and the following Delete succeeds."""
    event = place.event("Create")
    del event["ResourceProperties"]["Database"]
    answer = place.send(event)
    assert answer["Status"] == "FAILED"
    assert "property Database of the custom resource is missing" in answer["Reason"]
    assert place.send(event | {"RequestType": "Delete", "PhysicalResourceId": "x"})["Status"] == "SUCCESS"


def test_case_20_an_update_from_properties_of_an_older_version(place):
    """Unknown old properties are ignored."""
    place.create()
    answer = place.send(place.event("Update", OldResourceProperties={"Rows": "many"}))
    assert answer["Status"] == "SUCCESS", answer["Reason"]


def test_case_23_neither_url_nor_secret_reaches_the_log(place, capfd, caplog):
    """Nor is either in the answer."""
    caplog.set_level(logging.DEBUG, "supplychain")
    place.create()
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=place.admin.secret_arn)["SecretString"]
    output = capfd.readouterr().out + caplog.text + json.dumps(place.cloudformation.answers)
    assert "X-Amz-Signature" not in output
    assert json.loads(secret)["password"] not in output


def test_case_24_rows_that_arrive_twice_abort_the_transaction(place, monkeypatch):
    """The check fails, the reason names it and the table, and no row is visible."""
    monkeypatch.setattr(Loader, "_staging_steps", _duplicated())
    answer = place.send(place.event("Create"))
    assert answer["Status"] == "FAILED"
    assert "checking that product has 12 rows failed" in answer["Reason"]
    assert set(place.rows().values()) == {0}


def test_case_30_an_unknown_request_type_fails_at_once(place):
    """The answer is FAILED."""
    answer = place.send(place.event("Create", RequestType="Refresh"))
    assert answer["Status"] == "FAILED"
    assert "does not support Refresh" in answer["Reason"]


def test_case_36_a_table_with_other_columns_is_rebuilt(place):
    """A table of an older version has the columns of the schema, and all rows, after the update."""
    place.create()
    place.admin.execute("drop table public.product cascade")
    place.admin.execute("create table public.product (product_code varchar(50) not null, colour varchar(10))")
    place.update(seed=LARGER)
    assert place.rows()["product"] == 30
    assert place.admin.execute("select count(*) from svv_columns where table_name = 'product'").rows == [(9,)]
    assert place.as_caller.execute("select count(*) from product").rows == [(30,)]


def test_case_36_a_view_on_such_a_table_is_named(place):
    """The update fails before anything changes, and the reason names the view to drop."""
    place.create()
    place.admin.execute("alter table public.sales_order_line add column colour varchar(10)")
    place.admin.execute("create view public.bestsellers as select product_code, colour from public.sales_order_line")
    before = place.rows()
    answer = place.send(place.with_changes(seed=LARGER).event("Update", old=place))
    assert answer["Status"] == "FAILED"
    assert "rebuilding sales_order_line" in answer["Reason"]
    assert "public.bestsellers depends on it. Drop what depends on the table" in answer["Reason"]
    assert place.rows() == before


def test_case_37_a_view_and_a_grant_of_a_user_survive_a_reseed(place):
    """Rows are replaced; tables are not."""
    place.create()
    place.admin.execute("create user visitor password disable")
    place.admin.execute("grant insert on public.product to visitor")
    place.admin.execute("create view public.costly as select * from public.product where unit_cost > 0")
    larger = place.update(seed=LARGER)
    assert larger.admin.execute("select count(*) from public.costly").rows == [(30,)]
    granted = "select has_table_privilege('visitor', 'public.product', 'insert')"
    assert larger.admin.execute(granted).rows == [(True,)]


def test_case_39_grants_follow_the_setting_without_a_load(place):
    """SELECT is granted and revoked, and nothing is loaded."""
    place.create()
    loaded = place.admin.execute("select loaded_at from supplychain_meta.generation").rows
    assert place.as_caller.execute("select count(*) from product").rows == [(12,)]
    nobody = place.update(load={"grant_select_to": ""})
    assert nobody.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded
    with pytest.raises(Exception, match="permission denied"):
        nobody.as_caller.execute("select count(*) from product")
    nobody.update(load={"grant_select_to": "PUBLIC"})
    assert place.as_caller.execute("select count(*) from product").rows == [(12,)]


def test_case_39_a_grantee_that_does_not_exist_is_named(place):
    """The reason names the grantee, and nothing is loaded."""
    answer = place.send(place.event("Create", ResourceProperties=granting(place, "user:nobody_knows_me")))
    assert answer["Status"] == "FAILED"
    assert "granting SELECT (grant_select_to) failed" in answer["Reason"]
    assert "nobody_knows_me" in answer["Reason"]
    assert set(place.rows().values()) == {0}


def test_the_default_data_is_loaded_in_few_requests(place, caplog):
    """A Create makes at most eight requests that submit statements."""
    caplog.set_level(logging.INFO, "supplychain")
    defaults = place.with_changes(seed={"as_of": "2026-01-31"})
    defaults.create()
    (loaded,) = [record for record in caplog.records if record.message == "loaded"]
    assert loaded.submissions <= 6  # and two more to find and create the database


def granting(place, grantees: str) -> dict:
    return place.with_changes(load={"grant_select_to": grantees}).properties()


def _wrong_count(table, rows):
    return Check(
        f"{table.name} has a wrong count",
        f"select 1 / case when count(*) = {rows + 1} then 1 else 0 end from {table.name}",
    )


def _duplicated():
    """Return staging steps that insert the rows of the first table twice."""
    original = Loader._staging_steps

    def staging(self, store, manifest):
        for step in original(self, store, manifest):
            yield step
            if step.sql.startswith("insert into stage_product values"):
                yield step

    return staging
