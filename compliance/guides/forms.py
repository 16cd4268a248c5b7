"""Forms for guides of the company's own: each speaks the keys of the content it edits."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django import forms

from compliance.answers import ANSWERS
from compliance.guides.content import GuideContent, GuideText
from compliance.guides.languages import language_choices
from compliance.guides.reader import Problem

_DEFAULTS = tomllib.loads(
    (Path(__file__).parent / "default_texts.toml").read_text(encoding="utf-8")
)
ANSWER_HELP = {
    "was_off": "The person looked and it was already off.",
    "turned_off": "It was on; now it is off.",
    "left_on": "It is on and stays on. This is a full answer.",
    "not_shown": "The platform does not show it to this person.",
    "no_account": "The person has no account there.",
    "prefer_not_to_say": "A full answer; nobody asks again.",
    "need_help": "The only answer that leaves the question open.",
}


class ContentForm(forms.Form):
    """A form for a part of a guide; problems that the parser finds are shown at their fields."""

    def refuse(self, problems: Iterable[Problem], prefix: str = "") -> None:
        """Show each of `problems` below `prefix` at its field, the others above the form."""
        for problem in problems:
            if problem.key.startswith(prefix):
                self._show(problem, problem.key.removeprefix(prefix))

    def _show(self, problem: Problem, key: str) -> None:
        field = self.field_of(key)
        self.add_error(field, problem.message if field else str(problem))

    def field_of(self, key: str) -> str | None:
        """The field in which the content's `key` is edited."""
        name = key.partition(".")[0]
        return name if name in self.fields else None


class NameForm(forms.Form):
    """What a guide of one's own is called."""

    name = forms.CharField(
        label="Name", max_length=150, help_text="Only officers, auditors and administrators see it."
    )


class BasicsForm(ContentForm):
    """Platform, setting and how to get there."""

    platform = forms.CharField(label="Platform", max_length=80, help_text="For example LinkedIn.")
    setting = forms.CharField(
        label="Setting",
        max_length=150,
        help_text="The page or menu entry, as the platform calls it.",
    )
    toggle = forms.CharField(
        label="Switch", max_length=300, help_text="The label of the switch, word for word."
    )
    deep_link = forms.URLField(
        label="Direct link",
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text="Opens the setting for somebody who is signed in. It begins with https://.",
    )
    verified_on = forms.DateField(
        label="Last verified on",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The day on which somebody last walked through the steps.",
    )

    @classmethod
    def initial_from(cls, content: GuideContent) -> dict[str, object]:
        """What the form shows for `content`."""
        return {name: getattr(content, name) for name in cls.base_fields}

    def plain(self) -> dict[str, object]:
        """The content's keys and values."""
        return dict(self.cleaned_data)


class TextForm(ContentForm):
    """What an employee reads, in one language."""

    title = forms.CharField(label="Title", max_length=150)
    why = forms.CharField(
        label="Why you ask",
        max_length=1500,
        widget=forms.Textarea({"rows": 4}),
        help_text="Two or three calm sentences. It is the person's own account and own choice.",
    )
    desktop = forms.CharField(
        label="Steps on a computer",
        widget=forms.Textarea({"rows": 6}),
        help_text="One step a line; at most 12.",
    )
    mobile = forms.CharField(
        label="Steps on a phone",
        widget=forms.Textarea({"rows": 6}),
        help_text="One step a line; at most 12.",
    )
    good_to_know = forms.CharField(
        label="Good to know",
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="One remark a line: what the switch covers, and from when on.",
    )
    links = forms.CharField(
        label="Further links",
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="One a line: a label, a bar and the address. “Objection form | https://example.com/form”",
    )
    question = forms.CharField(
        label="Question",
        max_length=300,
        help_text="Ask which state the person saw, never whether they did something.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in ANSWERS:
            label = f"Answer “{code.replace('_', ' ')}”"
            self.fields[f"answer_{code}"] = forms.CharField(
                label=label, max_length=120, help_text=ANSWER_HELP[code]
            )

    @staticmethod
    def initial_from(text: GuideText) -> dict[str, object]:
        """What the form shows for `text`."""
        return {
            "title": text.title,
            "question": text.question,
            "why": text.why,
            "desktop": "\n".join(text.steps.desktop),
            "mobile": "\n".join(text.steps.mobile),
            "good_to_know": "\n".join(text.good_to_know),
            "links": "\n".join(f"{link.label} | {link.url}" for link in text.links),
            **{f"answer_{code}": label for code, label in text.choices},
        }

    @staticmethod
    def initial_blank(language: str) -> dict[str, object]:
        """What the form shows for a language without a text: the usual answers if we have them."""
        answers = _DEFAULTS["answers"].get(language, {})
        return {f"answer_{code}": label for code, label in answers.items()}

    def plain(self) -> dict[str, object]:
        """The text's keys and values."""
        data = self.cleaned_data
        return {
            "title": data["title"],
            "question": data["question"],
            "why": data["why"],
            "steps": {"desktop": _lines(data["desktop"]), "mobile": _lines(data["mobile"])},
            "good_to_know": _lines(data["good_to_know"]),
            "links": [_link(line) for line in _lines(data["links"])],
            "answers": {code: data[f"answer_{code}"] for code in ANSWERS},
        }

    def field_of(self, key: str) -> str | None:
        """The field in which the text's `key` is edited."""
        head, _dot, rest = key.partition(".")
        match head:
            case "steps":
                return super().field_of(rest)
            case "answers":
                return super().field_of(f"answer_{rest}")
        return super().field_of(key)


class LanguageForm(forms.Form):
    """The language to write in."""

    language = forms.ChoiceField(label="Language")

    def __init__(self, *args: Any, taken: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        field.choices = [choice for choice in language_choices() if choice[0] not in taken]  # type: ignore[attr-defined]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _link(line: str) -> Mapping[str, str]:
    label, _bar, url = line.rpartition("|")
    return {"label": label.strip(), "url": url.strip()}
