"""The life-cycle cases of the custom resource, at the handler, against the sandbox's Data API and S3."""

import json
import logging

import boto3
import pytest

from supplychain.seeder.request import LAKE_TYPE
from supplychain.settings import SeedSettings, read
from supplychain.warehouse.loader import Load
from supplychain.warehouse.verification import Check
from tests.seeder.harness import BUCKET, TINY, Context

LARGER = TINY | {"num_products": "30"}


def test_case_01_create_succeeds(world):
    """The place is filled, the attributes say with what, and the physical id is the place."""
    answer = world.create()
    assert answer["PhysicalResourceId"] == f"seeded/{world.database}"
    assert answer["Data"] == {
        "Generation": read(SeedSettings, TINY).generation,
        "AsOf": "2026-01-31",
        "Seed": "42",
        "TotalRows": str(sum(world.rows().values())),
    }
    assert world.rows()["product"] == 12


def test_the_lake_and_the_warehouse_hold_the_same_rows(world):
    """Row counts equal the manifest's, and the record in the warehouse names the generation."""
    generation = world.create()["Data"]["Generation"]
    key = f"seeded/{world.database}/{generation}/manifest.json"
    manifest = json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert world.rows() == {name: table["rows"] for name, table in manifest["tables"].items()}
    recorded = world.admin.execute("select generation, as_of, seed, total_rows from supplychain_meta.generation").rows
    assert recorded == [(generation, "2026-01-31", 42, sum(world.rows().values()))]


def test_case_02_create_replayed_with_the_same_request_loads_once(world):
    """The second call finds the work done."""
    event = world.event("Create")
    first = world.send(event)
    loaded = world.admin.execute("select loaded_at from supplychain_meta.generation").rows
    assert world.send(event) == first
    assert world.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded


def test_case_03_out_of_time_answers_failed_and_shows_nothing(world):
    """FAILED is answered while there is time, and no row is visible."""
    answer = world.send(world.event("Create"), Context(seconds=30))
    assert answer["Status"] == "FAILED"
    assert "out of time" in answer["Reason"]
    assert not world.generations()


def test_case_05_delete_after_a_failed_create(world, monkeypatch):
    """What the Create left, tables and files, is gone."""
    monkeypatch.setattr("supplychain.warehouse.verification._count", _wrong_count)
    assert world.send(world.event("Create"))["Status"] == "FAILED"
    world.delete()
    assert not world.lake()
    assert world.database not in world.databases()


def test_case_07_delete_with_a_physical_id_that_cloudformation_invented(world):
    """The place is read from the properties; the id is given back as it came."""
    world.create()
    answer = world.delete(PhysicalResourceId="stack-Generation-ABC123")
    assert answer["PhysicalResourceId"] == "stack-Generation-ABC123"
    assert world.database not in world.databases()


def test_case_08_update_with_unchanged_properties_loads_nothing(world):
    """The warehouse holds it already."""
    world.create()
    loaded = world.admin.execute("select loaded_at from supplychain_meta.generation").rows
    world.update()
    assert world.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded


def test_case_09_update_reseeds_to_larger_and_to_smaller(world):
    """Rows follow the settings both ways; the generation before stays in the lake, older ones go."""
    world.create()
    small = world.contents()
    larger = world.update(seed=LARGER)
    assert larger.rows()["product"] == 30
    assert len(world.generations()) == 2
    other = larger.update(seed=TINY | {"reseed": "other"})
    assert other.rows()["product"] == 12
    assert world.generations() == {read(SeedSettings, settings).generation for settings in (LARGER, other.seed)}
    again = other.update(seed=TINY)
    assert again.contents() == small


def test_case_10_a_failed_update_leaves_the_old_rows_and_files(world, monkeypatch):
    """The transaction is undone, the reason names the check, and the reversed Update finds everything there."""
    world.create()
    before, files = world.contents(), set(world.lake())
    with monkeypatch.context() as patch:
        patch.setattr("supplychain.warehouse.verification._count", _wrong_count)
        changed = world.event("Update") | {"ResourceProperties": world.but(seed=LARGER).properties()}
        answer = world.send(changed)
    assert answer["Status"] == "FAILED"
    assert "checking that product has a wrong count failed: ERROR: " in answer["Reason"]
    assert "ivi" in answer["Reason"]  # division by zero, in the words of the engine
    assert world.contents() == before
    assert files <= set(world.lake())
    world.update()
    assert world.contents() == before


def test_case_11_update_replayed_loads_once(world):
    """The same event a second time has the same answer, and nothing is loaded again."""
    world.create()
    larger = world.but(seed=LARGER)
    event = larger.event("Update", old=world)
    first = larger.send(event)
    loaded = world.admin.execute("select loaded_at from supplychain_meta.generation").rows
    assert larger.send(event) == first
    assert first["Status"] == "SUCCESS"
    assert world.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded


