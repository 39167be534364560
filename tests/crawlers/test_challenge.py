import pytest

from crawlers.challenge import LARGEST, is_challenge
from tests.crawlers.pages import hotel, json_ld_page, microdata_page, microdata_review, review

CHALLENGES = {
    "cloudflare": b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>",
    "cloudflare script": b"<html><body><script>window._cf_chl_opt = {cType: 'managed'};</script></body></html>",
    "datadome": b'<html><body><iframe src="https://geo.captcha-delivery.com/captcha/?cid=1"></iframe></body></html>',
    "datadome script": b'<html><body><script data-cfasync="false" src="https://ct.captcha-delivery.com/c.js"></script>',
    "aws": b"<html><head><script>window.awsWafCookieDomainList = [];window.gokuProps = {};</script></head></html>",
    "human": b'<html><body><div id="px-captcha"></div></body></html>',
    "incapsula": b'<html><body><iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=1"></iframe></body></html>',
}
WORDS = (
    "<title>Just a moment...</title> _cf_chl_opt awsWafCookieDomainList gokuProps px-captcha "
    "https://geo.captcha-delivery.com/captcha _Incapsula_Resource"
)


@pytest.mark.parametrize("name", CHALLENGES)
def test_challenge_pages_are_known(name: str) -> None:
    assert is_challenge({}, CHALLENGES[name])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cf-mitigated": b"challenge"}, True),
        ({"x-amzn-waf-action": b"Captcha"}, True),
        ({"x-amzn-waf-action": b"count"}, False),
        ({"cf-mitigated": None}, False),
        ({}, False),
    ],
)
def test_headers_say_it_too(headers: dict[str, bytes | None], expected: bool) -> None:
    assert is_challenge(headers, b"") == expected


def test_a_review_that_speaks_of_a_challenge_is_none() -> None:
    escaped = WORDS.replace("<", "&lt;")
    assert not is_challenge({}, json_ld_page(hotel(review(1, reviewBody=escaped, name=WORDS.replace("/", "\\/")))))
    assert not is_challenge({}, f"<html><title>Inn</title><body><p>{escaped}</p></body></html>".encode())
    assert not is_challenge({}, microdata_page(microdata_review(1).replace("Good", escaped)))
    data = f'<html><body><script type="application/json">{{"text": "{escaped}"}}</script></body></html>'
    assert not is_challenge({}, data.encode())


def test_a_page_that_shows_its_reviews_may_load_the_maker_s_script() -> None:
    page = json_ld_page(hotel(review(1)), extra='<div id="px-captcha"></div><script>window._cf_chl_opt={}</script>')
    assert not is_challenge({}, page)


def test_a_long_page_is_content() -> None:
    assert not is_challenge({}, CHALLENGES["human"] + b" " * LARGEST)


@pytest.mark.parametrize(
    "body", [b"", b"\0px-captcha", b"px-captcha", b"<px-captcha", b"<!-- px-captcha -->", b"\xff<"]
)
def test_any_bytes_may_come(body: bytes) -> None:
    assert not is_challenge({}, body)
