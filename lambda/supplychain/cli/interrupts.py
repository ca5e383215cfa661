"""Signals that end a command: as an exception, so that it removes its files, or deferred during a critical step."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NoReturn

_TERMINATING: Final = (signal.SIGTERM, signal.SIGHUP)
_SHELL_OFFSET: Final = 128
"""A shell reports a process that a signal ended with the number of the signal plus this."""


@contextmanager
def terminated_by_exception() -> Iterator[None]:
    """Raise SystemExit when the process is to terminate; the second such signal ends it at once.

    Ctrl-C already raises KeyboardInterrupt.
    """

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        for other in handled:
            signal.signal(other, signal.SIG_DFL)
        raise SystemExit(_SHELL_OFFSET + number)

    handled = [number for number in _TERMINATING if signal.getsignal(number) is signal.SIG_DFL]  # not under nohup
    with _handlers(dict.fromkeys(handled, leave)):
        yield


@contextmanager
def deferred_interrupts() -> Iterator[None]:
    """Deliver Ctrl-C and terminating signals at the end of the context."""
    received: list[int] = []
    handler = lambda number, _frame: received.append(number)  # noqa: E731  # one line says it
    try:
        with _handlers(dict.fromkeys((signal.SIGINT, *_TERMINATING), handler)):
            yield
    finally:
        for number in received[:1]:
            signal.raise_signal(number)


@contextmanager
def _handlers(handlers: dict[signal.Signals, Callable[[int, FrameType | None], Any]]) -> Iterator[None]:
    """Install handlers of signals, which only the main thread can do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
