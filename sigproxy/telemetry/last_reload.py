"""Metrics of the last reload: of the master, which writes a file beside those of its workers."""

from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from sigproxy.telemetry.workers import make

_FILE = "gauge_max_master"  # prometheus_client reads the kind and the mode from the name
_BYTES = 4096


def families(*, is_ok: bool, at: float) -> tuple[GaugeMetricFamily, ...]:
    """Return the metrics; *at* is in seconds since 1970."""
    return (
        GaugeMetricFamily(
            "sigproxy_config_last_reload_success",
            "1: the last reload, or the start, took up the configuration; 0: it was refused, and "
            "the one before is served.",
            value=float(is_ok),
        ),
        GaugeMetricFamily(
            "sigproxy_config_last_reload_timestamp_seconds",
            "When the last reload ended, refused or not, or the service started; since 1970.",
            value=at,
        ),
    )


def write(folder: Path, *, is_ok: bool, at: float) -> None:
    """Replace the master's file in *folder*; raise OSError if there is no space for it."""
    draft = folder / f"{_FILE}.draft"
    make(draft, _BYTES)
    written = MmapedDict(str(draft))
    for each in families(is_ok=is_ok, at=at):
        [sample] = each.samples
        key = mmap_key(each.name, sample.name, [], [], each.documentation)
        written.write_value(key, sample.value, 0.0)
    written.close()
    draft.replace(folder / f"{_FILE}.db")
