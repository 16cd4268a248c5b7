"""The campaign's form, and the form that gives people more time."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.directory.people import values_in_use
from accounts.entra.config import connected
from accounts.imports.reading.countries import country_name
from compliance.campaigns.audience import LIMITS
from compliance.campaigns.models import Assurance, Campaign, LegalBasis
from compliance.campaigns.policy import Policy, PolicyError
from compliance.guides.languages import language_name
from compliance.guides.models import Guide, GuideVersion

REMINDERS_HELP = (
    "In working days: 3, 7 are days after each person's invitation, due-2 and due count from the "
    "due date, every 5 goes on while overdue, at most 6 limits them all. Empty means no "
    "reminders. Whoever has answered gets none."
)
ASSURANCES = {
    Assurance.LINK: "Whoever holds the personal link. Two taps; a forwarded link works too.",
    Assurance.CODE: "Whoever holds the link and reads the person's mail: six digits are mailed to "
    "the address on file before an answer is recorded.",
    Assurance.SSO: "Only the person, signed in with Microsoft: the account must be the one that "
    "the directory names.",
}
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class VersionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A guide, in its newest published version."""

    def label_from_instance(self, obj: GuideVersion) -> str:
        """The guide's name, the version and when somebody last walked through it."""
        return f"{obj.guide} (version {obj.number}, verified on {obj.verified_on:%-d %b %Y})"


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    """A draft. With `counting` nothing is required: only the audience is looked at."""

    guide_version = VersionField(GuideVersion.objects.none(), label="Guide", empty_label="Choose")
    countries = forms.MultipleChoiceField(required=False)
    departments = forms.MultipleChoiceField(required=False)
    employment_types = forms.MultipleChoiceField(required=False, label="Employment")
    language = forms.ChoiceField(
        required=False,
        label="Language for everyone else",
        help_text="People are asked in their own language where the guide has it, else in this.",
    )
    reminders = forms.CharField(
        required=False,
        max_length=500,
        help_text=REMINDERS_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    assurance = forms.ChoiceField(
        label="Who answers",
        initial=Assurance.LINK,
        widget=forms.RadioSelect,
        help_text="How people show who they are. It stands on every answer, receipt and export, "
        "and holds for the whole campaign.",
    )
    legal_basis = forms.ChoiceField(choices=[("", "Choose"), *LegalBasis.choices])

    class Meta:
        model = Campaign
        fields = (
            "name",
            "guide_version",
            "language",
            "ask_everywhere",
            "opens_on",
            "due_on",
            "closes_on",
            "send_now",
            "sender_name",
            "from_address",
            "reply_to",
            "late_joiners",
            "manager_summaries",
            "assurance",
            "legal_basis",
            "legal_note",
            "retention_months",
        )
        widgets = {
            "opens_on": DAY,
            "due_on": DAY,
            "closes_on": DAY,
            "legal_note": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {
            "name": "Name",
            "ask_everywhere": "Also ask people in countries where the setting is not shown",
            "opens_on": "Opens on",
            "due_on": "Answer by",
            "closes_on": "Last day for answers",
            "send_now": "Send the invitations at once, whatever the hour or day",
            "sender_name": "Sender's name",
            "from_address": "Mails come from",
            "reply_to": "Questions go to",
            "late_joiners": "Also ask people who join while it runs",
            "manager_summaries": "Send managers weekly counts",
            "legal_note": "Note on the legal basis",
            "retention_months": "Kept for (months)",
        }
        help_texts = {
            "name": "For you and the auditor; employees do not see it.",
            "opens_on": "Invitations leave from this day on.",
            "due_on": "The day that the mails name.",
            "closes_on": "Answers and corrections are taken up to the end of this day.",
            "send_now": "Otherwise they leave in each person's own working hours.",
            "sender_name": "Shown beside the address that the mails come from.",
            "from_address": "An address that your mail server may send from. "
            "Empty means the one that stands in the settings.",
            "reply_to": "An address that somebody reads.",
            "late_joiners": "They get a due date of their own and are marked in the export.",
            "manager_summaries": "How many of their people have answered, never who or what; "
            "only to managers of five people or more.",
            "retention_months": "How long answers are kept after the last day.",
        }

    def __init__(self, *args: Any, counting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._counting = counting
        self._offer_versions()
        self._offer_audience()
        self._offer_languages()
        self._offer_assurances()
        self.initial.setdefault("reminders", self.instance.reminders.text)

    def full_clean(self) -> None:
        """Check everything; while counting, nothing is required."""
        required = [] if not self._counting else [f for f in self.fields.values() if f.required]
        for field in required:
            field.required = False
        super().full_clean()
        for field in required:
            field.required = True

    def clean_reminders(self) -> Policy:
        """`3, 7, due-2, due, every 5, at most 6` as a policy."""
        try:
            old: Policy = self.instance.reminders
            return old.rewritten(self.cleaned_data["reminders"])
        except PolicyError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        cleaned = super().clean() or {}
        opens, due, closes = (cleaned.get(name) for name in ("opens_on", "due_on", "closes_on"))
        if opens and due and due < opens:
            self.add_error("due_on", "This is before the opening day. Choose a later day.")
        if due and closes and closes < due:
            self.add_error("closes_on", "This is before the due date. Choose that day or a later.")
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the services write."""
        fields = {name: self.cleaned_data[name] for name in self._meta.fields or ()}
        return fields | {
            "audience": self.audience(),
            "policy": self.cleaned_data["reminders"].to_json(),
        }

    def audience(self) -> dict[str, list[str]]:
        """The limits as the campaign keeps them."""
        return {key: sorted(self.cleaned_data.get(key) or []) for key in LIMITS}

    def counted(self) -> Campaign | None:
        """An unsaved campaign whose audience can be counted; None while no guide is chosen."""
        version = self.cleaned_data.get("guide_version")
        if version is None:
            return None
        return Campaign(
            guide_version=version,
            audience=self.audience(),
            ask_everywhere=self.cleaned_data.get("ask_everywhere", False),
            opens_on=self.cleaned_data.get("opens_on") or timezone.localdate(),
        )

    def _offer_versions(self) -> None:
        newest = [guide.latest() for guide in Guide.objects.all()]
        offered = {version.pk for version in newest if version} | {self.instance.guide_version_id}
        versions = GuideVersion.objects.filter(pk__in=offered - {None})
        field = self.fields["guide_version"]
        field.queryset = versions.select_related("guide").order_by(  # type: ignore[attr-defined]
            "guide__position", "guide__name"
        )

    def _offer_audience(self) -> None:
        for key, attribute in LIMITS.items():
            chosen = self.instance.audience.get(key, [])
            values = sorted({*values_in_use(attribute), *chosen})
            label = country_name if attribute == "country" else str
            choices = sorted(((value, label(value)) for value in values), key=lambda c: c[1])
            field = self.fields[key]
            field.choices = choices  # type: ignore[attr-defined]
            field.widget = forms.CheckboxSelectMultiple(choices=choices)
            self.initial[key] = chosen

    def _offer_languages(self) -> None:
        versions = self.fields["guide_version"].queryset  # type: ignore[attr-defined]
        codes = {code for version in versions for code in version.parsed.languages}
        names = sorted((language_name(code), code) for code in codes - {"en"})
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            ("", "English"),
            *((code, name) for name, code in names),
        ]

    def _offer_assurances(self) -> None:
        offered = dict(ASSURANCES)
        if not connected() and self.instance.assurance != Assurance.SSO:
            del offered[Assurance.SSO]
        self.fields["assurance"].choices = [*offered.items()]  # type: ignore[attr-defined]


class ExtendForm(forms.Form):
    """Later days for a campaign that runs."""

    due_on = forms.DateField(label="Answer by", widget=DAY)
    closes_on = forms.DateField(label="Last day for answers", widget=DAY)
