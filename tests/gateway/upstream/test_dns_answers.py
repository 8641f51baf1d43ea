"""Answers of DNS that are kept: fresh, stale, gone; on a clock of the test's own."""

from sigproxy.gateway.upstream.dns_answers import (
    MAX_NAMES,
    MAX_TTL_S,
    RECHECK_S,
    STALE_FOR_S,
    Answers,
)

HOST, ADDRESSES = "up.example.com", ("192.0.2.1",)


def test_an_answer_serves_for_its_ttl() -> None:
    answers = Answers()
    answers.keep(HOST, ADDRESSES, ttl_s=60, now_s=100.0)
    assert answers.serving(HOST, 159.9) == ADDRESSES
    assert answers.serving(HOST, 160.0) is None


def test_a_long_ttl_is_cut() -> None:
    answers = Answers()
    answers.keep(HOST, ADDRESSES, ttl_s=86_400, now_s=0.0)
    assert answers.serving(HOST, MAX_TTL_S) is None


def test_a_stale_answer_serves_between_two_questions_and_not_for_ever() -> None:
    answers = Answers()
    answers.keep(HOST, ADDRESSES, ttl_s=0, now_s=0.0)
    assert answers.serving(HOST, 0.0) is None
    for now_s in (1.0, STALE_FOR_S - 1):
        answer = answers.kept(HOST, now_s)
        assert answer is not None
        answers.failed(answer, now_s)
        assert answers.serving(HOST, now_s) == ADDRESSES
        assert answers.serving(HOST, now_s + RECHECK_S) is None
    assert answers.serving(HOST, STALE_FOR_S) is None
    assert answers.kept(HOST, STALE_FOR_S) is None
    assert len(answers) == 0


def test_the_oldest_of_many_goes() -> None:
    answers = Answers()
    for number in range(MAX_NAMES + 1):
        answers.keep(f"{number}.example.com", ADDRESSES, ttl_s=0, now_s=0.0)
    assert len(answers) == MAX_NAMES
    assert answers.kept("0.example.com", 1.0) is None
    assert answers.kept("1.example.com", 1.0) is not None
