"""Where a reader on GitHub finds what a problem code means."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from offerctl.catalog.codes import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPage:
    """The address of the page of all codes; none where the repository does not have it."""

    url: str | None = None

    @classmethod
    def at(cls, repository_url: str, commit: str, path: str) -> CodesPage:
        """The page as it is in a commit: a comment's relative link would lead to nowhere."""
        return cls(url=f"{repository_url}/blob/{commit}/{quote(path)}")

    def link(self, code: Code) -> str:
        """The code as Markdown, with somewhere to go for what it means."""
        return f"[{code}]({self.url}#{code.lower()})" if self.url else f"{code} (`offerctl explain {code}`)"