def test_case_12_a_rollback_restores_the_very_same_rows(world):
    """Back to the generation before, from the lake: every row equal, though `today` may have moved on."""
    world.create()
    before = world.contents()
    larger = world.update(seed=LARGER)
    keys = {key for key in world.lake() if larger.properties()["Generation"] not in key}
    back = larger.update(seed=TINY)
    assert back.contents() == before
    assert keys <= set(world.lake())


def test_case_13_the_delete_of_an_old_place_spares_the_new(world):
    """Two databases of one workgroup: emptying one leaves the other, and its files, alone."""
    world.create()
    new = world.but(database=f"{world.database}_new")
    answer = new.send(new.event("Update", old=world))
    assert answer["PhysicalResourceId"] == f"seeded/{new.database}"
    rows, files = new.rows(), new.lake()
    world.delete()
    assert (new.rows(), new.lake()) == (rows, files)
    assert not world.lake()
    assert world.database not in new.databases()


def test_case_14_delete_twice(world):
    """The second finds nothing and is fine."""
    world.create()
    world.delete()
    world.delete()
    assert not world.lake()


def test_case_15_and_16_delete_where_workgroup_and_namespace_are_gone(world):
    """The lake is emptied all the same."""
    world.create()
    gone = world.but(workgroup="no-such-workgroup")
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"no-such-workgroup/{world.database}/g/t/part", Body=b"x")
    gone.delete()
    assert not gone.lake()


def test_case_17_delete_where_the_bucket_is_gone(world):
    """The warehouse is emptied all the same; deleting the lake's contents is fine too."""
    world.create()
    event = world.event("Delete")
    event["ResourceProperties"]["Bucket"] = "no-such-bucket"
    assert world.send(event)["Status"] == "SUCCESS"
    lake = world.event("Delete", ResourceType=LAKE_TYPE, ResourceProperties={"Bucket": "no-such-bucket"})
    assert world.send(lake)["Status"] == "SUCCESS"


def test_case_18_a_bucket_with_many_objects_and_versions_is_emptied(world):
    """More than a thousand, old versions and delete markers among them."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="crowded")
    s3.put_bucket_versioning(Bucket="crowded", VersioningConfiguration={"Status": "Enabled"})
    for number in range(520):
        for body in (b"1", b"2"):
            s3.put_object(Bucket="crowded", Key=f"place/{number:04d}", Body=body)
    s3.delete_object(Bucket="crowded", Key="place/0000")
    s3.put_object(Bucket="crowded", Key="orphan", Body=b"x")
    properties = {"Bucket": "crowded"}
    created = world.send(world.event("Create", ResourceType=LAKE_TYPE, ResourceProperties=properties))
    assert created["PhysicalResourceId"] == "crowded/*"
    assert (
        world.send(world.event("Delete", ResourceType=LAKE_TYPE, ResourceProperties=properties))["Status"] == "SUCCESS"
    )
    s3.delete_bucket(Bucket="crowded")


def test_case_19_every_property_arrives_as_text(world):
    """Numbers, ranges, dates and choices are text on the way, and what they were when they have arrived."""
    event = world.but(load={"batch_rows": "3", "statement_timeout": "60"}).event("Create")
    properties = event["ResourceProperties"]
    values = [*properties["Settings"].values(), *properties["Load"].values()]
    assert {type(value) for value in values} == {str}
    assert world.send(event)["Status"] == "SUCCESS"
    assert world.rows()["product"] == 12


def test_case_20_missing_properties_are_named(world):
    """A Create says what is missing; the Delete that follows it succeeds."""
    event = world.event("Create")
    del event["ResourceProperties"]["Database"]
    answer = world.send(event)
    assert answer["Status"] == "FAILED"
    assert "property Database of the custom resource is missing" in answer["Reason"]
    assert world.send(event | {"RequestType": "Delete", "PhysicalResourceId": "x"})["Status"] == "SUCCESS"


def test_case_20_an_update_from_properties_of_an_older_version(world):
    """Old properties that this version does not know are no hindrance."""
    world.create()
    answer = world.send(world.event("Update", OldResourceProperties={"Rows": "many"}))
    assert answer["Status"] == "SUCCESS", answer["Reason"]


def test_case_23_neither_url_nor_secret_reaches_the_log(world, capfd, caplog):
    """Nor does either stand in the answer."""
    caplog.set_level(logging.DEBUG, "supplychain")
    world.create()
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=world.admin.secret_arn)["SecretString"]
    said = capfd.readouterr().out + caplog.text + json.dumps(world.cloudformation.answers)
    assert "X-Amz-Signature" not in said
    assert json.loads(secret)["password"] not in said


def test_case_24_rows_that_arrive_twice_abort_the_transaction(world, monkeypatch):
    """The statement that checks them fails, the reason names the check and the table, and no row is visible."""
    monkeypatch.setattr(Load, "_staging", _doubled())
    answer = world.send(world.event("Create"))
    assert answer["Status"] == "FAILED"
    assert "checking that product has 12 rows failed" in answer["Reason"]
    assert set(world.rows().values()) == {0}


def test_case_30_an_unknown_request_type_fails_at_once(world):
    """It is answered, not ignored."""
    answer = world.send(world.event("Create", RequestType="Refresh"))
    assert answer["Status"] == "FAILED"
    assert "does not know Refresh" in answer["Reason"]


def test_case_36_a_table_with_other_columns_is_rebuilt(world):
    """As an older version may have made it: the schema's columns, and all rows, stand after the update."""
    world.create()
    world.admin.execute("drop table public.product cascade")
    world.admin.execute("create table public.product (product_code varchar(50) not null, colour varchar(10))")
    world.update(seed=LARGER)
    assert world.rows()["product"] == 30
    assert world.admin.execute("select count(*) from svv_columns where table_name = 'product'").rows == [(9,)]
    assert world.anybody.execute("select count(*) from product").rows == [(30,)]


