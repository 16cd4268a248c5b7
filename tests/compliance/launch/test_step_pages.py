"""The pages of reminders: what the policy means, changing it, own words, previews and tests."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import Policy, Wording
from compliance.campaigns.services import campaign_close, campaign_launch
from compliance.guides.models import GuideVersion
from tests.compliance.launch.conftest import Inbox
from tests.factories import NOON, CampaignFactory

pytestmark = pytest.mark.django_db
READ = ["campaign_reminders", "campaign_mail", "campaign_mail_html"]
DECIDE = ["campaign_policy", "campaign_wording"]


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def draft(linkedin: GuideVersion, bob: Employee) -> Campaign:
    return CampaignFactory.create(policy=Policy.from_text("3, due, every 5").to_json())


@pytest.fixture
def running(draft: Campaign, alice: User) -> Campaign:
    return campaign_launch(campaign=draft, user=alice, now=NOON)


def address(name: str, campaign: Campaign, code: int = 3) -> str:
    if name in {"campaign_reminders", "campaign_policy"}:
        return reverse(name, args=[campaign.pk])
    more = ["en"] if name == "campaign_mail_html" else []
    return reverse(name, args=[campaign.pk, code, *more])


def words(**given: str) -> dict[str, str]:
    names = ("en-subject", "en-opening", "de-subject", "de-opening")
    return {name: given.get(name.replace("-", "_"), "") for name in names}


def test_auditors_read_and_do_not_decide(
    running: Campaign, as_alice: Client, as_aino: Client, as_mallory: Client
) -> None:
    """Fails when a view names the auditor: promise 7."""
    for name in READ:
        assert as_alice.get(address(name, running)).status_code == 200
        assert as_aino.get(address(name, running)).status_code == 200
        assert as_mallory.get(address(name, running)).status_code == 302
    for name in DECIDE:
        assert as_alice.get(address(name, running)).status_code == 200
        assert as_aino.get(address(name, running)).status_code == 403
        assert as_aino.post(address(name, running)).status_code == 403
    assert as_aino.post(address("campaign_mail_test", running)).status_code == 403
    assert as_alice.get(address("campaign_mail_test", running)).status_code == 405


def test_the_policy_is_read_out(draft: Campaign, as_aino: Client) -> None:
    text = as_aino.get(address("campaign_reminders", draft)).content.decode()
    assert "3 working days after the invitation." in text
    assert "Every 5 working days while overdue." in text
    assert "At most 6 reminders for each person." in text
    draft_page = as_aino.get(reverse("campaign", args=[draft.pk])).content.decode()
    assert "Every 5 working days while overdue." in draft_page


def test_looking_at_a_change_changes_nothing(running: Campaign, as_alice: Client) -> None:
    """Fails when the first button writes already."""
    data = {"reminders": "3, due-1, at most 2", "look": "1"}
    answer = as_alice.post(address("campaign_policy", running), data)
    text = answer.content.decode()
    assert "New: 1 working day before the due date." in text
    assert "Taken away: on the due date." in text
    assert "Limit: at most 2 reminders instead of 6." in text
    assert answer.context["outlook"].simulation.total < answer.context["mails_now"]
    running.refresh_from_db()
    assert running.reminders.text == "3, due, every 5, at most 6"
    assert running.decisions.count() == 1


def test_an_officer_changes_the_reminders(running: Campaign, as_alice: Client) -> None:
    answer = as_alice.post(address("campaign_policy", running), {"reminders": "3, due-1"})
    assert answer["Location"] == address("campaign_reminders", running)
    running.refresh_from_db()
    assert running.reminders.text == "3, due-1, at most 6"
    progress = as_alice.get(reverse("campaign", args=[running.pk])).content.decode()
    assert "Reminders changed by Alice Officer: 3, due-1, at most 6" in progress
    shown = as_alice.get(answer["Location"]).content.decode()
    assert "since 23 Nov 2026" in shown


def test_nonsense_and_no_change_are_answered_in_words(running: Campaign, as_alice: Client) -> None:
    page = address("campaign_policy", running)
    assert "“soon” is no step" in as_alice.post(page, {"reminders": "soon"}).content.decode()
    same = as_alice.post(page, {"reminders": running.reminders.text})
    assert "Nothing would change" in same.content.decode()
    assert "Change them" not in same.content.decode()


def test_a_draft_is_changed_in_its_form_and_keeps_its_words(
    draft: Campaign, as_alice: Client
) -> None:
    """Fails when the form writes the short text alone."""
    answer = as_alice.get(address("campaign_policy", draft))
    assert answer["Location"] == reverse("campaign_edit", args=[draft.pk])
    saved = as_alice.post(address("campaign_wording", draft), words(en_subject="Two minutes?"))
    assert saved["Location"] == address("campaign_mail", draft)
    as_alice.post(answer["Location"], {
        "name": "New name", "guide_version": draft.guide_version_id, "reminders": "3, 9",
        "opens_on": "2026-11-23", "due_on": "2026-12-11", "closes_on": "2026-12-31",
        "legal_basis": "legitimate_interest", "retention_months": "36",
        "assurance": "link",
        "from_address": "privacy@example.com", "late_joiners": "on",
    })  # fmt: skip
    draft.refresh_from_db()
    assert (draft.name, draft.from_address) == ("New name", "privacy@example.com")
    assert (draft.late_joiners, draft.manager_summaries) == (True, False)
    assert draft.reminders.text == "3, 9, at most 6"
    assert draft.reminders.steps[0].wording == {"en": Wording("Two minutes?")}


def test_own_words_of_a_running_campaign_are_on_record(running: Campaign, as_alice: Client) -> None:
    page = address("campaign_wording", running)
    as_alice.post(page, words(de_opening="Zwei Minuten.\r\n\r\nBitte."))
    running.refresh_from_db()
    assert running.reminders.steps[0].wording == {"de": Wording("", "Zwei Minuten.\n\nBitte.")}
    assert running.decisions.latest("seq").kind == "policy"
    assert "own, in German" in as_alice.get(address("campaign_reminders", running)).content.decode()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"en_opening": "See https://example.com"}, "The only link in these mails"),
        ({"de_subject": "x" * 151}, "at most 150"),
        ({"en_opening": "a\x07b"}, "control character"),
    ],
)
def test_words_that_cannot_stand_are_refused(
    running: Campaign, as_alice: Client, given: dict[str, str], reason: str
) -> None:
    """Fails when a page trusts what is typed."""
    answer = as_alice.post(address("campaign_wording", running), words(**given))
    assert reason in answer.content.decode()
    running.refresh_from_db()
    assert not running.reminders.steps[0].wording


def test_the_invitation_and_closed_campaigns_take_no_own_words(
    running: Campaign, alice: User, as_alice: Client
) -> None:
    assert as_alice.get(address("campaign_wording", running, 0)).status_code == 302
    campaign_close(campaign=running, user=alice, now=NOON)
    assert as_alice.get(address("campaign_wording", running)).status_code == 302
    policy = as_alice.post(address("campaign_policy", running), {"reminders": "9"})
    assert "only a running or paused" in policy.content.decode()


def test_unknown_steps_and_languages_are_not_found(running: Campaign, as_alice: Client) -> None:
    assert as_alice.get(address("campaign_mail", running, 4)).status_code == 404
    html = reverse("campaign_mail_html", args=[running.pk, 3, "fr"])
    assert as_alice.get(html).status_code == 404
    test = address("campaign_mail_test", running)
    assert as_alice.post(test, {"language": "xx"}).status_code == 404


def test_the_preview_is_the_mail_in_a_frame_that_runs_nothing(
    running: Campaign, as_alice: Client
) -> None:
    as_alice.post(
        address("campaign_wording", running), words(en_opening="Only <b>two</b> minutes.")
    )
    text = as_alice.get(address("campaign_mail", running)).content.decode()
    assert "<iframe" in text
    assert "Only &lt;b&gt;two&lt;/b&gt; minutes." in text
    frame = as_alice.get(address("campaign_mail_html", running))
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("; sandbox")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "Only &lt;b&gt;two&lt;/b&gt; minutes." in frame.content.decode()


def test_a_test_of_any_step_goes_to_whoever_asks(
    running: Campaign, inbox: Inbox, as_alice: Client
) -> None:
    """Fails when the invitation is sent whatever was asked for."""
    as_alice.post(address("campaign_wording", running), words(de_subject="Noch zwei Minuten"))
    answer = as_alice.post(address("campaign_mail_test", running), {"language": "de"})
    assert answer["Location"] == address("campaign_mail", running)
    [mail] = inbox.mails
    assert "<alice@example.com>" in mail["To"]
    assert "Noch zwei Minuten" in mail["Subject"]


def test_an_address_that_cannot_be_written_is_said(
    running: Campaign, as_alice: Client, settings: Any
) -> None:
    settings.EMAIL_FROM = "nobody"
    assert "cannot be written" in as_alice.get(address("campaign_mail", running)).content.decode()
    assert as_alice.get(address("campaign_mail_html", running)).status_code == 404
