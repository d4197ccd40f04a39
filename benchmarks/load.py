"""Clients that ask a server all the time, and what became of each request."""

import math
import threading
from collections import Counter


class Load:
    """Threads that each ask ``ask()`` until ``total`` requests were made.

    Where ``total`` is None they go on until the ``with`` block ends. ``answers`` counts what ``ask``
    returned, ``failures`` what it raised.
    """

    def __init__(self, asks, total=None):
        self.answers, self.failures = Counter(), []
        self._left, self._lock = math.inf if total is None else total, threading.Lock()
        self.total, self.made = total, 0
        self._progress = threading.Condition(self._lock)
        self._threads = [threading.Thread(target=self._run, args=(ask,)) for ask in asks]

    def _run(self, ask):
        while True:
            with self._lock:
                if not self._left:
                    return
                self._left -= 1
            try:
                answer, failure = ask(), None
            except Exception as error:
                answer, failure = None, error
            with self._progress:
                self.made += 1
                if failure is None:
                    self.answers[answer] += 1
                else:
                    self.failures.append(failure)
                self._progress.notify_all()

    def wait_for(self, made):
        """Returns when so many requests were made; ``made`` is at most the total."""
        with self._progress:
            self._progress.wait_for(lambda: self.made >= made)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        if self.total is None:
            with self._lock:
                self._left = 0
        for thread in self._threads:
            thread.join()
