"""Networks among the targets: `check` says which of them lack a certificate's name."""

import pytest

from sigproxy.config import Settings
from sigproxy.config.network_targets import remarks

NAME = "wecan-gw.yunxinvcloud.com"


@pytest.mark.parametrize(
    ("targets", "named", "words"),
    [
        (["59.111.0.0/16:4001-4999"], ["59.111.0.0/16"], []),
        (["59.111.0.0/16:4001-4999"], ["59.0.0.0/8"], []),
        (["59.111.3.4:4001"], ["59.111.0.0/16"], []),
        (["59.111.3.4:4001", "*.example.com"], [], []),
        (["59.111.0.0/16"], [], ["route[0].targets: upstream.certificate_names has no name"]),
        (["[2001:db8::/32]"], ["59.111.0.0/16"], ["route[0].targets", "59.111.0.0/16 among its"]),
        (["59.112.3.4", "*:*"], ["59.111.0.0/16"], ["no route has addresses of 59.111.0.0/16"]),
    ],
)
def test_networks_and_names_go_together(
    targets: list[str], named: list[str], words: list[str]
) -> None:
    names = dict.fromkeys(named, NAME)
    settings = Settings.model_validate(
        {"upstream": {"certificate_names": names}, "route": [{"targets": targets}]}
    )
    found = list(remarks(settings))
    assert len(found) == len(words)
    assert all(each in text for each, text in zip(words, found, strict=True))
