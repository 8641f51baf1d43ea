"""Who is next, where only so many may be under way."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.turns import Turns


def begun(turns: Turns[int]) -> list[int]:
    """Begin every turn that can begin; return whose they are, in order."""
    return list(iter(turns.begin, None))


def test_first_come_first_served() -> None:
    turns: Turns[int] = Turns(2)
    for number in range(4):
        turns.join(f"client {number}", number)

    assert begun(turns) == [0, 1]
    turns.end("client 1")
    assert begun(turns) == [2]


def test_clients_behind_one_address_come_in_their_order() -> None:
    turns: Turns[int] = Turns(3)
    for number in range(3):
        turns.join("NAT", number)

    assert begun(turns) == [0, 1, 2]


def test_a_client_with_fewer_turns_goes_first() -> None:
    turns: Turns[int] = Turns(2)
    for number in range(100):
        turns.join("attacker", number)
    assert begun(turns) == [0, 1]
    for number in (200, 201):
        turns.join("another", number)

    turns.end("attacker")
    assert begun(turns) == [200]
    turns.end("another")
    assert begun(turns) == [201]


def test_equals_alternate() -> None:
    turns: Turns[int] = Turns(4)
    for number in range(100):
        turns.join("one", number)
        turns.join("two", 100 + number)

    assert begun(turns) == [0, 100, 1, 101]


def test_who_leaves_is_passed_over() -> None:
    turns: Turns[int] = Turns(1)
    for number in range(3):
        turns.join("a", number)
    assert begun(turns) == [0]

    assert turns.leave("a", 1)
    assert not turns.leave("a", 0)
    turns.end("a")
    assert begun(turns) == [2]


CLIENTS = st.sampled_from("abcdef")


@given(st.integers(1, 4), st.lists(st.tuples(st.sampled_from(["join", "end", "leave"]), CLIENTS)))
def test_no_turn_is_lost_and_no_client_gets_more_than_it_should(
    most: int, steps: list[tuple[str, str]]
) -> None:
    turns: Turns[int] = Turns(most)
    waiting: dict[int, str] = {}
    taken: Counter[str] = Counter()
    for number, (step, key) in enumerate(steps):
        if step == "join":
            waiting[number] = key
            turns.join(key, number)
        elif step == "end" and taken[key]:
            taken[key] -= 1
            turns.end(key)
        elif step == "leave":
            for waiter in [waiter for waiter, its in waiting.items() if its == key]:
                assert turns.leave(key, waiter)
                del waiting[waiter]
        while (waiter := turns.begin()) is not None:
            its = waiting[waiter]
            assert taken[its] == min(taken[each] for each in waiting.values())
            assert waiter == min(each for each, key in waiting.items() if key == its)
            del waiting[waiter]
            taken[its] += 1
        assert taken.total() == most or not waiting
        assert taken.total() <= most
