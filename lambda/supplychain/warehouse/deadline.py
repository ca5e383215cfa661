"""A point in time by which work must be done."""

import time
from dataclasses import dataclass


class OutOfTimeError(Exception):
    """The deadline passed before the work was done; the message names the work."""


@dataclass(frozen=True)
class Deadline:
    """A time of the monotonic clock, in seconds; infinitely far by default."""

    moment: float = float("inf")

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self.moment - time.monotonic()

    def sooner(self, seconds: float) -> "Deadline":
        """Return the deadline `seconds` from now, or this one if it is sooner."""
        return Deadline(min(self.moment, time.monotonic() + seconds))

    def check(self, work: str) -> None:
        """Raise OutOfTimeError for `work` if the deadline has passed."""
        if self.remaining <= 0:
            raise OutOfTimeError(f"ran out of time: {work}")

    def sleep(self, seconds: float, work: str) -> None:
        """Sleep, or raise OutOfTimeError for `work` if the deadline would pass meanwhile."""
        if seconds >= self.remaining:
            raise OutOfTimeError(f"ran out of time: {work}")
        time.sleep(seconds)
