"""What is said now and then is said at once, and then once in a while."""

from sigproxy.throttle import Allowance, Throttle


def test_the_first_is_permitted_whatever_the_time_is() -> None:
    assert Throttle(60).permits(0.0)
    assert Throttle(60).permits(-1e9)


def test_the_next_is_permitted_when_the_time_has_passed() -> None:
    throttle = Throttle(60)
    assert throttle.permits(100.0)
    assert not throttle.permits(100.0)
    assert not throttle.permits(159.9)
    assert throttle.permits(160.0)
    assert not throttle.permits(219.9)
    assert throttle.permits(220.0)


def test_what_is_refused_does_not_put_off_the_next() -> None:
    throttle = Throttle(60)
    assert throttle.permits(100.0)
    assert not any(throttle.permits(100.0 + second) for second in range(60))
    assert throttle.permits(160.0)


def test_what_is_done_without_asking_counts() -> None:
    throttle = Throttle(60)
    assert throttle.permits(100.0)
    throttle.restart(130.0)
    assert not throttle.permits(189.9)
    assert throttle.permits(190.0)


def test_each_counts_for_itself() -> None:
    one, other = Throttle(60), Throttle(60)
    assert one.permits(100.0)
    assert other.permits(100.0)


def test_an_allowance_is_so_many_a_second() -> None:
    allowance = Allowance(3)
    assert [allowance.permits(100.0 + n / 10) for n in range(6)] == [True] * 3 + [False] * 3
    assert [allowance.permits(101.0) for _ in range(4)] == [True] * 3 + [False]


def test_what_was_not_used_does_not_add_up() -> None:
    allowance = Allowance(2)
    assert allowance.permits(100.0)
    assert [allowance.permits(500.0) for _ in range(3)] == [True, True, False]
