"""What needs the weights of an extra, for tests that are skipped without them."""

import pytest


def made_of_weights(make, *arguments):
    """What ``make`` makes of installed weights; the test is skipped, with its words, where they are missing."""
    try:
        return make(*arguments)
    except ModuleNotFoundError as missing:
        pytest.skip(str(missing))
