"""What people say when they ask for a workbook."""

from django import forms

from compliance.campaigns.models import Campaign


class ExportForm(forms.Form):
    """A launched campaign, and optionally an earlier ledger position."""

    campaign = forms.ModelChoiceField(
        Campaign.objects.exclude(launched_seq=None),
        empty_label=None,
        label="Campaign",
        error_messages={"invalid_choice": "Choose a campaign that was launched."},
    )
    as_of = forms.IntegerField(
        required=False,
        min_value=1,
        label="As of ledger position",
        help_text="Leave it empty for now. An earlier position gives the workbook of that time.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
