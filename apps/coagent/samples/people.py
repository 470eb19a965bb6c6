"""Who the made-up agents are, and the words that their data is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up agent; with less `zeal` there is less of everything."""

    user: str
    name: str
    agency: str
    town: str
    areas: tuple[str, ...]
    zeal: float


PEOPLE: Final = (
    Person(
        "mira", "Mira Lindqvist", "Harbour & Pine", "Port Ellery", ("Old Mill", "Cedar Bluff", "Ferry Landing"), 1.0
    ),
    Person("tomas", "Tomás Arriaga", "Arriaga Homes", "San Alder", ("Vista Norte", "Las Palomas", "Mercado"), 0.6),
    Person(
        "june", "June Okafor", "Okafor & Daughters", "Brightwater", ("Lakeside", "Quarry Hill", "Station Row"), 0.25
    ),
)

FIRST: Final = (
    "Ana",
    "Ben",
    "Chloe",
    "Dev",
    "Elif",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kemi",
    "Lars",
    "Maya",
    "Noor",
)
LAST: Final = (
    "Abbott",
    "Berg",
    "Castillo",
    "Diaz",
    "Evans",
    "Fischer",
    "Gupta",
    "Haddad",
    "Ito",
    "Jensen",
    "Klein",
    "Lopez",
)

PRAISE: Final = (
    "{first} found us a house in {area} in two weeks, and told us honestly which ones to leave alone.",
    "Sold above the asking price after one weekend. {first} prepared every step and answered within the hour.",
    "Patient with first-time buyers. We asked a hundred questions about {area}, and got a hundred answers.",
    "Knows {area} street by street. The inspection found a problem, and {first} had it settled the same day.",
    "We moved here from abroad and saw everything by video. It looked exactly as {first} had described it.",
)
MIXED: Final = (
    "Good advice on the price, but we waited three days for the documents.",
    "Friendly and correct. The photos of our place in {area} could have been better.",
)
POOR: Final = ("Two viewings were moved at the last moment, and nobody called.",)

TEXTS: Final = (
    (
        "Market Update",
        "{area} in {month}",
        "Prices in {area} {moved} by {percent} % in {month}. Homes stood {days} days on the market.\n\n"
        "What this means for sellers: show the kitchen, price it right, and be ready in the first week.\n\n"
        "What this means for buyers: have the bank's letter before the first viewing.",
    ),
    (
        "Blog Post",
        "Five things about living in {area}",
        "Locals know it by the smell of bread at seven.\n\n1. The market on Saturdays\n2. Two schools within a walk\n"
        "3. The path along the water\n4. Neighbours who know each other\n5. A train every {days} minutes",
    ),
    (
        "Video Script",
        "A walk through {area}",
        "[Open on the main street, early]\n\nHi, I'm {first}. In ninety seconds I'll show you why people stay in "
        "{area}.\n\n[Cut to the square]\n\nThe average home here sold after {days} days this {month}.",
    ),
    (
        "Social Media Post",
        "Just sold in {area}",
        "Just sold in {area}, after {days} days and {percent} offers. Thinking of moving this {month}? Ask me.",
    ),
    (
        "Neighbourhood Guide",
        "{area}: a guide",
        "Getting around, schools, food, parks, and what homes cost.\n\nA three-room home in {area} changed "
        "hands for {percent} % more than a year ago.",
    ),
    (
        "FAQs",
        "What buyers ask about {area}",
        "How long does it take? About {days} days.\n\nCan I see the inspection first? Yes, always.\n\nWhat "
        "does it cost besides the price? Plan with {percent} %.",
    ),
)

TASKS: Final = (
    ("Answer the newest reviews", "An answer within a week is read by everybody who compares.", "Reviews", "/reviews"),
    (
        "Make the address the same everywhere",
        "Two platforms show an old one, and search engines count that.",
        "Profile",
        "/profile#audit",
    ),
    (
        "Write about the spring market",
        "It is the most searched subject in your areas this month.",
        "Library",
        "/library",
    ),
    ("Film a walk through your best street", "Listings with a film are opened twice as often.", "Library", "/library"),
    (
        "Ask three past clients for a review",
        "The first two competitors have four times as many.",
        "Competitors",
        "/competitors",
    ),
)

PLATFORMS: Final = ("Google", "Zillow", "Yelp", "Realtor.com", "Facebook", "Bing Places")
THEMES: Final = ("Answers quickly", "Knows the streets", "Honest about flaws", "Slow with documents")
