import pytest

from crawlers.sources.addresses import further, linked, parameter, with_parameters

HERE = "http://localhost:8080/v1/places/7/reviews?limit=50&cursor=a%2Bb"


def test_parameters_are_set_anew_and_the_others_kept() -> None:
    assert with_parameters(HERE + "#x", cursor="c d/é=") == (
        "http://localhost:8080/v1/places/7/reviews?limit=50&cursor=c%20d%2F%C3%A9%3D"
    )
    assert with_parameters("http://localhost/x", order="time desc") == "http://localhost/x?order=time%20desc"
    assert with_parameters("http://localhost/x?empty=&raw=%FF") == "http://localhost/x?empty=&raw=%FF"


def test_one_parameter() -> None:
    assert parameter(HERE, "cursor") == "a+b"
    assert parameter(HERE, "page") is None


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("?cursor=b", "http://localhost:8080/v1/places/7/reviews?limit=50&cursor=b"),
        ("/v2/places/7/reviews?cursor=b&x=", "http://localhost:8080/v2/places/7/reviews?limit=50&cursor=b&x="),
        ("http://localhost:8080/v2/7?cursor=b", "http://localhost:8080/v2/7?limit=50&cursor=b"),
        ("https://api.example/v2/7?cursor=b&limit=9", "http://localhost:8080/v1/places/7/reviews?limit=9&cursor=b"),
        ("//evil.example/steal?cursor=b", "http://localhost:8080/v1/places/7/reviews?limit=50&cursor=b"),
        ("http://localhost:8080@evil.example/?cursor=b", "http://localhost:8080/v1/places/7/reviews?limit=50&cursor=b"),
        ("https://localhost:8080/v2/7?cursor=b", "http://localhost:8080/v1/places/7/reviews?limit=50&cursor=b"),
    ],
)
def test_a_link_never_leads_to_another_host(link: str, address: str) -> None:
    assert linked(HERE, link) == address


@pytest.mark.parametrize(
    "link",
    [None, 7, [], {}, "", "  ", HERE, "?cursor=a%2Bb", "//evil.example", "http://[", "javascript:alert(1)",
     "?cursor=" + "x" * 9000, "?cursor=\ud800", "/v1/é?cursor=b", "/a b?cursor=c"],
)  # fmt: skip
def test_what_is_no_next_page_is_refused(link: object) -> None:
    with pytest.raises(ValueError, match=r"next page|surrogates|Invalid IPv6"):
        linked(HERE, link)


def test_further_refuses_the_same_page_however_it_is_written() -> None:
    with pytest.raises(ValueError, match="this one again"):
        further("http://localhost/x?order=a+b", "http://localhost/x?order=a%20b")
    assert further("http://localhost/x?page=1", "http://localhost/x?page=2") == "http://localhost/x?page=2"
