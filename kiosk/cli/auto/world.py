"""The world outside the office: cards in the applicants' hands, papers that came out of the printer."""

import json
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image


class World:
    """What can happen to one terminal's simulated devices."""

    def __init__(self, devices: Any, tray: Path) -> None:
        self._devices = devices
        self._tray = tray
        self._tokens: dict[Path, tuple[str, ...]] = {}

    def decline_next_card(self) -> None:
        """The bank declines the next card."""
        self._devices.get("payment").companion.control({"next": "decline"})

    def papers(self) -> list[Path]:
        """The pictures of what was printed, in order."""
        return sorted(self._tray.glob("*.png"))

    def text_of(self, picture: Path) -> str:
        """The words on a paper."""
        return picture.with_suffix(".txt").read_text(encoding="utf-8")

    def tokens_on(self, picture: Path) -> tuple[str, ...]:
        """The codes on a paper, read from the picture."""
        if picture not in self._tokens:
            with Image.open(picture) as image:
                self._tokens[picture] = tuple(found.text for found in zxingcpp.read_barcodes(image))
        return self._tokens[picture]

    def read_claim(self, number: str) -> str:
        """What a scanner reads from the newest payment receipt of an application. Raises LookupError."""
        for picture in reversed(self.papers()):
            text = self.text_of(picture)
            if number in text and "TANDA BUKTI BAYAR" in text.upper() and (found := self.tokens_on(picture)):
                return found[0]
        raise LookupError(f"no payment receipt of {number} in the tray")

    def charged(self) -> list[dict[str, Any]]:
        """What the simulated bank really charged."""
        answer = self._devices.get("payment").companion.control({"transactions": True})
        found: list[dict[str, Any]] = json.loads(json.dumps(answer)).get("transactions", [])
        return found
