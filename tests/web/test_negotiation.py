import pytest

from gongkai.web.negotiation import best_encoding

BOTH = ["zstd", "gzip"]


@pytest.mark.parametrize(
    ("header", "offered", "chosen"),
    [
        (None, BOTH, None),
        ("", BOTH, None),
        ("identity", BOTH, None),
        ("gzip", BOTH, "gzip"),
        ("gzip, zstd", BOTH, "zstd"),
        ("gzip, deflate, br", BOTH, "gzip"),
        ("gzip, deflate, br, zstd", ["gzip"], "gzip"),
        ("zstd;q=0.5, gzip;q=0.8", BOTH, "gzip"),
        ("gzip;q=0, zstd;q=0", BOTH, None),
        ("identity;q=1, gzip;q=0.5", BOTH, None),
        ("GZIP", BOTH, "gzip"),
        ("*", BOTH, None),
        ("*;q=0", BOTH, None),
        ("br", BOTH, None),
        ("gzip", [], None),
        ("gzip;q=abc, ;;,", BOTH, None),
    ],
)
def test_the_coding_with_the_highest_quality_is_chosen(header, offered, chosen):
    assert best_encoding(header, offered) == chosen
