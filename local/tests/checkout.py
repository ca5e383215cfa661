"""The checkout that the sandbox's tests run in: the CDK CLI and its caches are there."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
