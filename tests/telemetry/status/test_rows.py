"""A table has a bounded number of rows, whoever fills it, and what is busy has a row of its own."""

from sigproxy.telemetry.status.rows import Table, TroubleRow, VendorRow

MOST = 8


def vendors() -> Table[str, VendorRow]:
    return Table(VendorRow, MOST)


def ask(table: Table[str, VendorRow], host: str, times: int = 1) -> None:
    for _ in range(times):
        table.row(host).traffic.requests.now += 1


def total(table: Table[str, VendorRow]) -> int:
    return sum(row.weight for row in (*table.rows.values(), table.others))


def test_the_first_have_rows_and_all_others_one() -> None:
    table = vendors()
    for number in range(1000):
        ask(table, f"host{number}")
    assert list(table.rows) == [f"host{number}" for number in range(MOST)]
    assert table.others.weight == 1000 - MOST


def test_who_is_busy_gets_a_row_despite_a_flood_of_names() -> None:
    table = vendors()
    for minute in range(5):
        for number in range(1000):
            ask(table, f"flood{minute}-{number}")
        ask(table, "busy", 50)
        table.end_slot(ends_minute=True)
        assert len(table.rows) <= MOST - MOST // 4
        ask(table, "busy", 50)
    assert "busy" in table.rows
    assert total(table) == 5 * 1000 + 10 * 50  # nothing is lost, and nothing counts twice


def test_a_row_with_open_websockets_stays() -> None:
    table = vendors()
    held = table.row("held")
    held.traffic.open = 1
    for number in range(MOST):
        ask(table, f"busy{number}", 10)
    table.end_slot(ends_minute=True)
    assert table.rows["held"] is held


def test_a_row_that_is_idle_for_an_hour_goes() -> None:
    table = vendors()
    ask(table, "once")
    for _ in range(59):
        table.end_slot(ends_minute=True)
    assert "once" in table.rows
    table.end_slot(ends_minute=True)
    assert not table.rows
    assert table.others.weight == 0


def test_between_minutes_rows_stay() -> None:
    table = vendors()
    ask(table, "asked")
    table.end_slot(ends_minute=False)
    assert table.rows["asked"].weight == 1


def test_of_two_troubles_the_later_one_is_told() -> None:
    early, late = TroubleRow(), TroubleRow()
    early.series.now, early.at, early.detail = 2, 10.0, "early"
    late.series.now, late.at, late.detail = 3, 20.0, "late"
    early.take(late)
    assert (early.weight, early.at, early.detail) == (5, 20.0, "late")
    late.take(TroubleRow())
    assert (late.at, late.detail) == (20.0, "late")


def test_a_vendors_steps_go_with_its_row() -> None:
    one, other = VendorRow(), VendorRow()
    other.tls.add(0.3)
    other.traffic.sent.now = 7
    one.take(other)
    assert one.vendor(is_named=False).tls.number == 1
    assert one.vendor(is_named=False).traffic.sent.last_minute == 7
    one.end_window()
    one.end_window()
    assert one.vendor(is_named=False).tls.number == 0
