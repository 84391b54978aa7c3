# ruff: noqa: RUF001 - French has its own apostrophe
"""The page's words, prices, hours and dates in English and French, as they are written in Ontario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from offerctl import canon
from offerctl.standards import JHSC_ENGLISH, JHSC_FRENCH, Language, Standard, StandardKey

LANGUAGES: tuple[Language, ...] = ("en", "fr")

_NO_BREAK = "\u00a0"
_NARROW_NO_BREAK = "\u202f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that the page says, in one language; `{...}` are filled in by the template."""

    code: Language
    other: Language
    switch: str
    title: str
    note: str
    skip: str
    search: str
    language: str
    any_language: str
    show: str
    provider: str
    price: str
    duration: str
    standard: str
    register: str
    none_listed: str
    none_found: str
    more: str
    last_change: str
    never: str
    back: str
    missing: str
    missing_text: str
    failed: str
    failed_text: str
    languages: Mapping[Language, str]
    standards: Mapping[StandardKey, str]
    """Names that a standard course has in this language besides its own."""

    def standard_name(self, standard: Standard) -> str:
        """A standard course as this language calls it."""
        return self.standards.get(standard.key, standard.name)

    def money(self, dollars: Decimal) -> str:
        """Canadian dollars with cents: $1,199.00, or 1 199,00 $ with spaces that do not break."""
        if self.code == "en":
            return f"${dollars:,.2f}"
        return f"{dollars:,.2f}".replace(",", _NARROW_NO_BREAK).replace(".", ",") + f"{_NO_BREAK}$"

    def hours(self, hours: Decimal) -> str:
        """2.5 hours, or 2,5 h, which is how French writes it."""
        number = canon.text(hours)
        if self.code == "en":
            return f"{number}{_NO_BREAK}{'hour' if hours == 1 else 'hours'}"
        return f"{number.replace('.', ',')}{_NO_BREAK}h"

    def count(self, number: int) -> str:
        """How many courses are listed; French has its singular for none, too."""
        if self.code == "en":
            return f"{number:,} {'course' if number == 1 else 'courses'} listed"
        grouped = f"{number:,}".replace(",", _NARROW_NO_BREAK)
        return f"{grouped} {'cours affiché' if number < 2 else 'cours affichés'}"  # noqa: PLR2004

    def moment(self, moment: datetime) -> str:
        """Date and time of day, in the numeric form that both languages of Canada share."""
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


ENGLISH = Words(
    code="en",
    other="fr",
    switch="Français",
    title="Online courses",
    note="This is the embedded Marketplace of offerctl: a rehearsal on this machine. "
    "Nothing here is listed anywhere else.",
    skip="Skip to the courses",
    search="Course or provider",
    language="Language of the course",
    any_language="Any",
    show="Show",
    provider="Provider",
    price="Price",
    duration="Duration",
    standard="Standard course",
    register="Register",
    none_listed="No course is listed yet. Run offerctl apply, then load this page again.",
    none_found="No listed course matches.",
    more="Only the first {shown} are shown: search to see others.",
    last_change="Last change:",
    never="none yet",
    back="All courses",
    missing="Not found",
    missing_text="There is no such page or course here.",
    failed="That did not work",
    failed_text="The Marketplace could not answer ({status}).",
    languages={"en": "English", "fr": "French"},
    standards={},
)

FRENCH = Words(
    code="fr",
    other="en",
    switch="English",
    title="Cours en ligne",
    note="Ceci est le Marketplace intégré d’offerctl\u00a0: une répétition sur cet ordinateur. "
    "Rien de ce qui est ici n’est affiché ailleurs.",
    skip="Aller aux cours",
    search="Cours ou fournisseur",
    language="Langue du cours",
    any_language="Toutes",
    show="Afficher",
    provider="Fournisseur",
    price="Prix",
    duration="Durée",
    standard="Cours normalisé",
    register="S’inscrire",
    none_listed="Aucun cours n’est encore affiché. Lancez offerctl apply, puis rechargez cette page.",
    none_found="Aucun cours affiché ne correspond.",
    more="Seuls les {shown} premiers sont affichés\u00a0: cherchez pour voir les autres.",
    last_change="Dernier changement\u00a0:",
    never="aucun pour l’instant",
    back="Tous les cours",
    missing="Introuvable",
    missing_text="Il n’y a pas de page ni de cours à cette adresse.",
    failed="Cela n’a pas fonctionné",
    failed_text="Le Marketplace n’a pas pu répondre ({status}).",
    languages={"en": "Anglais", "fr": "Français"},
    standards={
        JHSC_ENGLISH: "CMSST - Partie 1 (anglais, en ligne)",
        JHSC_FRENCH: "CMSST - Partie 1 (français, en ligne)",
    },
)

WORDS: Mapping[Language, Words] = {"en": ENGLISH, "fr": FRENCH}


def preferred(accept_language: str) -> Language:
    """The language that an Accept-Language header ranks higher; English where it does not decide."""
    ranks: dict[str, float] = {}
    for item in accept_language.split(","):
        name, _, quality = item.partition(";")
        primary = name.strip().partition("-")[0].casefold()
        ranks[primary] = max(ranks.get(primary, 0.0), _quality(quality))
    rest = ranks.get("*", 0.0)
    return "fr" if ranks.get("fr", rest) > ranks.get("en", rest) else "en"


def _quality(text: str) -> float:
    """The weight of `q=0.8`; 1 where none is given, 0 where it is nonsense."""
    name, _, value = text.replace(" ", "").partition("=")
    if not name:
        return 1.0
    whole, _, fraction = value.partition(".")
    plain = name.casefold() == "q" and whole in {"0", "1"} and (fraction or "0").isdecimal()
    return min(float(value), 1.0) if plain and value.isascii() else 0.0
