"""README.txt: what the bundle is and how to check it, for somebody who never heard of Optrail."""

from pathlib import Path

from ledger.canonical import utc_text
from ledger.checkpoints import key_id, public_key
from reports.datasets.position import Position

_TEXT = """\
Optrail evidence bundle
=======================

{campaign}, as of ledger position {seq} ({at}).

People were asked to look at one setting in their own account and to say what they saw. This file
holds what they said, who was asked and how often, who was not asked or not reached, and why, together
with what it takes to check all of that without a network and without trusting whoever made it.

  audit.xlsx             the workbook to read: begin with Summary and Method
  rows/                  the same rows as text, one file for each sheet (JSON Lines)
  guide/                 the exact wording that people read
  ledger/                the chain of hashes, and this campaign's entries in it, word for word
  checkpoints.txt        signed statements about the ledger, made hour by hour
  consistency.json       proofs that the ledger of earlier bundles is the beginning of this one's
  manifest.json          what this bundle is about, and the SHA-256 of every file
  manifest.sig           the Ed25519 signature over manifest.json
  verify.py              checks all of it

Check it
--------

With Python 3.9 or later, and nothing else:

    unzip BUNDLE.zip verify.py
    python3 verify.py BUNDLE.zip

Compare the fingerprint of the key that it prints with the one that the company gave you on another way,
and the signed statements that you received before with those in checkpoints.txt:

    {key}

Better than the verify.py in this bundle is one that you have had for longer, or from somebody else.

Check it without our program
----------------------------

    unzip BUNDLE.zip -d bundle && cd bundle
    sha256sum audit.xlsx                        and compare with manifest.json, file by file
    python3 -c "import json, base64; k = json.load(open('manifest.json'))['key']['public']; open('key.der', 'wb').write(bytes.fromhex('302a300506032b6570032100') + base64.b64decode(k))"
    openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in manifest.json -sigfile manifest.sig

What it does not show
---------------------

Nothing was looked up in anybody's account: each answer is what the person said. Entries of the ledger that
concern other campaigns are here as hashes only.
"""


def readme_write(position: Position, folder: Path) -> None:
    """Write README.txt."""
    text = _TEXT.format(
        campaign=position.campaign.name,
        seq=position.seq,
        at=utc_text(position.at),
        key=key_id(public_key()),
    )
    (folder / "README.txt").write_text(text, encoding="utf-8", newline="\n")
