"""The answer to CloudFormation: its size, its delivery, and the secrecy of the URL."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import urllib3

from supplychain.seeder import response
from supplychain.seeder.response import MAX_BYTES, Answer, body, send

EVENT = {"StackId": "arn:stack", "RequestId": "r-1", "LogicalResourceId": "Generation"}


@pytest.fixture
def cloudformation():
    """A server that accepts PUTs after a number of failures."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.seen.append((self.path, self.headers["Content-Type"], json.loads(body)))
            self.send_response(503 if len(self.server.seen) <= self.server.failures else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.failures = [], 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}/secret?X-Amz-Signature=abc123"
    yield server
    server.shutdown()


def test_the_answer_has_the_fields_of_the_protocol():
    """Status, ids, reason and attributes, with the names of the custom resource protocol."""
    assert json.loads(body(EVENT, Answer("SUCCESS", "wg/db", data={"Seed": "42"}))) == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "wg/db",
        "StackId": "arn:stack",
        "RequestId": "r-1",
        "LogicalResourceId": "Generation",
        "Reason": "",
        "Data": {"Seed": "42"},
    }


@pytest.mark.parametrize("reason", ["x" * 5000, "é" * 5000, '"\\\n' * 3000], ids=["ascii", "two bytes", "escaped"])
def test_a_long_reason_is_truncated(reason):
    """The answer stays within 4,096 bytes, keeps the start of the reason, and says that it was truncated."""
    made = body(EVENT, Answer("FAILED", "wg/db", reason=reason))
    assert len(made) <= MAX_BYTES
    truncated = json.loads(made)["Reason"]
    assert truncated.startswith(reason[:100])
    assert "truncated" in truncated


def test_the_answer_is_put_with_an_empty_content_type(cloudformation):
    """The presigned URL was signed without a content type."""
    send(EVENT | {"ResponseURL": cloudformation.url}, Answer("SUCCESS", "wg/db"))
    ((path, content_type, answer),) = cloudformation.seen
    assert (path, content_type, answer["Status"]) == ("/secret?X-Amz-Signature=abc123", "", "SUCCESS")


def test_case_22_a_failed_put_is_retried(cloudformation, monkeypatch):
    """The answer arrives after two server errors."""
    monkeypatch.setattr(response, "_RETRIES", response._RETRIES.new(backoff_factor=0))
    cloudformation.failures = 2
    send(EVENT | {"ResponseURL": cloudformation.url}, Answer("SUCCESS", "wg/db"))
    assert len(cloudformation.seen) == 3


def test_case_23_the_url_is_in_no_log_and_no_error(cloudformation, caplog, monkeypatch):
    """The presigned URL appears neither on success nor on failure."""
    monkeypatch.setattr(response, "_RETRIES", urllib3.Retry(total=0))
    caplog.set_level(logging.DEBUG, "supplychain")
    send(EVENT | {"ResponseURL": cloudformation.url}, Answer("SUCCESS", "wg/db"))
    with pytest.raises(response.UndeliveredError) as error:
        send(EVENT | {"ResponseURL": "http://127.0.0.1:9/secret?X-Amz-Signature=abc123"}, Answer("SUCCESS", "wg/db"))
    assert "abc123" not in caplog.text + str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
