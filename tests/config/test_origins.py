"""Origins that a configuration may list: of web pages, and of apps with schemes of their own."""

import pytest

from sigproxy.config import load, remarks
from sigproxy.config.origins import origin
from sigproxy.config.problem import Invalid

APPS = [
    "file://",
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "app://-",
    "app://.",
    "app://my_app",
    "app://localhost:8080",
    "wails://wails",
    "qrc://",
    "vscode-webview://0q2b1cd7e8",
    "vscode-file://vscode-app",
    "ms-appx-web://a1b2c3d4",
    "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
    "moz-extension://1c3b2a10-1111-2222-3333-444455556666",
]


@pytest.mark.parametrize(
    "text", [*APPS, "*", "http://tauri.localhost", "https://localhost", "https://a.example:8443"]
)
def test_listed_as_it_is_sent(text: str) -> None:
    assert origin(text) == text


def test_capitals_of_an_apps_host_are_no_fault() -> None:
    # Safari makes them of UUIDs; comparison is in lower case.
    assert origin("safari-web-extension://E5F6A7B8-0000") == "safari-web-extension://e5f6a7b8-0000"


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("file:///", "is not what pages in local files send", "write file://"),
        ("file://localhost", "is not what pages in local files send", "write file://"),
        ("file:///home/x/index.html", "is not what pages in local files send", "write file://"),
        ("null", "'null' is the origin of every sandboxed frame", "an app's scheme"),
        ("data://x", "have the origin 'null'", "an app's scheme"),
        ("about://blank", "have the origin 'null'", "an app's scheme"),
        ("ws://a.example", "is a WebSocket's address", "write the page's: http://"),
        ("wss://a.example", "is a WebSocket's address", "write the page's: https://"),
        ("app://a/", "has more than an origin", "write scheme"),
        ("app://a?b", "has more than an origin", "write scheme"),
        ("app://a\\b", "has more than an origin", "write scheme"),
        ("app://u:p@a", "has a user name or a password", "write scheme"),
        ("app://*", "covers strangers' origins too", "list each origin in full"),
        ("chrome-extension://*", "covers strangers' origins too", "list each origin in full"),
        ("app://*.com", "covers strangers' origins too", "name a domain"),
        ("chrome-extension://", "has no host", "as the app sends it"),
        ("app://a b", "has no host", "as the app sends it"),
        ("app://%41", "has no host", "as the app sends it"),
        ("app://a:0", "has no host", "as the app sends it"),
        ("app:", "is not an origin", "write scheme"),
        ("1app://a", "is not an origin", "write scheme"),
        ("blob:https://a.example", "is not an origin", "write scheme"),
    ],
)
def test_refused(text: str, what: str, remedy: str) -> None:
    with pytest.raises(Invalid) as refused:
        origin(text)
    assert what in refused.value.what
    assert remedy in refused.value.remedy


def test_local_files_are_noted() -> None:
    variable = "SIGPROXY_ROUTE"
    listed = load(None, {variable: '[{"allowed_origins": ["app://-", "file://"]}]'})
    assert [each for each in remarks(listed) if "allowed_origins" in each] == [
        "route[0].allowed_origins: file:// is every page in a local file, also one that a user "
        "downloaded and opened; prefer a scheme of the app's own, such as app://localhost"
    ]
    other = load(None, {variable: '[{"allowed_origins": ["app://-"]}]'})
    assert not any("allowed_origins" in each for each in remarks(other))


@pytest.mark.parametrize("suffix", ["co.uk", "com.au", "github.io", "azurewebsites.net"])
@pytest.mark.parametrize("port", ["", ":8443"])
def test_pages_of_strangers_below_a_public_suffix_are_noted(suffix: str, port: str) -> None:
    text = f"https://*.{suffix}{port}"
    listed = load(None, {"SIGPROXY_ROUTE": f'[{{"allowed_origins": ["{text}"]}}]'})
    assert [each for each in remarks(listed) if "allowed_origins" in each] == [
        f"route[0].allowed_origins: {text} covers strangers' pages, since anybody can have one "
        f"there; name your own: https://app.{suffix}{port}"
    ]


@pytest.mark.parametrize(
    "text",
    ["https://*.app.co.uk", "https://co.uk", "https://*.me.github.io", "https://*.a.example"],
)
def test_pages_of_one_owner_are_not(text: str) -> None:
    listed = load(None, {"SIGPROXY_ROUTE": f'[{{"allowed_origins": ["{text}"]}}]'})
    assert not any("allowed_origins" in each for each in remarks(listed))
