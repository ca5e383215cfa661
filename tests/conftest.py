"""What all tests share."""

import signal


def pytest_configure() -> None:
    """Receive the signals that nohup, and a shell that starts a command in the background, make processes ignore."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
