"""Silence is measured in the time that the master ran: a pause of both is none."""

from sigproxy.service.pulse import LONGEST_TURN_S, Pulse, RunningClock

TIMEOUT_S = 16.0


class Clock:
    """CLOCK_MONOTONIC, set by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_the_clock_stands_still_with_its_process() -> None:
    clock = Clock()
    running = RunningClock(clock)
    for _ in range(30):
        clock.now_s += 1
        running.now()
    assert running.now() == 30
    clock.now_s += 3600
    assert running.now() == 30 + LONGEST_TURN_S
    assert running.now() == 30 + LONGEST_TURN_S


def test_workers_that_were_paused_with_their_master_are_well() -> None:
    clock = Clock()
    pulse = Pulse(RunningClock(clock))
    assert pulse.silent_s(1, heartbeat=1000.0) == 0
    for _ in range(5):  # pauses in a row, and no heartbeat between them
        clock.now_s += 3600
        silent_s = pulse.silent_s(1, heartbeat=1000.0)
        clock.now_s += 1
        assert pulse.silent_s(1, heartbeat=clock.now_s) == 0
        assert silent_s <= LONGEST_TURN_S < TIMEOUT_S
        assert pulse.silent_s(1, heartbeat=1000.0) == 0


def test_a_worker_that_hangs_while_the_master_runs_is_silent() -> None:
    clock = Clock()
    pulse = Pulse(RunningClock(clock))
    pulse.silent_s(1, heartbeat=1000.0)
    for second in range(1, 31):
        clock.now_s += 1
        assert pulse.silent_s(2, heartbeat=clock.now_s) == 0
        assert pulse.silent_s(1, heartbeat=1000.0) == second


def test_a_worker_that_hangs_is_silent_beside_pauses_too() -> None:
    clock = Clock()
    pulse = Pulse(RunningClock(clock))
    pulse.silent_s(1, heartbeat=1000.0)
    clock.now_s += 3600
    silent_s = 0.0
    for _ in range(20):
        clock.now_s += 1
        silent_s = pulse.silent_s(1, heartbeat=1000.0)
    assert silent_s > TIMEOUT_S


def test_a_new_worker_with_the_pid_of_an_old_one_begins_anew() -> None:
    clock = Clock()
    pulse = Pulse(RunningClock(clock))
    pulse.silent_s(1, heartbeat=1000.0)
    clock.now_s += 4
    pulse.forget_all_but({2})
    assert pulse.silent_s(1, heartbeat=1000.0) == 0
