"""What can't be done as it was asked for."""


class Refused(ValueError):
    """A request that is understood and makes no sense; its text says why, and what would."""
