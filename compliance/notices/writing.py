"""Due notices with what they say: to whom each goes, and its letter as things stand now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts.directory.models import Employee
from compliance.campaigns.models import Campaign, CampaignState
from compliance.notices.digest import Digest, digest
from compliance.notices.letters import alert_letter, digest_letter, summary_letter
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.plan import DAILY, OFF, begins_week, officers
from compliance.notices.teams import Team, teams
from compliance.notices.writers import UnwantedError, writer_of
from compliance.reminders.calendar import hours_next, hours_now
from compliance.reminders.mails import Mail, plain_mail
from compliance.reminders.mails.letters import Letter
from compliance.reminders.models import Leave

NOBODY = "nobody to send it to: left, or away"
NOTHING = "nothing to say"
OVERTAKEN = "overtaken by a later one"


class TooEarlyError(Exception):
    """A notice whose reader is not at work: not before `next_at`."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__(str(next_at))
        self.next_at = next_at


@dataclass
class Batch:
    """Some due notices, with everything about their readers read at once."""

    notices: Sequence[Notice]
    now: datetime

    def mail(self, notice: Notice) -> Mail:
        """The mail of one of them. Raises UnwantedError, TooEarlyError, UnmailableError."""
        write = {
            NoticeKind.DIGEST: self._digest,
            NoticeKind.ALERT: self._alert,
            NoticeKind.SUMMARY: self._summary,
        }.get(NoticeKind(notice.kind), self._of_another_room)
        return write(notice)

    def _digest(self, notice: Notice) -> Mail:
        if settings.OFFICER_DIGEST == OFF:
            raise UnwantedError("digests were switched off")
        later = Notice.objects.filter(kind=notice.kind, period__gt=notice.period)
        if later.filter(addressee=notice.addressee).exists():
            raise UnwantedError(OVERTAKEN)
        needs, standings = self._stand.needs, self._stand.standings
        only_news = settings.OFFICER_DIGEST == DAILY and not begins_week(notice.period)
        if not needs and (only_news or not standings):
            raise UnwantedError(NOTHING)
        return self._to_officer(notice, self._digest_letter)

    def _alert(self, notice: Notice) -> Mail:
        campaign = notice.campaign
        pause = campaign.decisions.filter(kind="paused").last() if campaign else None
        if campaign is None or pause is None or campaign.state != CampaignState.PAUSED:
            raise UnwantedError("it is not paused any more")
        return self._to_officer(notice, alert_letter(campaign, pause))

    def _summary(self, notice: Notice) -> Mail:
        manager, campaign = self._managers.get(notice.addressee), notice.campaign
        if manager is None or campaign is None:
            raise UnwantedError(NOBODY)
        if campaign.state != CampaignState.RUNNING:
            raise UnwantedError("the campaign does not run")
        if hours_now(manager.country, manager.time_zone, self.now) is None:
            raise TooEarlyError(hours_next(manager.country, manager.time_zone, self.now)[0])
        team = self._teams[campaign].get(manager.pk)
        if team is None:
            raise UnwantedError(NOTHING)
        letter = summary_letter(campaign, team, language=manager.language)
        return self._written(notice, letter, to=manager.email, campaign=campaign)

    def _of_another_room(self, notice: Notice) -> Mail:
        addressed = writer_of(notice.kind)(notice, self.now)
        return self._written(notice, addressed.letter, to=addressed.to, campaign=addressed.campaign)

    def _to_officer(self, notice: Notice, letter: Letter) -> Mail:
        address = self._officers.get(notice.addressee)
        if address is None:
            raise UnwantedError(NOBODY)
        return self._written(notice, letter, to=address)

    def _written(
        self, notice: Notice, letter: Letter, *, to: str, campaign: Campaign | None = None
    ) -> Mail:
        company = settings.COMPANY_NAME or "Optrail"
        return plain_mail(
            sender_name=(campaign.sender_name if campaign else "Optrail") or company,
            from_address=campaign.from_address if campaign else "",
            to=to,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            key=notice.pk,
            dated_at=self.now,
        )

    @cached_property
    def _stand(self) -> Digest:
        return digest(now=self.now)

    @cached_property
    def _digest_letter(self) -> Letter:
        return digest_letter(self._stand)

    @cached_property
    def _officers(self) -> Mapping[str, str]:
        return {user.ref: user.email for user in officers()}

    @cached_property
    def _managers(self) -> Mapping[str, Employee]:
        keys = [UUID(one.addressee.partition(":")[2]) for one in self._summaries]
        away = Leave.objects.covering(self.now).filter(employee=OuterRef("pk"))
        here = Employee.objects.active().filter(~Exists(away), pk__in=keys)
        return {f"employee:{one.pk}": one for one in here}

    @cached_property
    def _teams(self) -> Mapping[Campaign, Mapping[UUID, Team]]:
        managers: dict[Campaign, list[UUID]] = defaultdict(list)
        for notice in self._summaries:
            if notice.campaign is not None and notice.addressee in self._managers:
                managers[notice.campaign].append(self._managers[notice.addressee].pk)
        return {campaign: teams(campaign, keys) for campaign, keys in managers.items()}

    @property
    def _summaries(self) -> list[Notice]:
        return [one for one in self.notices if one.kind == NoticeKind.SUMMARY]
