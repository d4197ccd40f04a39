"""When something that hangs is given up; nothing in the tests depends on how fast a machine is."""

import time

# Seconds. No test waits that long for what works: on a machine with other work an answer of a second has taken
# a minute. Only what would never come is ended by it.
PATIENCE = 600.0


def wait_until(condition, what, look=0.01, patience=PATIENCE):
    """Returns the first true value of ``condition()``; raises TimeoutError with ``what`` where none comes.

    ``look`` is the time in seconds between two looks, for what tells nobody when it happens.
    """
    end = time.monotonic() + patience
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come in {patience:g} s.")
        time.sleep(look)
    return found
