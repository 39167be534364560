"""Which items of a page are hotels, restaurants or other places, and which of them a review speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from w3lib.url import canonicalize_url

from crawlers import values
from crawlers.parse.items import Item, Items, Value, absolute_url
from crawlers.parse.readings import UnreadableError, read_count, read_number
from crawlers.text import clean_text
from store.canonical import ListingSnapshot

_HOTELS = """LodgingBusiness Hotel BedAndBreakfast Hostel Motel Resort SkiResort Campground VacationRental RVPark"""
_RESTAURANTS = """FoodEstablishment Restaurant CafeOrCoffeeShop BarOrPub Bakery FastFoodRestaurant Brewery Distillery
    IceCreamShop Winery"""
_OTHERS = """LocalBusiness Organization Corporation Place TouristAttraction TouristDestination EntertainmentBusiness
    NightClub Casino AmusementPark ArtGallery ComedyClub MovieTheater HealthAndBeautyBusiness DaySpa BeautySalon
    HealthClub SportsActivityLocation GolfCourse ExerciseGym TravelAgency Store Museum Zoo Aquarium Park Beach
    CivicStructure EventVenue LandmarksOrHistoricalBuildings PerformingArtsTheater"""

KIND_OF_TYPE = {
    **dict.fromkeys(_OTHERS.split(), "other"),
    **dict.fromkeys(_RESTAURANTS.split(), "restaurant"),
    **dict.fromkeys(_HOTELS.split(), "hotel"),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A place that can be reviewed. ``has_identity`` is false where the id is only the page's address."""

    listing_id: str
    kind: str
    has_identity: bool
    name: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def kind_of(types: Iterable[str]) -> str | None:
    """``hotel``, ``restaurant`` or ``other``, the most special of the types; None where none of them is a place."""
    kinds = {KIND_OF_TYPE[name] for name in types if name in KIND_OF_TYPE}
    return next((kind for kind in ("hotel", "restaurant", "other") if kind in kinds), None)


def short_id(text: str) -> str:
    """The text itself up to 200 characters, else its SHA-256, so that a long address stays a usable id."""
    return text if len(text) <= values.MAX_ID else "sha256-" + hashlib.sha256(text.encode()).hexdigest()


def stated_identifier(items: Items, item: Item) -> str | None:
    """``identifier`` as a text or as the value of a ``PropertyValue``; None where there is no printable one."""
    for value in items.values(item, "identifier"):
        text = items.text(value, "value", "name") if isinstance(value, Item) else str(value)
        if text and (text := clean_text(text)) and text.isprintable():
            return short_id(text)
    return None


def text_of(items: Items, item: Item, *names: str) -> str | None:
    """A cleaned text; of an item among the values, its name."""
    for value in items.values(item, *names):
        text = items.text(value, "name") if isinstance(value, Item) else str(value)
        if text and (text := clean_text(text)) and len(text) <= values.MAX_TEXT:
            return text
    return None


