"""What officers fill in: why somebody is erased, and what is held until when."""

from django import forms

from compliance.retention.holds import REASON_MAX
from compliance.retention.models import ASKED_FOR


class EraseForm(forms.Form):
    """A reason, and a confirmation."""

    reason = forms.ChoiceField(
        label="Why",
        choices=ASKED_FOR,
        widget=forms.RadioSelect,
        help_text="Kept for good, so it is one of these and no text that could name somebody.",
    )
    confirmed = forms.BooleanField(
        label="Erase this person for good. Nobody can bring back what is erased.",
        error_messages={"required": "Confirm it: this cannot be undone."},
    )


class HoldForm(forms.Form):
    """A reason and a last day."""

    reason = forms.CharField(
        label="Why",
        max_length=REASON_MAX,
        help_text="For you and the auditor, for example a file number. Avoid names.",
    )
    until = forms.DateField(
        label="Up to and including",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It ends by itself after this day. You can lift it earlier, or place a new one.",
    )
