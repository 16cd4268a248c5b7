"""The forms of an import: the file, the columns, the yes."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.imports.models import ImportRun
from accounts.imports.reading.columns import check
from accounts.imports.reading.errors import MappingNeeded
from accounts.imports.reading.names import FIELDS

_NOT_READ = ("", "not read")


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label="The table",
        help_text="CSV or Excel (.xlsx) with a header row and one row for each person.",
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuses what is larger than IMPORT_MAX_BYTES."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > settings.IMPORT_MAX_BYTES:
            limit = settings.IMPORT_MAX_BYTES >> 20
            raise forms.ValidationError(
                f"The file is larger than {limit:,} MB. Export fewer columns, or ask your "
                "administrator to raise IMPORT_MAX_BYTES."
            )
        return file


class ColumnsForm(forms.Form):
    """One choice for each column of the file, in its order."""

    def __init__(self, run: ImportRun, data: Any = None) -> None:
        super().__init__(data, prefix="column")
        for place, entry in enumerate(run.mapping):
            self.fields[str(place)] = forms.ChoiceField(
                label=entry["column"] or f"Column {place + 1} (without a name)",
                choices=[_NOT_READ, *FIELDS.items()],
                initial=entry["field"],
                required=False,
            )
        self._columns = [entry["column"] for entry in run.mapping]

    def clean(self) -> dict[str, Any]:
        """Refuses choices that do not lead to people."""
        chosen = zip(self._columns, self.chosen(), strict=True)
        try:
            check([{"column": column, "field": field} for column, field in chosen])
        except MappingNeeded as reason:
            raise forms.ValidationError(str(reason)) from reason
        return self.cleaned_data

    def chosen(self) -> list[str]:
        """The fields, in the order of the columns."""
        return [self.cleaned_data.get(str(place), "") for place in range(len(self._columns))]


class ApplyForm(forms.Form):
    """What the officer says about the file before it becomes the directory."""

    complete = forms.BooleanField(required=False)
    confirm_leavers = forms.BooleanField(required=False)
