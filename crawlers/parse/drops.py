"""The names under which a schema.org page's losses are counted, and what each of them means."""

from __future__ import annotations

DROPS = {
    "no_html": "the page has no element at all",
    "bad_script": "a JSON-LD block that is not JSON, or not all of it; what could be read of it is taken",
    "broken_review": "a review in which a JSON-LD block's syntax error lies",
    "not_a_listing": "a review of something that is no hotel, restaurant or other place",
    "listing_ambiguous": "a review of which the page does not say which of its places it speaks of",
    "no_rating": "a review without a rating, or with ratings of single aspects alone",
    "rating_unreadable": "a rating or a bound of its scale that is no number, or a scale without extent",
    "rating_scale_unknown": "a rating above 5 without bestRating",
    "rating_out_of_range": "a rating outside of its own scale",
    "no_date": "a review without a date of publication",
    "date_unreadable": "a date of publication that names no day or month for sure, or one before 1990 or in the future",
    "text_too_long": "a review of more than 1,000,000 characters",
    "duplicate": "a review that the page gives twice, in one syntax or in both",
}
