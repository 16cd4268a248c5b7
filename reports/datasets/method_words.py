"""The words of the sheet Method that hold for every campaign."""

from typing import Final

STATEMENTS: Final = {
    "It is": (
        "A self-attestation: one person's own statement about the state of one setting in "
        "their own account, as they saw it when they answered, in reply to the text on "
        "Wording."
    ),
    "It is not a check": (
        "No account, device or platform was looked into, by the company or by Optrail. How "
        "the setting stands today nobody can tell from this workbook."
    ),
    "It is not consent": (
        "Answering was voluntary and “prefer not to say” is a full answer. No answer is "
        "consent, and none is a breach of anything."
    ),
}
COMPLETE: Final = {
    "People": (
        "Everybody in the directory who matched the audience at the launch was frozen in one "
        "statement; the launch entry holds their number and a Merkle root over their rows. "
        "Whoever joined later stands in an entry of its own, in the same way. Nobody is ever "
        "removed from Population: who left, was excluded or was erased is counted as such."
    ),
    "Answers": (
        "As many answers are listed as the ledger has entries about them, corrections included."
    ),
    "Mails": (
        "Every mail that was planned is listed once its batch was sealed in the ledger; a "
        "message that was planned in the last minute before the position may be missing."
    ),
    "The directory itself": (
        "Whether the directory named every employee is outside of this workbook. Each "
        "import's entry (people.imported) holds the SHA-256 of the file, or of the rows read from "
        "Microsoft Entra, and its counts."
    ),
    "What is not recorded": (
        "Answers given by mail or by word of mouth; whether a mail was opened or a link "
        "clicked: neither is tracked."
    ),
}
ACCURATE: Final = {
    "Against the ledger": (
        "Every answer is compared with the text of its ledger entry: person, time, answer, "
        "number, wording, language, assurance. People, parameters and outcomes of mails are "
        "hashed again and compared with the digests in the ledger."
    ),
    "Against each other": (
        "The figures on Integrity are each reached in two ways. Where two differ, no workbook"
        " is released."
    ),
    "Against the file": (
        "The finished file is read again and its rows are counted before it is released."
    ),
    "Attributes": (
        "Names, addresses, departments and managers are those of the launch, or of joining; "
        "later changes in the directory do not show."
    ),
    "Times": ("Times are those of the server's clock, in UTC, as they were hashed."),
}
SOURCES: Final = {
    "Summary": (
        "The sheets",
        "Counts of the rows below, and the campaign's parameters.",
    ),
    "Roll-forward": (
        "Tables: assignment, attestation, withdrawal",
        (
            "The last position is counted by the database, this one by the rows of Population, "
            "what lies between by those of Movements; the three must agree."
        ),
    ),
    "Movements": (
        "Tables: assignment, attestation, withdrawal",
        "Everybody whose status or answer differs.",
    ),
    "Population": (
        "Tables: assignment, attestation, withdrawal, message, outcome",
        (
            "One row for each assignment, with the last answer, withdrawal and outcome up to the "
            "position."
        ),
    ),
    "Attestations": (
        "Tables: attestation, ledger_event",
        "Every answer up to the position.",
    ),
    "Messages": (
        "Tables: message, outcome",
        "Every sealed message, with its last sealed outcome.",
    ),
    "Exclusions": (
        "Table: assignment",
        "The rows of Population that have a reason for not being asked.",
    ),
    "Exceptions": (
        "Tables: attestation, message, outcome, ledger_event",
        "What did not go as planned; the ledger no. of a mail is that of its seal.",
    ),
    "Samples": (
        "Tables: assignment, attestation, withdrawal, message, outcome",
        "Everything on record about the assignments that were drawn.",
    ),
    "Wording": (
        "Table: guideversion",
        "The texts of every guide version that was shown.",
    ),
    "Integrity": (
        "Tables: ledger_event, ledger_checkpoint",
        "The ledger, and every reconciliation.",
    ),
}
FIGURES: Final = {
    "In scope": ("answered + open + excluded + left + erased; everybody counts once."),
    "Answered": (
        "The answer that stands is a full one: any but “need help”. It stays so when the "
        "person leaves."
    ),
    "Open": ("Asked, with the company, and no full answer yet."),
    "Excluded": ("In scope and not asked, for the reason on Exclusions."),
    "Left": ("An import said that they left before they gave a full answer."),
    "Erased": (
        "Their data were erased, whatever they were before; “erased person n” stands for them."
    ),
    "Late": (
        "The first full answer came on a later day, where the person is, than the due date as"
        " of the position. Shown on Exceptions alone; a late answer counts like any other."
    ),
    "Mails accepted": (
        "The last sealed outcome says that a mail server took the mail; whether it was read "
        "nobody knows."
    ),
    "The sample, once more": (
        "Write the seed and an assignment's id (as on Population) one behind the other, "
        "without a space; take the SHA-256 of it in hexadecimal; do so for every assignment, "
        "sort, and keep the first ones. Draw 1 is the smallest."
    ),
}
LIMITS: Final = {
    "Who answered": ("See link assurance above; the level stands on every row of Attestations."),
    "What was answered": ("A statement can be mistaken or untrue."),
    "Mails": (
        "“Accepted” is what the mail server said. A mail that is uncertain may have arrived."
    ),
    "Leave": ("Days of leave are not shown; only the due dates that follow from them."),
    "Erasure": (
        "Who was erased is shown as such in every later workbook, also in one as of an "
        "earlier position: its bytes are then not those of the first one."
    ),
    "The ledger": (
        "A change of the past is found by comparing with a signed checkpoint that was kept "
        "elsewhere. Keep those."
    ),
}
