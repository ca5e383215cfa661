"""What ends a load."""


class LoadError(Exception):
    """A generation could not be loaded; the message says at which step and why. What was there before still is."""
