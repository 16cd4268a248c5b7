"""What people say when they ask for an export."""

from collections.abc import Iterator
from typing import Any

from django import forms

from compliance.campaigns.models import Campaign
from ledger.commands import Refusal
from reports.datasets.options import LARGEST_SAMPLE, Edition, Options
from reports.models import ExportKind
from reports.services import options_wanted

_KINDS = (
    (ExportKind.BUNDLE, "Evidence bundle: workbook, rows, ledger, signature and verifier"),
    (ExportKind.WORKBOOK, "Workbook alone (.xlsx)"),
    (ExportKind.CSV, "Rows alone, CSV"),
    (ExportKind.JSONL, "Rows alone, JSON Lines"),
    (ExportKind.KEY, "Key: who stands behind each pseudonym, CSV"),
)
_EDITIONS = (
    (Edition.FULL, "With names and addresses"),
    (Edition.PSEUDONYMOUS, "Without names, addresses and employee numbers"),
)
_MORE = ("as_of", "edition", "sample_size", "sample_seed")
_PLAIN = {"autocomplete": "off", "spellcheck": "false"}
_NUMBER = {"autocomplete": "off", "inputmode": "numeric"}


class UsualField(forms.ChoiceField):
    """A choice that is as usual when nothing is said."""

    def clean(self, value: Any) -> Any:
        """The choice."""
        return super().clean(value or self.initial)


class ExportForm(forms.Form):
    """A launched campaign, what is wanted of it, and as of when."""

    campaign = forms.ModelChoiceField(
        Campaign.objects.exclude(launched_seq=None),
        empty_label=None,
        label="Campaign",
        error_messages={"invalid_choice": "Choose a campaign that was launched."},
    )
    kind = UsualField(choices=_KINDS, initial=ExportKind.BUNDLE, label="What to make")
    edition = UsualField(choices=_EDITIONS, initial=Edition.FULL, label="People")
    as_of = forms.IntegerField(
        required=False,
        min_value=1,
        label="As of ledger position",
        help_text="Leave it empty for now. An earlier position gives the export of that time.",
        widget=forms.TextInput(attrs=_NUMBER),
    )
    sample_size = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_SAMPLE,
        label="Assignments in the sample",
        help_text="As a rule 25. Every mail and answer of each stands on the sheet Samples.",
        widget=forms.TextInput(attrs=_NUMBER),
    )
    sample_seed = forms.CharField(
        required=False,
        max_length=64,
        label="Seed of the sample",
        help_text="Only when an auditor gives you one: the same seed draws the same sample.",
        widget=forms.TextInput(attrs=_PLAIN),
    )

    @property
    def options_open(self) -> bool:
        """Whether somebody has said more than campaign and kind."""
        return self.is_bound and any(self[name].value() or self[name].errors for name in _MORE)

    def clean(self) -> dict[str, Any]:
        """The options as one value."""
        said: dict[str, Any] = super().clean() or {}
        names = ("edition", "sample_size", "sample_seed")
        wanted = {name: said.pop(name) for name in names if name in said}
        try:
            said["options"] = options_wanted(**wanted)
        except Refusal as refusal:
            raise forms.ValidationError(list(refusal.reasons)) from refusal
        return said


def options_in_words(options: Options) -> Iterator[tuple[str, object]]:
    """What an export's page says about how it was wanted."""
    yield "People", dict(_EDITIONS)[options.edition]
    yield "Sample", f"{options.sample_size} assignments"
    if options.sample_seed:
        yield "Seed", options.sample_seed
    if options.previous:
        yield "Roll-forward from", options.previous
    for key, values in options.filters.items():
        yield key.replace("_", " ").capitalize(), ", ".join(values)
