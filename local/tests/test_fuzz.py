"""Random statements and requests: each gets a proper response, and the sandbox keeps working.

Every run tries the same examples; FUZZ_EXAMPLES=5000 tries that many random ones.
"""

import json
import os
import re
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from local.tests.engine import engine
from local.tests.plain_http import Service
from local.tests.sql_cases import features
from local.tests.warehouse import Warehouse
from redshift_sandbox.aws.model import service_model
from redshift_sandbox.testing import Sandbox

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
BATCH = 20

SAMPLES = [case.sql for feature in features() for case in feature.cases]
PIECES = re.compile(r"\s+|\w+|'[^']*'|.", re.DOTALL)
WORDS = sorted({piece for sample in SAMPLES for piece in PIECES.findall(sample)})


def fuzz(examples: int) -> settings:
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate] if not EXAMPLES else list(Phase),
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A sample statement with some of its tokens dropped, repeated, swapped or replaced."""
    pieces = PIECES.findall(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 4))):
        if not pieces:
            break
        index, other = (draw(st.integers(0, len(pieces) - 1)) for _ in range(2))
        match draw(st.integers(0, 3)):
            case 0:
                del pieces[index]
            case 1:
                pieces.insert(index, pieces[other])
            case 2:
                pieces[index], pieces[other] = pieces[other], pieces[index]
            case _:
                pieces[index] = draw(st.sampled_from(WORDS) | st.text(max_size=3))
    return "".join(pieces)


SOUP = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
NESTED = st.builds(
    lambda depth, head, left, right: head + left * depth + "1" + right * depth,
    st.sampled_from([10, 100, 1_000, 5_000]),
    st.just("SELECT "),
    *(st.sampled_from(pair) for pair in (["(", "-", "NOT ", "CASE WHEN ", "'"], [")", "", " END", "'"])),
)
SQL = (mutated() | SOUP | NESTED | st.text(min_size=1, max_size=60)).filter(lambda text: bool(text.strip()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def state(sandbox: Sandbox, warehouse: Warehouse):
    """Checks that the server's threads, open files and connections do not grow."""
    process = psutil.Process(json.loads((sandbox.state_folder / "server.json").read_text())["pid"])

    def look() -> tuple[int, int, int]:
        assert warehouse.rows("SELECT 1") == [(1,)]
        with engine(sandbox, warehouse.name) as connection:
            query = "SELECT COUNT(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"
            backends = connection.execute(query).fetchone()[0]
        return process.num_threads(), process.num_fds(), backends

    before = look()
    yield
    after = look()
    # Some threads and connections are kept.
    assert all(now <= then + 30 for then, now in zip(before, after, strict=True)), f"{before} became {after}"


@pytest.mark.usefixtures("state")
def test_statements(warehouse: Warehouse):
    """Each statement is FINISHED or fails with an error like Redshift's, never with an internal error."""

    @fuzz(12)
    @given(st.lists(SQL, min_size=BATCH, max_size=BATCH))
    def run(statements: list[str]) -> None:
        # Endless recursion is a valid query.
        described = warehouse.run_batch("SET statement_timeout TO 300", *statements, ExecutionMode="AUTO_COMMIT")
        assert described["Status"] in {"FINISHED", "FAILED"}, "it did not end"
        for part in described["SubStatements"]:
            error = part.get("Error", "ERROR: ")
            fine = error.startswith(("ERROR: ", "FATAL: ")) and "internal error" not in error
            assert fine, f"{error}: {part['QueryString'][:500]!r}"

    run()


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("service", ["redshift-data", "redshift-serverless"])
def test_requests(warehouse: Warehouse, service: str):
    """The response to each request is a success or an error of the service model."""
    model, plain = service_model(service), Service(service, warehouse.aws.port)
    known = {**warehouse.target, "Sql": "SELECT 1", "Id": "x", "namespaceName": "abc", "workgroupName": "abc"}
    codes = {shape.name for shape in model.error_shapes} | {"SerializationException", "UnsupportedOperation"}

    def requests(operation: str) -> st.SearchStrategy[bytes]:
        members = model.operation_model(operation).input_shape.members
        valid = {name: st.just(known[name]) for name in members if name in known}
        any_of = st.fixed_dictionaries({}, optional={name: JSON | valid.get(name, JSON) for name in members})
        return any_of.map(lambda request: json.dumps(request).encode()) | st.binary(max_size=50) | JSON.map(_dumped)

    @fuzz(150)
    @given(st.sampled_from(list(model.operation_names)).flatmap(lambda name: st.tuples(st.just(name), requests(name))))
    def send(operation_and_body: tuple[str, bytes]) -> None:
        answer = plain.post(*operation_and_body)
        assert answer.status in {200, 400, 501} or answer.code == "DatabaseConnectionException", answer
        assert answer.code in codes | {""}, answer

    send()


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
