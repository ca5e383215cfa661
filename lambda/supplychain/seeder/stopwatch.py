"""How long the steps of a piece of work take."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


@dataclass
class Stopwatch:
    """Seconds by step, of the steps that were begun; a step that is taken again counts on."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what runs inside, whether it succeeds or fails, and log its end."""
        started = time.monotonic()
        try:
            yield
        finally:
            taken = time.monotonic() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
            logger.info("%s is over", name, extra={"step": name, "seconds": round(taken, 3)})
