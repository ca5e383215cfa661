"""The queue of a workgroup: a limited number of statements run at once, the others wait in the order of submission."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from redshift_sandbox.redshift_data.limits import MAX_CONCURRENCY

Work = Callable[[], None]


class Workload:
    """The queues of all workgroups. Each statement runs on a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: defaultdict[str, int] = defaultdict(int)
        self._waiting: defaultdict[str, deque[tuple[str, Work]]] = defaultdict(deque)

    def submit(self, queue: str, name: str, work: Work) -> None:
        """Run work when its turn has come.

        Parameters
        ----------
        queue
            The ARN of the workgroup.
        name
            The id of the statement.
        work
            Runs the statement.
        """
        with self._lock:
            if self._running[queue] >= MAX_CONCURRENCY:
                self._waiting[queue].append((name, work))
                return
            self._running[queue] += 1
        self._start(queue, name, work)

    def run_now(self, name: str, work: Work) -> None:
        """Run work at once, whatever else runs."""
        threading.Thread(target=work, name=f"statement-{name}", daemon=True).start()

    def hurry(self, queue: str, name: str) -> None:
        """Run a waiting statement at once: it was cancelled, and only has to end."""
        with self._lock:
            waiting = self._waiting[queue]
            found = next((entry for entry in waiting if entry[0] == name), None)
            if found is None:
                return
            waiting.remove(found)
        self.run_now(*found)

    def _start(self, queue: str, name: str, work: Work) -> None:
        def run() -> None:
            try:
                work()
            finally:
                self._next(queue)

        self.run_now(name, run)

    def _next(self, queue: str) -> None:
        with self._lock:
            if not self._waiting[queue]:
                self._running[queue] -= 1
                return
            name, work = self._waiting[queue].popleft()
        self._start(queue, name, work)


WORKLOAD = Workload()
