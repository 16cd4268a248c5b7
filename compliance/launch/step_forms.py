"""The forms around reminders: the policy as a short text, and a step's own words."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django import forms

from compliance.campaigns.forms import REMINDERS_HELP
from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import OPENING_MAX, SUBJECT_MAX, Policy, PolicyError, Wording
from compliance.guides.languages import language_name


class PolicyForm(forms.Form):
    """Another policy for a campaign that runs; steps that stay keep their own words."""

    reminders = forms.CharField(
        required=False,
        max_length=500,
        help_text=REMINDERS_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, campaign: Campaign) -> None:
        super().__init__(data, initial={"reminders": campaign.reminders.text})
        self._old = campaign.reminders

    def clean_reminders(self) -> Policy:
        """The text as a policy."""
        try:
            return self._old.rewritten(self.cleaned_data["reminders"])
        except PolicyError as error:
            raise forms.ValidationError(str(error)) from error


class WordsForm(forms.Form):
    """A step's own words in one language; empty leaves ours."""

    subject = forms.CharField(
        required=False,
        max_length=SUBJECT_MAX,
        help_text="Empty: ours.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    opening = forms.CharField(
        required=False,
        max_length=OPENING_MAX,
        help_text="The first sentences, as plain text; an empty line begins a paragraph. "
        "Greeting, link and how to check that the mail is genuine stand around them. Empty: ours.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: Any, *, language: str, words: Wording) -> None:
        initial = {"subject": words.subject, "opening": words.opening}
        super().__init__(data, initial=initial, prefix=language)
        self.language = language

    @property
    def language_name(self) -> str:
        """The language in words."""
        return language_name(self.language)

    def clean(self) -> dict[str, Any]:
        """No links, no control characters."""
        cleaned = super().clean() or {}
        for problem in self.words(cleaned).problems():
            field = "subject" if problem.startswith("The subject") else "opening"
            self.add_error(field, problem)
        return cleaned

    def words(self, cleaned: Mapping[str, Any]) -> Wording:
        """What was written."""
        opening = cleaned.get("opening", "").replace("\r\n", "\n")
        return Wording(cleaned.get("subject", ""), opening)


def words_forms(
    data: Any, languages: Sequence[str], wording: Mapping[str, Wording]
) -> list[WordsForm]:
    """One form a language."""
    return [
        WordsForm(data, language=code, words=wording.get(code, Wording())) for code in languages
    ]


def words_written(
    forms_: Sequence[WordsForm], wording: Mapping[str, Wording]
) -> Mapping[str, Wording]:
    """All languages' words; those that no form is about stay."""
    written = {form.language: form.words(form.cleaned_data) for form in forms_}
    return MappingProxyType({**wording, **written})