def test_case_36_a_view_on_such_a_table_is_named(world):
    """The update is refused before anything changes, and says which view to drop."""
    world.create()
    world.admin.execute("alter table public.sales_order_line add column colour varchar(10)")
    world.admin.execute("create view public.bestsellers as select product_code, colour from public.sales_order_line")
    before = world.rows()
    answer = world.send(world.but(seed=LARGER).event("Update", old=world))
    assert answer["Status"] == "FAILED"
    assert "rebuilding sales_order_line" in answer["Reason"]
    assert "public.bestsellers depends on it. Drop what depends on the table" in answer["Reason"]
    assert world.rows() == before


def test_case_37_a_view_and_a_grant_of_a_user_survive_a_reseed(world):
    """Rows are replaced, tables are not."""
    world.create()
    world.admin.execute("create user visitor password disable")
    world.admin.execute("grant insert on public.product to visitor")
    world.admin.execute("create view public.costly as select * from public.product where unit_cost > 0")
    larger = world.update(seed=LARGER)
    assert larger.admin.execute("select count(*) from public.costly").rows == [(30,)]
    granted = "select has_table_privilege('visitor', 'public.product', 'insert')"
    assert larger.admin.execute(granted).rows == [(True,)]


def test_case_39_grants_follow_the_setting_without_a_load(world):
    """Who may read changes, the rows and the time of their load do not; what is no longer granted is revoked."""
    world.create()
    loaded = world.admin.execute("select loaded_at from supplychain_meta.generation").rows
    assert world.anybody.execute("select count(*) from product").rows == [(12,)]
    nobody = world.update(load={"grant_select_to": ""})
    assert nobody.admin.execute("select loaded_at from supplychain_meta.generation").rows == loaded
    with pytest.raises(Exception, match="permission denied"):
        nobody.anybody.execute("select count(*) from product")
    nobody.update(load={"grant_select_to": "PUBLIC"})
    assert world.anybody.execute("select count(*) from product").rows == [(12,)]


def test_case_39_a_grantee_that_does_not_exist_is_named(world):
    """One line says which, and nothing is loaded."""
    answer = world.send(world.event("Create", ResourceProperties=granting(world, "user:nobody_knows_me")))
    assert answer["Status"] == "FAILED"
    assert "granting SELECT (grant_select_to) failed" in answer["Reason"]
    assert "nobody_knows_me" in answer["Reason"]
    assert set(world.rows().values()) == {0}


def test_the_default_data_is_loaded_by_few_submissions(world, caplog):
    """At most eight requests that submit statements, from Create to answer."""
    caplog.set_level(logging.INFO, "supplychain")
    defaults = world.but(seed={"as_of": "2026-01-31"})
    defaults.create()
    (loaded,) = [record for record in caplog.records if record.message == "loaded"]
    assert loaded.submissions <= 6  # and two more to find and make the database


def granting(world, grantees: str) -> dict:
    return world.but(load={"grant_select_to": grantees}).properties()


def _wrong_count(table, rows):

    return Check(
        f"{table.name} has a wrong count",
        f"select 1 / case when count(*) = {rows + 1} then 1 else 0 end from {table.name}",
    )


def _doubled():
    """A staging that inserts the rows of the first table twice."""
    original = Load._staging

    def staging(self, store, manifest):
        for step in original(self, store, manifest):
            yield step
            if step.sql.startswith("insert into stage_product values"):
                yield step

    return staging
