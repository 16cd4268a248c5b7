"""Forms for the tables of a guide: regions, facts and sources, a row each."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from compliance.guides.content import Fact, GuideContent, Region, Source
from compliance.guides.forms import BasicsForm, ContentForm
from compliance.guides.reader import Problem

_DAY = {"type": "date"}


def _day() -> forms.DateInput:
    return forms.DateInput(_DAY, format="%Y-%m-%d")


class RegionForm(ContentForm):
    """Where the setting is shown, and since when."""

    regions = forms.CharField(label="Countries", max_length=2000)
    shown_from = forms.DateField(label="Shown from", widget=_day())
    shown_until = forms.DateField(label="No longer from", widget=_day(), required=False)
    note = forms.CharField(label="Note", max_length=300, required=False)
    source = forms.CharField(label="Source", max_length=40, required=False)

    @staticmethod
    def initial_from(region: Region) -> dict[str, object]:
        """What the row shows for `region`."""
        return {**vars(region), "regions": region.label}

    def plain(self) -> dict[str, object]:
        """The region's keys and values."""
        data = self.cleaned_data
        codes = [code.strip() for code in data["regions"].split(",") if code.strip()]
        return {**_without_delete(data), "regions": codes}


class FactForm(ContentForm):
    """One thing that the guide rests on."""

    text = forms.CharField(label="Fact", max_length=600, widget=forms.Textarea({"rows": 2}))
    certainty = forms.ChoiceField(label="Certainty", choices=[("H", "High"), ("M", "Medium")])
    officer_note = forms.CharField(
        label="Note for officers",
        max_length=600,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    source = forms.CharField(label="Source", max_length=40, required=False)

    @staticmethod
    def initial_from(fact: Fact) -> dict[str, object]:
        """What the row shows for `fact`."""
        return dict(vars(fact))

    def plain(self) -> dict[str, object]:
        """The fact's keys and values."""
        return _without_delete(self.cleaned_data)


class SourceForm(ContentForm):
    """Where facts come from."""

    id = forms.CharField(label="Short name", max_length=40)
    title = forms.CharField(label="Title", max_length=200)
    url = forms.URLField(label="Address", max_length=500, assume_scheme="https")
    date = forms.DateField(label="Day", widget=_day())

    @staticmethod
    def initial_from(source: Source) -> dict[str, object]:
        """What the row shows for `source`."""
        return dict(vars(source))

    def plain(self) -> dict[str, object]:
        """The source's keys and values."""
        return _without_delete(self.cleaned_data)


ROWS: dict[str, type[Any]] = {"regions": RegionForm, "facts": FactForm, "sources": SourceForm}


class FactsEditor:
    """The basics and the three tables of one guide, edited on one page."""

    def __init__(self, content: GuideContent, data: Any = None) -> None:
        self.basics = BasicsForm(data, initial=BasicsForm.initial_from(content))
        self.tables: dict[str, BaseFormSet[Any]] = {
            name: self._table(name, form, getattr(content, name), data)
            for name, form in ROWS.items()
        }

    @property
    def forms(self) -> list[Any]:
        """Every form of the page, the rows' among them."""
        return [self.basics, *(form for table in self.tables.values() for form in table)]

    def is_valid(self) -> bool:
        """Whether every field of every row can be read."""
        return all([self.basics.is_valid(), *(table.is_valid() for table in self.tables.values())])

    def plain(self) -> dict[str, object]:
        """The content's keys and values, without the texts."""
        rows = {name: [form.plain() for form in self._kept(name)] for name in ROWS}
        return {**self.basics.plain(), **rows}

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Show each of `problems` at its field."""
        rows = [problem for problem in problems if problem.key.partition(".")[0] in ROWS]
        self.basics.refuse(problem for problem in problems if problem not in rows)
        for problem in rows:
            name, index, _key = problem.key.split(".", 2)
            self._kept(name)[int(index)].refuse([problem], f"{name}.{index}.")

    def _kept(self, name: str) -> list[Any]:
        """The rows that stay: neither blank nor marked for removal."""
        kept = [form for form in self.tables[name] if form.has_changed() or form.initial]
        return [form for form in kept if not form.cleaned_data.get("DELETE")]

    @staticmethod
    def _table(name: str, form: type[Any], rows: Iterable[Any], data: Any) -> "BaseFormSet[Any]":
        initial = [form.initial_from(row) for row in rows]
        formset = formset_factory(form, extra=1, can_delete=True, max_num=200, absolute_max=200)
        return formset(data, prefix=name, initial=initial)


def _without_delete(data: dict[str, Any]) -> dict[str, object]:
    return {key: value for key, value in data.items() if key != "DELETE"}
