"""The training modules that there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Module:
    """One training module."""

    id: str
    title: str
    summary: str


MODULES: Final = (
    Module("branding", "Be recognised", "One name, one address, one picture, wherever clients look."),
    Module("reviews", "Ask for reviews, and answer them", "When to ask, what to say, and how to answer a bad one."),
    Module("content", "Write what people search", "Guides, updates and answers that only somebody local can give."),
    Module("seo", "Be found", "How search engines see an agent, and what you can do in an afternoon."),
    Module("social", "Show your work", "Short films and pictures without a studio."),
    Module("market", "Know your market", "Read the register, the census and your competitors."),
    Module("clients", "Keep in touch", "A plan for the year after the keys were handed over."),
)
