"""Calls over plain HTTP, because botocore's clients reject most invalid requests themselves."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from redshift_sandbox.aws.model import service_model
from redshift_sandbox.environment import HOST


@dataclass(frozen=True)
class Answer:
    """A response: the HTTP status, the error code if any, and the body."""

    status: int
    code: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A service of a sandbox."""

    name: str
    port: int

    def call(self, operation: str, request: object) -> Answer:
        return self.post(operation, json.dumps(request).encode())

    def post(self, operation: str, body: bytes) -> Answer:
        prefix = service_model(self.name).metadata["targetPrefix"]
        headers = {"X-Amz-Target": f"{prefix}.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            answer = json.load(response)
        finally:
            connection.close()
        code = answer["__type"] if response.status != http.HTTPStatus.OK else ""
        assert code == response.headers.get("x-amzn-errortype", "")
        return Answer(response.status, code, answer)
