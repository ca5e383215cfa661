"""Measure how long the steps of a piece of work take."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


@dataclass
class Stopwatch:
    """Seconds by step. Repetitions of a step add up."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure and log the time spent in the context, whether it succeeds or fails."""
        started = time.monotonic()
        try:
            yield
        finally:
            taken = time.monotonic() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
            logger.info("%s finished", name, extra={"step": name, "seconds": round(taken, 3)})
