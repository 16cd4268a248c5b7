"""Why somebody was not signed in: a code for the log, a sentence for the person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason; `again` is whether trying again may help."""

    code: str
    words: str
    again: bool = True


class SignInRefused(Exception):  # noqa: N818 - an answer to the person, not an error of ours
    """Nobody was signed in; `detail` is for the log and names nobody.

    `visit` is set for who would have become no user anyway; see accounts.entra.visitors. `onward`
    is where they wanted to go.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.code)
        self.reason, self.detail = reason, detail
        self.visit = self.onward = ""


_UNTRUSTED = "Microsoft's answer could not be trusted, so nobody was signed in"
STALE = Reason(
    "stale",
    "This sign-in was finished before, was begun in another window or browser, or took longer than "
    "ten minutes. Begin again here.",
)
DECLINED = Reason("declined", "Microsoft did not sign you in. Begin again, or ask your IT.")
UNREACHABLE = Reason(
    "unreachable",
    "Microsoft cannot be reached at the moment, or does not take Optrail's credential. Try again "
    "in a few minutes; if it stays so, an administrator should look at the page Microsoft.",
)
UNREADABLE = Reason("unreadable", f"{_UNTRUSTED}: it is not a token that can be read.")
ALGORITHM = Reason("algorithm", f"{_UNTRUSTED}: it is signed in a way that Optrail does not take.")
KEY = Reason("key", f"{_UNTRUSTED}: its key is none of your organisation's.")
SIGNATURE = Reason("signature", f"{_UNTRUSTED}: its signature is wrong.")
INCOMPLETE = Reason("incomplete", f"{_UNTRUSTED}: something that it must say is missing or odd.")
EXPIRED = Reason("expired", f"{_UNTRUSTED}: it has expired. Is this server's clock right?")
NOT_YET = Reason("not_yet", f"{_UNTRUSTED}: it is from the future. Is this server's clock right?")
ISSUER = Reason("issuer", f"{_UNTRUSTED}: somebody else issued it.")
AUDIENCE = Reason("audience", f"{_UNTRUSTED}: it is meant for another application.")
NONCE = Reason("nonce", f"{_UNTRUSTED}: it belongs to another sign-in.")
OTHER_TENANT = Reason(
    "other_tenant",
    "That account belongs to another organisation. Sign in with the account of this one.",
)
GUEST = Reason(
    "guest",
    "That is a guest account. Optrail takes members of the organisation only: ask for an account "
    "of your own there.",
)
NO_ROLE = Reason(
    "no_role",
    "You are known, but have no role in Optrail. If you need one, ask your IT for one of the app "
    "roles of Optrail in Microsoft Entra, and sign in again.",
)
DEACTIVATED = Reason(
    "deactivated",
    "Your account in Optrail is deactivated. An administrator can reactivate it on the page Users.",
    again=False,
)
ADDRESS_TAKEN = Reason(
    "address_taken",
    "Optrail has another user with your e-mail address, who signs in in another way. If that is "
    "you, sign in that way and connect your Microsoft account on the page of your password. "
    "Otherwise ask an administrator: once that user is deactivated, the address is yours.",
    again=False,
)
CONNECTED_ALREADY = Reason(
    "connected_already",
    "That Microsoft account belongs to another user of Optrail. Choose yours.",
)
