"""The form of the rules: which accounts of the tenant are people to ask."""

import re
from collections.abc import Callable
from uuid import UUID

from django import forms

from accounts.entra.directory.models import EntraRules

_DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")
_MOST = 500
_SHORTEST = 4  # letters beside the stars: “*” alone would leave everybody out


class Lines(forms.CharField):
    """A list, one entry a line, in lower case."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, **more: object) -> None:
        super().__init__(required=False, **more)  # type: ignore[arg-type]

    def prepare_value(self, value: object) -> object:
        """As it is typed."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: object) -> list[str]:  # type: ignore[override]
        """Without repetitions and empty lines."""
        lines = str(value or "").lower().split("\n")
        found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
        if len(found) > _MOST:
            raise forms.ValidationError(f"At most {_MOST} lines.")
        return found


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Filters, and whether the day reads by itself."""

    domains = Lines(
        label="Only these mail domains",
        help_text="One a line, such as example.com. Empty: any.",
    )
    groups = Lines(
        label="Only members of these groups",
        help_text="Object ids, one a line; groups in them count too. Needs the "
        "permission GroupMember.Read.All. Empty: everybody.",
    )
    left_out = Lines(
        label="Never these accounts",
        help_text="Service accounts and the like: address, sign-in name or object id, one a line. "
        "* stands for any text: svc-*@example.com",
    )

    class Meta:
        model = EntraRules
        fields = ("domains", "groups", "left_out", "ask_purpose", "ask_zone", "daily")
        labels = {
            "ask_purpose": "Ask Exchange what the mailbox of an account without a person’s name is "
            "for (permission MailboxSettings.Read)",
            "ask_zone": "Ask Exchange for the time zone of each person’s mailbox (permission "
            "MailboxSettings.Read); never required",
            "daily": "Read every day, and apply what is inside the limits",
        }

    def clean_domains(self) -> list[str]:
        """Refuses what is no domain."""
        return self._checked("domains", lambda text: bool(_DOMAIN.match(text)), "no domain")

    def clean_groups(self) -> list[str]:
        """Refuses names of groups: they change, and two may have one."""
        return self._checked("groups", _is_id, "no object id; the group's overview shows it")

    def clean_left_out(self) -> list[str]:
        """Refuses what would leave out nearly everybody."""
        return self._checked("left_out", _is_narrow, "too short: it would leave out too many")

    def _checked(self, name: str, fits: Callable[[str], bool], reason: str) -> list[str]:
        value: list[str] = self.cleaned_data[name]
        if wrong := [text for text in value if not fits(text)]:
            raise forms.ValidationError(f"“{wrong[0][:100]}”: {reason}.")
        return value


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _is_narrow(text: str) -> bool:
    return len(re.sub(r"[*?\[\]]", "", text)) >= _SHORTEST
