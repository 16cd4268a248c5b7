"""Pages that show guides; nothing is written here."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation

from accounts.signin.access import roles
from compliance.guides.comparing import changes
from compliance.guides.devices import DESKTOP, MOBILE
from compliance.guides.forms import LanguageForm, NameForm
from compliance.guides.languages import language_name
from compliance.guides.models import Guide, GuideVersion


@roles("admin", "officer", "auditor")
def guides(request: HttpRequest) -> HttpResponse:
    """Every guide with its newest version."""
    rows = [guide_row(guide) for guide in Guide.objects.prefetch_related("versions")]
    return render(request, "compliance/guides/list.html", {"section": "guides", "rows": rows})


def guide_row(guide: Guide) -> dict[str, object]:
    """One guide for the list; its versions are prefetched."""
    versions = list(guide.versions.all())
    published = [version for version in versions if version.published]
    shown = (published or versions)[-1]
    return {
        "guide": guide,
        "version": shown,
        "draft": next((version for version in versions if not version.published), None),
        "languages": [language_name(code) for code in shown.parsed.languages],
        "stale": shown.stale_on(timezone.localdate()),
    }


@roles("admin", "officer", "auditor")
def guide(request: HttpRequest, slug: str, number: int | None = None) -> HttpResponse:
    """One version (the newest published one unless named): preview, facts, sources, regions."""
    version = version_or_404(slug, number)
    context = version_context(version) | preview_context(request, version)
    context |= {
        "copy_form": NameForm(),
        "language_form": LanguageForm(taken=version.parsed.languages),
    }
    return render(request, "compliance/guides/guide.html", context)


@roles("admin", "officer", "auditor")
def guide_preview(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The page as an employee sees it, in full size and wholly in the chosen language."""
    version = version_or_404(slug, number)
    context = preview_context(request, version) | {"version": version}
    with translation.override(str(context["text_language"])):
        return render(request, "compliance/guides/preview.html", context)


@roles("admin", "officer", "auditor")
def guide_compare(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What a version says differently from the one before it."""
    version = version_or_404(slug, number)
    before = get_object_or_404(GuideVersion, guide=version.guide, number=number - 1)
    context = version_context(version) | {
        "before": before,
        "changes": changes(before.parsed, version.parsed),
    }
    return render(request, "compliance/guides/compare.html", context)


def version_or_404(slug: str, number: int | None) -> GuideVersion:
    """The version `number` of the guide, or without a number its newest published one or draft."""
    guide = get_object_or_404(Guide, slug=slug)
    if number is not None:
        return get_object_or_404(GuideVersion, guide=guide, number=number)
    version = guide.latest() or guide.draft()
    if version is None:
        raise Http404
    return version


def version_context(version: GuideVersion) -> dict[str, object]:
    """What every page about one version needs."""
    return {
        "section": "guides",
        "guide": version.guide,
        "version": version,
        "content": version.parsed,
        "versions": version.guide.versions.order_by("-number"),
        "previous": version.guide.versions.filter(number=version.number - 1).first(),
        "stale": version.stale_on(timezone.localdate()),
        "languages": [(code, language_name(code)) for code in version.parsed.languages],
    }


def preview_context(request: HttpRequest, version: GuideVersion) -> dict[str, object]:
    """What the employee's page shows, in the language and for the device of the query."""
    language = version.parsed.language_for(request.GET.get("language", ""))
    device = DESKTOP if request.GET.get("device") == DESKTOP else MOBILE
    return {
        "content": version.parsed,
        "text": version.parsed.text(language),
        "text_language": language,
        "device": device,
    }
