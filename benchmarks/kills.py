"""Random kills in the sandbox: the server, PostgreSQL or a function is killed while the stack is updated.

After each kill the warehouse must hold one whole generation, and the next update must work. `KILLS=20 make bench
ARGS=kills` kills 20 times instead of 100, and `SEED=7` repeats a run's random choices.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from redshift_sandbox.leftovers import backends_below, runs_below
from redshift_sandbox.process import family
from redshift_sandbox.state_folder import StateFolder
from redshift_sandbox.testing import Sandbox, start_sandbox
from tests.e2e.direct import Deployment

VICTIMS = ("function", "backend", "postgres", "server")
_WAIT_SECONDS = 15.0


def run() -> None:
    """Print how often each process was killed, and how much was lost, got stuck or was left behind.

    Raises
    ------
    SystemExit
        If anything was.
    """
    count, seed = int(os.environ.get("KILLS", "100")), os.environ.get("SEED") or str(time.time_ns() % 10**6)
    print(f"{count} kills, SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        trial = _Trial(Path(folder), random.Random(seed))  # noqa: S311  # no secret
        try:
            for number in range(count):
                trial.kill_during_an_update(number)
        finally:
            trial.end()
    print(", ".join(f"{trial.kills[victim]} × {victim}" for victim in VICTIMS))
    print(", ".join(f"{name}: {len(cases)}" for name, cases in trial.failures.items()))
    for name, cases in trial.failures.items():
        for case in cases:
            print(f"{name}: {case}")
    if any(trial.failures.values()):
        sys.exit(1)


@dataclass
class _Trial:
    """A deployment, updated and killed again and again."""

    folder: Path
    random: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[str]] = field(default_factory=lambda: {"lost": [], "stuck": [], "orphans": []})
    update_seconds: float = 3.0

    def __post_init__(self) -> None:
        self.state = StateFolder((self.folder / "state").resolve())
        self.deployment = Deployment(self.folder)
        self._start()

    def kill_during_an_update(self, number: int) -> None:
        """Begin an update, kill one process at a random moment, and check what is left."""
        victim = self.random.choice(VICTIMS)
        before = self.held
        self.deployment.begin_update(reseed=str(number), num_products=str(self.random.randrange(20, 60)))
        started = time.monotonic()
        moment = self.random.uniform(0, self.update_seconds)
        time.sleep(moment)
        if not self._kill(victim):
            victim = "nothing"
        self.kills[victim] += 1
        case = f"{victim} killed {moment:.1f} s after update {number} began"
        print(case, flush=True)
        if victim == "server":
            self._expect_no_processes(case)
            self.sandbox.stop()
            self._start()
            return
        status = self.deployment.settled()
        if victim == "nothing":
            self.update_seconds = time.monotonic() - started
        if status not in {"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}:
            self.failures["stuck"].append(f"{status}: {case}: {self.deployment.last_failure()}")
            self.end(case)
            self._start()
            return
        self.held = self.deployment.generation if status == "UPDATE_COMPLETE" else before
        if not self.deployment.is_whole(self.held):
            self.failures["lost"].append(f"{status}: {case}")

    def end(self, case: str = "the last update") -> None:
        """Stop the sandbox, and look for what is left of it."""
        self.sandbox.stop()
        self._expect_no_processes(case)

    def _start(self) -> None:
        self.sandbox: Sandbox = start_sandbox(self.state.path)
        status = self.deployment.create(self.sandbox)
        self.held = self.deployment.generation
        if status != "CREATE_COMPLETE" or not self.deployment.is_whole(self.held):
            raise RuntimeError(f"the deployment to a new sandbox ended in {status}")

    def _expect_no_processes(self, case: str) -> None:
        """Note what still runs, after the time that the watchdog of a killed server needs."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while family(self.state) and time.monotonic() < deadline:
            time.sleep(0.1)
        left = [f"{process.pid} {process.name()}" for process in family(self.state)]
        if left:
            self.failures["orphans"].append(f"{', '.join(left)}: {case}")

    def _kill(self, victim: str) -> bool:
        """Kill a process; return whether there was one."""
        found = self._processes(victim)
        if not found:
            return False
        self.random.choice(found).kill()
        return True

    def _processes(self, victim: str) -> list[psutil.Process]:
        if victim == "server":
            return [process for process in family(self.state) if "redshift_sandbox.server" in process.cmdline()]
        if victim == "function":
            return [process for process in psutil.process_iter() if runs_below(process, self.state.temporary)]
        found = backends_below(self.state.postgres)
        main = {process.pid for process in found} & {process.ppid() for process in found}
        return [process for process in found if (process.pid in main) is (victim == "postgres")]
