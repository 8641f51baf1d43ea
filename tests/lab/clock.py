"""A loop's time, set by hand, and its timers with it."""

from collections.abc import Callable
from functools import partial


class Timer:
    def __init__(self, clock: "Clock", when: float, callback: Callable[[], object]) -> None:
        self.clock, self.when, self.callback = clock, when, callback

    def cancel(self) -> None:
        if self in self.clock.timers:
            self.clock.timers.remove(self)


class Clock:
    """What ``Deadline`` and ``StallWatch`` use of a loop."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []
        self.made = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: object) -> Timer:
        self.made += 1
        timer = Timer(self, when, partial(callback, *args))
        self.timers.append(timer)
        return timer

    def call_later(self, delay_s: float, callback: Callable[..., object], *args: object) -> Timer:
        return self.call_at(self.now + delay_s, callback, *args)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.when <= end]:
            timer = min(due, key=lambda each: each.when)
            self.timers.remove(timer)
            self.now = timer.when
            timer.callback()
        self.now = end
