"""Pages about one mail of a campaign: how it looks, a test of it, and its own words."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.signin.access import roles, signed_in
from compliance.campaigns.models import Campaign, CampaignState
from compliance.launch.services import step_reword
from compliance.launch.step_forms import WordsForm, words_forms, words_written
from compliance.launch.step_mails import StepMail, mail_languages, preview, step_mail
from compliance.reminders.services import test_mail_send
from ledger.commands import Refusal

# A mail is a page of its own: no script, no form, nothing fetched, and its links lead nowhere.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
)


@roles("admin", "officer", "auditor")
@require_safe
def campaign_mail(request: HttpRequest, pk: int, code: int) -> HttpResponse:
    """One mail as people get it, in each language."""
    campaign, mail = _mail(pk, code)
    user, now = signed_in(request), timezone.now()
    context = {
        "section": "campaigns",
        "campaign": campaign,
        "mail": mail,
        "decides": user.has_role("admin", "officer"),
    }
    try:
        context["previews"] = [
            preview(campaign, code=code, language=language, to=user.email, now=now)
            for language in mail_languages(campaign)
        ]
    except Refusal as refusal:
        context["fault"] = str(refusal)
    return render(request, "compliance/launch/mail.html", context)


@roles("admin", "officer", "auditor")
@require_safe
@xframe_options_sameorigin
def campaign_mail_html(request: HttpRequest, pk: int, code: int, language: str) -> HttpResponse:
    """The mail's HTML part by itself, for the sandboxed frame."""
    campaign, _mail_of_step = _mail(pk, code)
    _known(campaign, language)
    to = signed_in(request).email
    try:
        shown = preview(campaign, code=code, language=language, to=to, now=timezone.now())
    except Refusal as refusal:
        raise Http404(str(refusal)) from refusal
    return HttpResponse(shown.html, headers={"Content-Security-Policy": MAIL_POLICY})


@roles("admin", "officer")
@require_POST
def campaign_mail_test(request: HttpRequest, pk: int, code: int) -> HttpResponseRedirect:
    """Send this mail to whoever is signed in, through the real mail server."""
    campaign, _mail_of_step = _mail(pk, code)
    language = request.POST.get("language", "")
    _known(campaign, language)
    to = signed_in(request).email
    try:
        answer = test_mail_send(
            campaign=campaign, to=to, step=code, language=language, now=timezone.now()
        )
    except Refusal as refusal:
        _say(request, refusal)
    else:
        messages.success(request, f"The mail server took the test mail to you: {answer}")
    return redirect("campaign_mail", pk=pk, code=code)


@roles("admin", "officer")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_wording(request: HttpRequest, pk: int, code: int) -> HttpResponse:
    """A step's own words; saving them leads to how the mail looks."""
    campaign, mail = _mail(pk, code)
    if mail.step is None or campaign.state == CampaignState.CLOSED:
        messages.error(request, "These words stand as they are.")
        return redirect("campaign_mail", pk=pk, code=code)
    forms = words_forms(request.POST or None, mail_languages(campaign), mail.step.wording)
    valid = [form.is_valid() for form in forms]
    if request.POST and all(valid) and _reworded(request, campaign, mail, forms):
        return redirect("campaign_mail", pk=pk, code=code)
    context = {"section": "campaigns", "campaign": campaign, "mail": mail, "forms": forms}
    return render(request, "compliance/launch/wording.html", context)


def _reworded(
    request: HttpRequest, campaign: Campaign, mail: StepMail, forms: list[WordsForm]
) -> bool:
    assert mail.step is not None
    try:
        step_reword(
            campaign=campaign,
            step=mail.step,
            wording=words_written(forms, mail.step.wording),
            user=signed_in(request),
            now=timezone.now(),
        )
    except Refusal as refusal:
        _say(request, refusal)
        return False
    messages.success(request, "Saved. This is how the mail looks from now on.")
    return True


def _mail(pk: int, code: int) -> tuple[Campaign, StepMail]:
    rows = Campaign.objects.select_related("guide_version__guide")
    campaign = get_object_or_404(rows, pk=pk)
    mail = step_mail(campaign, code)
    if mail is None:
        raise Http404("The policy has no such step.")
    return campaign, mail


def _known(campaign: Campaign, language: str) -> None:
    if language not in mail_languages(campaign):
        raise Http404("Nobody in this campaign is written to in that language.")


def _say(request: HttpRequest, refusal: Refusal) -> None:
    for reason in refusal.reasons:
        messages.error(request, reason)
