import pytest

from crawlers.address import host_key


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://Inn.Example/x", "inn.example"),
        ("https://inn.example:443", "inn.example"),
        ("http://inn.example:443/", "inn.example:443"),
        ("HTTP://inn.example:80/", "inn.example"),
        ("http://inn.example./", "inn.example"),
        ("https://inn.example.:8443/a?b#c", "inn.example:8443"),
        ("https://Bücher.example/", "xn--bcher-kva.example"),
        ("https://XN--BCHER-KVA.example/", "xn--bcher-kva.example"),
        ("https://inn。example/", "inn.example"),
        ("http://[::1]/", "[::1]"),
        ("http://[2001:DB8::1]:8080/", "[2001:db8::1]:8080"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("http://under_score.example/", "under_score.example"),
    ],
)
def test_one_host_has_one_key(url: str, expected: str) -> None:
    assert host_key(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "ftp://inn.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//inn.example/",
        "inn.example",
        "",
        "http://",
        "http://.",
        "http:///x",
        "http://good.example@evil.example/",
        "http://name:word@inn.example/",
        "http://@inn.example/",
        "http://good.example\\@evil.example/",
        "http://good.example\\.evil.example/",
        "http://inn example/",
        "http://inn%2eexample/",
        "http://inn.example:port/",
        "http://inn.example:65536/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://[::1",
        "http://" + "ü" * 70 + ".example/",
    ],
)
def test_what_is_no_address_of_a_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        host_key(url)
