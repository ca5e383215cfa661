"""How long there is for a piece of work."""

import time
from dataclasses import dataclass


class OutOfTimeError(Exception):
    """The deadline came before the work was done; the message names the work."""


@dataclass(frozen=True)
class Deadline:
    """A moment of the monotonic clock, in seconds; by default it never comes."""

    moment: float = float("inf")

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The moment some seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds left, negative when it has passed."""
        return self.moment - time.monotonic()

    def check(self, work: str) -> None:
        """Raise OutOfTimeError for `work` when the deadline has passed."""
        if self.remaining <= 0:
            raise OutOfTimeError(f"ran out of time: {work}")

    def sleep(self, seconds: float, work: str) -> None:
        """Sleep, but not past the deadline; raise OutOfTimeError for `work` where it comes first."""
        if seconds >= self.remaining:
            raise OutOfTimeError(f"ran out of time: {work}")
        time.sleep(seconds)
