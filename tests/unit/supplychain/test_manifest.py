"""manifest.json: every value has its type and form, and reaches SQL as a literal."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from supplychain.cli.main import main
from supplychain.dataset.manifest import MANIFEST, File, Manifest, TableContents
from supplychain.schema import TABLE_NAMES
from supplychain.settings import FORMAT_VERSION, Grantee, SeedSettings
from supplychain.warehouse import record

CONTENTS = {name: TableContents(1, "0" * 64, (File(f"{name}.csv", 1, 1),)) for name in TABLE_NAMES}
WHOLE = Manifest.of(SeedSettings(), dt.date(2026, 1, 31), CONTENTS)
INJECTED = "x'||(select s from mysecret)||'"
FILE = {"path": "product.csv", "size": 1, "rows": 1}


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the text of a manifest after a change of its fields."""
    fields = json.loads(WHOLE.to_json())
    change(fields)
    return json.dumps(fields).encode()


def product(**values: object) -> Callable[[dict[str, Any]], object]:
    """Return the change of fields of the first table."""
    return lambda fields: fields["tables"]["product"].update(values)


CASES = [
    (lambda fields: fields.update(generation=INJECTED), f"generation: {INJECTED} is not accepted; 16 hexadecimal"),
    (lambda fields: fields.update(generation=None), "generation: None is not accepted; 16 hexadecimal digits"),
    (lambda fields: fields.update(seed=INJECTED), f"seed: {INJECTED} is not accepted; a whole number from 0 to"),
    (lambda fields: fields.update(seed=True), "seed: True is not accepted"),
    (lambda fields: fields.update(seed=4.0), "seed: 4.0 is not accepted"),
    (lambda fields: fields.update(seed=2**63), "seed: 9223372036854775808 is not accepted"),
    (lambda fields: fields.update(as_of="today"), "as_of: today is not accepted; a date such as 2026-01-31"),
    (lambda fields: fields.update(as_of="2026-02-30"), "as_of: 2026-02-30 is not accepted"),
    (lambda fields: fields.update(as_of=20260131), "as_of: 20260131 is not accepted"),
    (lambda fields: fields.update(schema="'"), "schema: ' is not accepted; 16 hexadecimal digits"),
    (lambda fields: fields.update(format_version=0), "format_version: 0 is not accepted"),
    (lambda fields: fields.update(format_version="1"), "format_version: 1 is not accepted"),
    (lambda fields: fields.update(settings=[]), r"settings: \[\] is not accepted; an object"),
    (lambda fields: fields["settings"].update(days=90), "settings.days: 90 is not accepted"),
    (lambda fields: fields["settings"].update(days="0"), "days: '0' is not accepted; a whole number from 1 to 3,650"),
    (lambda fields: fields["settings"].update({"it's": ""}), "a name in settings: it's is not accepted"),
    (lambda fields: fields["settings"].update(reseed="\ud800"), "settings.reseed: '.*' is not accepted"),
    (lambda fields: fields.update(tables=None), "tables: None is not accepted; an object"),
    (lambda fields: fields["tables"].pop("product"), "tables lacks the field product"),
    (lambda fields: fields.update(colour="red"), "manifest.json has an unknown field colour"),
    (product(rows=-1), "tables.product.rows: -1 is not accepted"),
    (product(rows=2), "the files of tables.product are not different files of 2 rows in all"),
    (product(digest="0" * 63 + "G"), "tables.product.digest: 0+G is not accepted; 64 hexadecimal digits"),
    (product(files=[]), r"tables.product.files: \[\] is not accepted; a list of at least one file"),
    (product(files=[FILE, FILE], rows=2), "the files of tables.product are not different files"),
    (product(files=[FILE | {"path": "../product.csv"}]), r"files\[0\].path: ../product.csv is not accepted; a file of"),
    (product(files=[FILE | {"path": "product/part-1.parquet\n"}]), r"files\[0\].path: .* is not accepted"),
    (product(files=[FILE | {"size": "1"}]), r"files\[0\].size: 1 is not accepted"),
    (product(files=[{"path": "product.csv"}]), r"tables.product.files\[0\] lacks the field rows"),
    (product(files=["product.csv"]), r"tables.product.files\[0\]: product.csv is not accepted; an object"),
]


@pytest.mark.parametrize(("change", "message"), CASES)
def test_a_value_of_another_form_is_refused_by_name(change, message):
    """The message is one line that names the value and what is accepted."""
    with pytest.raises(ValueError, match=message) as refused:
        Manifest.from_json(changed(change))
    assert str(refused.value).startswith("manifest.json is not a manifest of this app: ")
    assert len(str(refused.value).splitlines()) == 1


def test_a_later_format_is_refused_by_its_version():
    """Whatever else such a file has."""
    text = json.dumps({"format_version": FORMAT_VERSION + 1, "new": {}}).encode()
    with pytest.raises(ValueError, match=f"it has format_version {FORMAT_VERSION + 1}, this version reads up to"):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"7",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"tables": ' * 100_000,
        b"\xff\xfe",
        b'{"seed": ' + b"9" * 5_000 + b"}",
        changed(lambda fields: fields.update(seed=float("nan"))),
        changed(lambda fields: fields.update(generation=["nested"] * 1000)),
    ],
)
@pytest.mark.parametrize("command", [["verify"], ["load", "--workgroup", "unused"]])
def test_any_other_file_is_an_error_of_one_line(tmp_path, text, command):
    """For the commands that read a manifest, with exit code 1 and before any call of AWS."""
    (tmp_path / MANIFEST).write_bytes(text)
    done = CliRunner().invoke(main, [*command, "--from", str(tmp_path), "--region", "us-east-1"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: manifest.json is not a manifest of this app: ")
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 400


def test_the_record_is_written_with_literals():
    """Quotes and backslashes in settings and grantees end no literal."""
    settings = {"reseed": "it's \\ one"}
    manifest = Manifest.from_json(changed(lambda fields: fields["settings"].update(settings)))
    statements = record.write(manifest, (Grantee("user", "o'neil"),))
    assert "('reseed', 'it''s '||chr(92)||' one')" in statements[-1]
    assert f"('{manifest.generation}', '{manifest.digest}', '2026-01-31', 42, 6, 'user:o''neil')" in statements[1]
