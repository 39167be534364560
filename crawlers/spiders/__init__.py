"""Spiders: tiny classes that fetch pages and leave reading them to the parsers."""

from __future__ import annotations

from typing import Any

from crawlers.spiders.api import BookingSpider, GoogleBusinessSpider, TrustpilotPrivateSpider, TrustpilotSpider
from crawlers.spiders.schema_org import SchemaOrgSpider

SPIDERS: dict[str, Any] = {
    SchemaOrgSpider.name: SchemaOrgSpider,
    GoogleBusinessSpider.name: GoogleBusinessSpider,
    BookingSpider.name: BookingSpider,
    TrustpilotSpider.name: TrustpilotSpider,
    TrustpilotPrivateSpider.name: TrustpilotPrivateSpider,
}
