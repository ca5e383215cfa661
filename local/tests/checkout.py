"""The checkout that the tests run in, with the CDK CLI and the caches of package managers."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
