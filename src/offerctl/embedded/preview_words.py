# ruff: noqa: RUF001 - French has its own apostrophe
"""The words of a preview beside those of the page, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from offerctl.standards import Language


class Mark(StrEnum):
    """How a listing will differ from what was last confirmed; the value is its class in the style."""

    NEW = "new"
    CHANGED = "changed"
    GOES = "goes"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewWords:
    """All that a preview says besides `Words`; `{...}` are filled in by the template."""

    preview: str
    note: str
    compared: str
    first: str
    commit: str
    dirty: str
    refused: str
    warned: str
    changes: str
    stays: str
    nothing: str
    none: str
    shown: str
    cut: str
    filter: str
    name: str
    page: str
    was: str
    becomes: str
    alternative: str
    unknown: str
    not_listed: str
    replaced: str
    leaves: str
    doubtful: str
    contested: str
    unchanged: str
    marks: Mapping[Mark, str]


ENGLISH = PreviewWords(
    preview="Preview",
    note="A preview for {environment}: the page as it will be once these files are applied. Nothing was sent.",
    compared="Changes are told against what was last confirmed, on {when}{commit}. The Marketplace cannot be "
    "read: what others changed there does not show.",
    first="Nothing was ever confirmed for {environment}, so what is listed there now does not show.",
    commit="These are the files of commit {commit}",
    dirty=", with changes that are in no commit yet",
    refused="This plan is refused. As it stands, applying it changes nothing:",
    warned="Look twice: this breaks the policy of this repository.",
    changes="What changes",
    stays="What stays",
    nothing="Nothing changes.",
    none="The files list no course.",
    shown="{shown} of {total} courses",
    cut="Only {shown} of {total} courses are on this page: first of all those that change.",
    filter="Find a course",
    name="Name",
    page="Registration page",
    was="before:",
    becomes="after:",
    alternative="or",
    unknown="unknown",
    not_listed="not listed",
    replaced="It is taken down and then listed anew, as another standard course.",
    leaves="No file wants it any more, so it is taken down.",
    doubtful="It is not certain what is listed now. It will be written whole.",
    contested="It is listed already, and not by these files. Nothing is sent for it until that is settled.",
    unchanged="Unchanged",
    marks={Mark.NEW: "New", Mark.CHANGED: "Changed", Mark.GOES: "Removed", Mark.DOUBT: "Not certain"},
)

FRENCH = PreviewWords(
    preview="Aperçu",
    note="Un aperçu pour {environment}\u00a0: la page telle qu’elle sera quand ces fichiers auront été appliqués. "
    "Rien n’a été envoyé.",
    compared="Les changements se mesurent à ce qui a été confirmé en dernier, le {when}{commit}. Le Marketplace "
    "ne se laisse pas lire\u00a0: ce que d’autres y ont changé ne se voit pas.",
    first="Rien n’a jamais été confirmé pour {environment}\u00a0: ce qui y est affiché maintenant ne se voit pas.",
    commit="Ce sont les fichiers du commit {commit}",
    dirty=", avec des changements qui ne sont encore dans aucun commit",
    refused="Ce plan est refusé. Tel quel, l’appliquer ne change rien\u00a0:",
    warned="À revoir\u00a0: ceci enfreint la politique de ce dépôt.",
    changes="Ce qui change",
    stays="Ce qui reste",
    nothing="Rien ne change.",
    none="Les fichiers n’affichent aucun cours.",
    shown="{shown} cours sur {total}",
    cut="Seuls {shown} cours sur {total} sont sur cette page\u00a0: d’abord ceux qui changent.",
    filter="Chercher un cours",
    name="Nom",
    page="Page d’inscription",
    was="avant\u00a0:",
    becomes="après\u00a0:",
    alternative="ou",
    unknown="inconnu",
    not_listed="pas affiché",
    replaced="Il est retiré, puis affiché de nouveau comme un autre cours normalisé.",
    leaves="Aucun fichier ne le demande plus\u00a0: il est retiré.",
    doubtful="Ce qui est affiché maintenant n’est pas certain. Tout sera écrit de nouveau.",
    contested="Il est déjà affiché, et pas par ces fichiers. Rien n’est envoyé tant que ce n’est pas réglé.",
    unchanged="Inchangé",
    marks={Mark.NEW: "Nouveau", Mark.CHANGED: "Modifié", Mark.GOES: "Retiré", Mark.DOUBT: "Incertain"},
)

PREVIEW_WORDS: Mapping[Language, PreviewWords] = {"en": ENGLISH, "fr": FRENCH}
