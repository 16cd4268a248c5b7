"""Pages and buttons that write guides of the company's own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.signin.access import roles
from compliance.guides import services
from compliance.guides.forms import BasicsForm, LanguageForm, NameForm, TextForm
from compliance.guides.languages import language_name
from compliance.guides.models import Guide, GuideVersion, VersionInUseError
from compliance.guides.parsing import parse_content
from compliance.guides.reader import ContentError
from compliance.guides.row_forms import FactsEditor
from compliance.guides.views import version_context, version_or_404


@roles("admin", "officer")
def guide_new(request: HttpRequest) -> HttpResponse:
    """A guide of one's own from a blank form."""
    data = request.POST or None
    name, language = NameForm(data), LanguageForm(data, initial={"language": "en"})
    basics = BasicsForm(data, initial={"verified_on": timezone.localdate()})
    text = TextForm(data, initial=TextForm.initial_blank("en"))
    if all([name.is_valid(), language.is_valid(), basics.is_valid(), text.is_valid()]):
        code = language.cleaned_data["language"]
        try:
            content = parse_content({**basics.plain(), "texts": {code: text.plain()}})
        except ContentError as error:
            text.refuse(error.problems, f"texts.{code}.")
            basics.refuse(problem for problem in error.problems if "texts" not in problem.key)
        else:
            version = services.guide_create(name=name.cleaned_data["name"], content=content)
            messages.success(request, "The draft is saved. Look at the preview, then publish it.")
            return _to(version)
    context = {
        "section": "guides",
        "forms": [name, language, basics, text],
        "name_form": name,
        "language_form": language,
        "basics": basics,
        "text_form": text,
    }
    return render(request, "compliance/guides/new.html", context, status=_status(request))


@roles("admin", "officer")
@require_POST
def guide_copy(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A guide of one's own that begins as this version does."""
    version, form = version_or_404(slug, number), NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the copy a name of at most 150 characters.")
        return _to(version)
    copy = services.guide_copy(version=version, name=form.cleaned_data["name"])
    messages.success(request, "This is your copy, a draft. Edit it, then publish it.")
    return _to(copy)


@roles("admin", "officer")
@require_POST
def guide_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """A new version of a guide of one's own, to be edited."""
    guide = get_object_or_404(Guide, slug=slug)
    try:
        return _to(services.version_draft(guide=guide))
    except services.ShippedGuideError as error:
        messages.error(request, str(error))
        return redirect("guide", slug=slug)


@roles("admin", "officer")
def guide_edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Basics, regions, facts and sources of a draft."""
    version = version_or_404(slug, number)
    if version.published:
        return _published(request, version)
    editor = FactsEditor(version.parsed, request.POST or None)
    if request.method == "POST" and editor.is_valid():
        texts = version.parsed.plain()["texts"]
        try:
            content = parse_content({**editor.plain(), "texts": texts})
            return _edited(request, services.version_edit(version=version, content=content))
        except ContentError as error:
            editor.refuse(error.problems)
        except VersionInUseError:
            return _published(request, version)
    context = version_context(version) | {"editor": editor}
    return render(request, "compliance/guides/edit.html", context, status=_status(request))


@roles("admin", "officer")
def guide_text(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """The wording of a draft in one language."""
    version = version_or_404(slug, number)
    if version.published:
        return _published(request, version)
    form = TextForm(request.POST or None, initial=_text_initial(version, language))
    if request.method == "POST" and form.is_valid():
        plain = version.parsed.plain()
        plain["texts"] = {**plain["texts"], language: form.plain()}  # type: ignore[dict-item]
        try:
            content = parse_content(plain)
            return _edited(request, services.version_edit(version=version, content=content))
        except ContentError as error:
            form.refuse(error.problems, f"texts.{language}.")
        except VersionInUseError:
            return _published(request, version)
    context = version_context(version) | {"form": form, "language_name": language_name(language)}
    return render(request, "compliance/guides/text.html", context, status=_status(request))


@roles("admin", "officer")
def guide_language(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """To the form of the chosen language."""
    form = LanguageForm(request.GET)
    if not form.is_valid():
        return redirect("guide_version", slug=slug, number=number)
    language = form.cleaned_data["language"]
    return redirect("guide_text", slug=slug, number=number, language=language)


@roles("admin", "officer")
@require_POST
def guide_publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Publish a draft for good."""
    version = version_or_404(slug, number)
    try:
        services.version_publish(version=version, user=request.user, now=timezone.now())  # type: ignore[arg-type]
    except VersionInUseError:
        return _published(request, version)
    messages.success(
        request, "Published. Campaigns can use this version, and it never changes again."
    )
    return _to(version)


@roles("admin", "officer")
@require_POST
def guide_discard(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Throw a draft away."""
    version = version_or_404(slug, number)
    try:
        services.version_discard(version=version)
    except VersionInUseError:
        return _published(request, version)
    messages.success(request, f"The draft of “{version.guide}” is gone.")
    return redirect("guides")


def _text_initial(version: GuideVersion, language: str) -> dict[str, object]:
    text = version.parsed.texts.get(language)
    return TextForm.initial_from(text) if text else TextForm.initial_blank(language)


def _edited(request: HttpRequest, version: GuideVersion) -> HttpResponseRedirect:
    messages.success(request, "The draft is saved.")
    return _to(version)


def _published(request: HttpRequest, version: GuideVersion) -> HttpResponseRedirect:
    messages.error(
        request, f"“{version}” is published and never changes. Write a new version instead."
    )
    return _to(version)


def _to(version: GuideVersion) -> HttpResponseRedirect:
    return redirect("guide_version", slug=version.guide.slug, number=version.number)


def _status(request: HttpRequest) -> int:
    """422 when a form came back with errors, so that scripts see it too."""
    return 422 if request.method == "POST" else 200
