"""The forms of quarters and standing exports."""

import calendar

from django import forms

from compliance.campaigns.models import Campaign
from reports.quarters.models import LONGEST_MONTHS, LONGEST_YEARS, StandingExport
from reports.quarters.periods import MONTHS


class RuleForm(forms.Form):
    """When the business year begins, and how long evidence is kept."""

    first_month = forms.TypedChoiceField(
        coerce=int,
        choices=[(month, calendar.month_name[month]) for month in range(1, MONTHS + 1)],
        label="The business year begins in",
        help_text="From now on. Quarters that are over stay as they are.",
    )
    keep_years = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_YEARS,
        label="Keep the evidence of each quarter for (years)",
        help_text="Then its file is deleted, and the ledger says so. Fewer years are refused"
        " while a legal hold is in force.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class StandingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an officer wants again and again."""

    campaigns = forms.ModelMultipleChoiceField(
        Campaign.objects.exclude(launched_seq=None),
        required=False,
        label="Which campaigns",
        help_text="None chosen: every campaign that was live in the period.",
        widget=forms.CheckboxSelectMultiple,
    )
    keep_months = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_MONTHS,
        initial=12,
        label="Keep each file for (months)",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    class Meta:
        model = StandingExport
        fields = ("name", "every", "campaigns", "kind", "edition", "keep_months")
        labels = {
            "name": "What you call it",
            "every": "How often",
            "kind": "As what",
            "edition": "People in it",
        }
        help_texts = {"every": "It is made in the first minutes after the period is over."}
        widgets = {
            "every": forms.RadioSelect,
            "kind": forms.RadioSelect,
            "edition": forms.RadioSelect,
        }
