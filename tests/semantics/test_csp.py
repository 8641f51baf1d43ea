"""Content-Security-Policy's hash sources."""

from sigproxy.semantics.csp import hash_source


def test_the_example_of_the_specification() -> None:
    assert hash_source("alert('Hello, world.');") == (
        "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    )


def test_text_is_hashed_as_utf_8() -> None:
    assert hash_source("é") == "'sha256-SplVfkAzw1Od4utlRyAXytX5VX96BiWgnxw/biumnEw='"
