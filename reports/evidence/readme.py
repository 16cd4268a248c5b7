"""README.txt: what the bundle is and how to check it, for somebody who never heard of Optrail."""

from pathlib import Path

from ledger.canonical import utc_text
from ledger.keys import key_id, public_key
from reports.datasets.position import Position

README = "README.txt"
_TEMPLATE = Path(__file__).with_name("readme.txt")


def readme_write(position: Position, folder: Path) -> None:
    """Write README.txt; the campaign's name is the only thing in it that somebody chose."""
    facts = {
        "{campaign}": position.campaign.name,
        "{seq}": str(position.seq),
        "{at}": utc_text(position.at),
        "{key}": key_id(public_key()),
    }
    text = _TEMPLATE.read_text(encoding="utf-8")
    for place, value in facts.items():
        text = text.replace(place, value)
    (folder / README).write_text(text, encoding="utf-8", newline="\n")