class Listings:
    """The listings of one page; each item is read once."""

    def __init__(self, items: Items, url: str) -> None:
        self._items = items
        self._url = _canonical(url, url) or url
        self._read: dict[int, Listing] = {}
        self._places = [item for item in items.items if kind_of(item.types) and not _is_incidental(item)]
        identified = [listing for item in self._places if (listing := self._listing(item)).has_identity]
        self._identified = {listing.listing_id: listing for listing in identified}
        special = [listing for listing in self._identified.values() if listing.kind != "other"]
        # The organisation behind a site often stands beside the hotel that the page is about.
        self._main = special or list(self._identified.values())
        self._nameless = {self._listing(item).name for item in self._places if not self._listing(item).has_identity}
        self._by_name: dict[str, dict[str, Listing]] = {}
        for listing in self._identified.values():
            if listing.name:
                self._by_name.setdefault(listing.name.casefold(), {})[listing.listing_id] = listing

    def reviewed_by(self, review: Item) -> Listing:
        """The listing that a review speaks of. Raises ``UnreadableError`` with the name of the drop."""
        for value in self._items.values(review, "itemReviewed", "about"):
            if (listing := self._meant(value)) is not None:
                return listing
        if review.parent is not None and review.role in ("review", "reviews"):
            return self._of_item(review.parent)
        return self._only_one()

    def snapshots(self, platform: str) -> tuple[ListingSnapshot, ...]:
        """One snapshot for each listing whose page states an aggregate rating, in document order."""
        found: dict[str, ListingSnapshot] = {}
        for item in self._items.items:
            if "AggregateRating" not in item.types and item.role != "aggregateRating":
                continue
            try:
                listing = self._rated_by(item)
            except UnreadableError:
                continue
            rating, best = (self._number(item, name) for name in ("ratingValue", "bestRating"))
            counts = (read_count(self._items.text(item, name)) for name in ("reviewCount", "ratingCount"))
            count = next((count for count in counts if count is not None), None)
            if best is None and rating is not None and rating <= 5:
                best = 5.0
            if rating is not None or count is not None:
                snapshot = ListingSnapshot(
                    platform,
                    listing.listing_id,
                    rating,
                    best,
                    count,
                    listing_name=listing.name,
                    listing_kind=listing.kind,
                    city=listing.city,
                    country=listing.country,
                    latitude=listing.latitude,
                    longitude=listing.longitude,
                )
                found.setdefault(listing.listing_id, snapshot)
        return tuple(found.values())

    def _rated_by(self, aggregate: Item) -> Listing:
        for value in self._items.values(aggregate, "itemReviewed"):
            if (listing := self._meant(value)) is not None:
                return listing
        return self._of_item(aggregate.parent) if aggregate.parent is not None else self._only_one()

    def _meant(self, value: Value) -> Listing | None:
        """The listing that a value names: an item, or the name or address of one that stands elsewhere on the page."""
        if isinstance(value, Item):
            if value.types & {"Thing"} == value.types:
                name = text_of(self._items, value, "name")
                return self._named(name) if name else None
            return self._of_item(value)
        return self._named(str(value))

    def _named(self, name: str) -> Listing | None:
        same = self._by_name.get(clean_text(name).casefold(), {})
        if len(same) == 1:
            return next(iter(same.values()))
        return self._identified.get(_canonical(self._items.base, name) or "")

    def _of_item(self, item: Item) -> Listing:
        item = self._items.fullest(item)
        if kind_of(item.types) is None:
            raise UnreadableError("not_a_listing")
        listing = self._listing(item)
        if listing.has_identity:
            return listing
        # The same place may be open twice, its name and address here and its reviews there.
        if listing.name and (named := self._named(listing.name)):
            return named
        if not listing.name and len(self._main) == 1:
            return self._main[0]
        if len(self._nameless - {None}) > 1:
            raise UnreadableError("listing_ambiguous")
        return listing

    def _only_one(self) -> Listing:
        if len(self._main) == 1:
            return self._main[0]
        if self._main or len(self._nameless) > 1:
            raise UnreadableError("listing_ambiguous")
        if not self._places:
            raise UnreadableError("not_a_listing")
        return self._listing(self._places[0])

    def _listing(self, item: Item) -> Listing:
        item = self._items.fullest(item)
        if id(item) not in self._read:
            self._read[id(item)] = self._read_listing(item)
        return self._read[id(item)]

    def _read_listing(self, item: Item) -> Listing:
        items = self._items
        identity = stated_identifier(items, item) or self._address(item)
        place = next((value for value in items.values(item, "address") if isinstance(value, Item)), item)
        geo = next((value for value in items.values(item, "geo") if isinstance(value, Item)), item)
        latitude, longitude = self._number(geo, "latitude"), self._number(geo, "longitude")
        on_earth = latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
        return Listing(
            listing_id=identity or short_id(self._url),
            kind=kind_of(item.types) or "other",
            has_identity=identity is not None,
            name=text_of(items, item, "name"),
            city=text_of(items, place, "addressLocality"),
            country=text_of(items, place, "addressCountry"),
            latitude=latitude if on_earth else None,
            longitude=longitude if on_earth else None,
        )

    def _address(self, item: Item) -> str | None:
        """``@id`` or ``url``, absolute; an id that only names a place on this page gives way to an address."""
        url = self._items.text(item, "url")
        own = item.id if item.id and not item.id.startswith("_:") else None
        links = (url, own) if own and own.startswith("#") else (own, url)
        for link in links:
            if link and (address := _canonical(self._items.base, link, keep_fragment=link == own)):
                return short_id(address)
        return None

    def _number(self, item: Item, name: str) -> float | None:
        return read_number(self._items.text(item, name))


def _is_incidental(item: Item) -> bool:
    """Whether a place is only mentioned: whoever wrote or published something, or a branch or brand."""
    roles = ("author", "publisher", "brand", "parentOrganization", "containedInPlace", "creator", "provider")
    return item.role in roles


def _canonical(base: str, link: str, *, keep_fragment: bool = False) -> str | None:
    address = absolute_url(base, link)
    if address is None:
        return None
    try:
        return str(canonicalize_url(address, keep_fragments=keep_fragment))
    except (ValueError, UnicodeError):
        return None
