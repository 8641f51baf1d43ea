"""What is wrong with the gateway itself: its workers, certificate, configuration, logs."""

from collections.abc import Iterator

from sigproxy.telemetry.status.document import Problem
from sigproxy.telemetry.status.facts import Facts, moment

STALE_S = 5.0  # five reports are missing
LAG_S = 0.5  # for so long nobody was served
NEARLY = 0.8  # of the connections that a worker may have
START_S = 10.0  # how long workers may take to start
DEATHS_S = 600.0
SOON_D, VERY_SOON_D = 14.0, 3.0  # certbot renews 30 days before the end


def own_problems(facts: Facts) -> Iterator[Problem]:
    yield from _of_workers(facts)
    yield from _of_tls_and_reload(facts)
    yield from _of_logs_and_redis(facts)


def _of_workers(facts: Facts) -> Iterator[Problem]:
    for report in facts.reports:
        if (age_s := facts.age_s(report)) > STALE_S:
            yield Problem(
                "fault",
                f"Worker {report.pid} has said nothing for {age_s:.0f} s; its figures are as old",
                "It is stopped or hangs, and serves nobody; the master replaces it after a while. "
                "The error log may say why.",
            )
        elif report.lag_s >= LAG_S:
            yield Problem(
                "warning",
                f"Worker {report.pid} served nobody for {report.lag_s:.1f} s in the last minute",
                "This machine has too little CPU, or was paused: see what else runs, or raise "
                "server.workers.",
            )
        if report.connections >= NEARLY * report.most_connections:
            yield Problem(
                "warning",
                f"Worker {report.pid} has {report.connections} of the "
                f"{report.most_connections} connections that it may have",
                "Raise limits.connections and the descriptor limit, or server.workers.",
            )
    yield from _missing_workers(facts)
    yield from _leaving_workers(facts)


def _missing_workers(facts: Facts) -> Iterator[Problem]:
    master = facts.master
    if master is None or any(report.is_noticed for report in facts.reports):
        return
    serving = [report for report in facts.reports if not report.is_leaving]
    wanted = max((report.wanted for report in serving), default=0)
    if len(serving) < wanted and facts.now - master.started_at > START_S:
        yield Problem(
            "warning",
            f"{len(serving)} of {wanted} workers serve",
            "The others start just now, or cannot: the error log says why.",
        )
    deaths = [at for at in master.deaths if facts.now - at < DEATHS_S]
    if deaths:
        some = "A worker" if len(deaths) == 1 else f"{len(deaths)} workers"
        lately = f"in the last {DEATHS_S / 60:.0f} minutes"
        yield Problem(
            "warning",
            f"{some} ended unasked {lately}, and cut off what was open there",
            "The error log may say why; if the kernel killed it, dmesg does (out of memory).",
            at=moment(deaths[-1]),
        )


def _leaving_workers(facts: Facts) -> Iterator[Problem]:
    leaving = [report for report in facts.reports if report.is_leaving]
    in_flight = sum(report.in_flight for report in facts.reports)
    if any(report.is_noticed for report in facts.reports):
        yield Problem(
            "notice",
            f"The gateway is stopping; {in_flight} exchanges are open",
            "Nothing to do: WebSockets are closed one by one, for server.drain_s at most.",
        )
    elif leaving:
        left = sum(report.in_flight for report in leaving)
        some = "1 worker finishes" if len(leaving) == 1 else f"{len(leaving)} workers finish"
        yield Problem(
            "notice",
            f"{some} what is open there after a reload: {left} exchanges",
            "Nothing to do: that takes server.drain_s at most.",
        )


def _of_tls_and_reload(facts: Facts) -> Iterator[Problem]:
    reload = facts.master.reload if facts.master else None
    if reload is not None and not reload.is_ok:
        yield Problem(
            "warning",
            "The last reload was refused; the configuration before serves on",
            "Correct what the detail says, then reload again.",
            detail=" | ".join(reload.why) or None,
            at=moment(reload.at),
        )
    for certificate in {each.certificate for each in facts.reports if each.certificate}:
        if certificate.refusal:
            yield Problem(
                "warning",
                "The certificate on the disk has changed, and is not used",
                "Correct its files; the one before is served still.",
                detail=certificate.refusal,
            )
        if certificate.until is None:
            yield Problem(
                "fault",
                "The gateway's certificate is not valid now",
                "Check this machine's clock, then the certificate's dates; renew it if it is over.",
            )
            continue
        left_d = (certificate.until - facts.now) / 86400
        if left_d < SOON_D:
            ends = "has ended" if left_d < 0 else f"ends in {left_d:.0f} days"
            yield Problem(
                "fault" if left_d < VERY_SOON_D else "warning",
                f"The gateway's certificate {ends}",
                "Renew it (certbot renew); the gateway uses the new files by itself.",
                at=moment(certificate.until),
            )


def _of_logs_and_redis(facts: Facts) -> Iterator[Problem]:
    """Yield what no exchange tells: it went well, and its line or its count is missing."""
    if lost := sum(report.lost_lines for report in facts.reports):
        some = "A line of the logs was" if lost == 1 else f"{lost} lines of the logs were"
        yield Problem(
            "warning",
            f"{some} lost in the last five minutes",
            "The disk is full, or nobody reads the pipe: the error log says which. No request is "
            "affected.",
        )
    if failures := sum(report.redis_failures for report in facts.reports):
        often = "once" if failures == 1 else f"{failures} times"
        yield Problem(
            "warning",
            f"Redis failed {often} in the last five minutes; it did not count those requests",
            "See that it runs, and that limits.request_rate_redis names it; the error log has the "
            "reason.",
        )
