"""Send jobs and schedules: whoever sends says here that a campaign is, will be, or will not be sent.

Nothing is sent by this platform; a job is the state of its campaign, and has the campaign's id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from cdp.documents.campaigns import Campaign, Message, Schedule
from cdp.errors import Rejected, conflict, not_found
from cdp.jsonapi.documents import Json, Resources, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from functions.messages.campaigns.bodies import (
    schedule_change,
    send_job,
    send_job_change,
)
from functions.messages.campaigns.newer import schedule_attributes
from functions.messages.campaigns.newer_bodies import AT, MessageSchedule, campaign_schedule, message_schedule
from functions.messages.campaigns.planning import JOB_STATUS, plan, planned, withdrawn
from functions.messages.campaigns.store import Store, part_of
from functions.messages.campaigns.times import day, instant
from functions.messages.campaigns.view import CAMPAIGN, MESSAGE

JOB = "campaign-send-job"
_ACTION = f"{AT}/action"


class Sending:
    def __init__(self, store: Store) -> None:
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "POST /api/campaign-send-jobs": self.send,
            "GET /api/campaign-send-jobs/{id}": self.job,
            "PATCH /api/campaign-send-jobs/{id}": self.withdraw,
            "POST /api/campaign-schedule": self.schedule,
            "POST /api/campaign-message-schedule": self.schedule_message,
            "PATCH /api/campaign-message-schedule/{id}": self.withdraw_message,
        }

    def send(self, request: Request) -> Response:
        """Every message that is a draft gets the time of its schedule, or is sent now."""
        body = send_job.read(request)

        def sent(old: Campaign) -> Campaign:
            drafts = [one.id for one in old.messages if one.status == "draft"]
            if not drafts:
                raise conflict("The campaign has no message that waits to be sent.", field="/data/id")
            return plan(old, drafts, lambda one: planned(one, one.schedule, request.now), request.now)

        find = partial(self._store.campaign, request, body.id, "/data/id")
        return Response(202, document=single(request, _job(request, self._store.change(request, find, sent))))

    def job(self, request: Request) -> Response:
        found = self._store.campaign(request, request.path["id"]).campaign
        if found.status not in JOB_STATUS:
            raise not_found("campaign send job", found.id)
        return Response(document=single(request, _job(request, found)))

    def withdraw(self, request: Request) -> Response:
        """Cancel what is scheduled, or make drafts of it again."""
        body = send_job_change.read(request)
        action = body.attributes.action

        def changed(old: Campaign) -> Campaign:
            if old.status not in JOB_STATUS:
                raise not_found("campaign send job", old.id)
            live = [one.id for one in old.messages if one.status != "draft"]
            return plan(old, live, lambda one: withdrawn(one, action, request.now, _ACTION), request.now)

        self._store.change(request, partial(self._store.campaign, request, body.id), changed)
        return Response(204)

    def schedule(self, request: Request) -> Response:
        body = campaign_schedule.read(request)
        of = "/data/relationships/campaign"
        id_ = body.relationships.campaign.id
        at = f"{AT}/message_schedules"
        given: dict[str, Schedule] = {}
        for n, one in enumerate(body.attributes.message_schedules):
            if one.message_id in given:
                raise Rejected("This message is named twice.", field=f"{at}/{n}/message_id")
            given[one.message_id] = _schedule(one, f"{at}/{n}")
        if not given:
            raise Rejected("At least one message is scheduled.", field=at)

        def scheduled(old: Campaign) -> Campaign:
            known = {one.id for one in old.messages}
            for n, message_id in enumerate(given):
                if message_id not in known:
                    raise Rejected("The campaign has no such message.", field=f"{at}/{n}/message_id")
            change = _planner(given, request, at)
            return _passing(plan(old, given, change, request.now), body.attributes.message_schedules[0])

        find = partial(self._store.campaign, request, id_, f"{of}/data/id")
        changed = self._store.change(request, find, scheduled)
        shown = [
            {"id": one.id, **schedule_attributes(one.schedule)} for one in changed.messages if one.id in given
        ]
        make = Resources(request, "campaign-schedule", "campaign-schedule").make
        resource = make(changed.id, {"messages": shown}, {"campaign": identifier(CAMPAIGN, changed.id)})
        return Response(201, document=single(request, resource))

    def schedule_message(self, request: Request) -> Response:
        body = message_schedule.read(request)
        of = "/data/relationships/campaign-message"
        id_ = body.relationships.campaign_message.id
        change = _planner({id_: _schedule(body.attributes, AT)}, request, f"{of}/data/id")
        changed = self._store.change(
            request,
            partial(self._store.message, request, id_, f"{of}/data/id"),
            lambda old: _passing(plan(old, (id_,), change, request.now), body.attributes),
        )
        attributes = schedule_attributes(part_of(changed.messages, id_).schedule)
        make = Resources(request, "campaign-message-schedule", "campaign-message-schedule").make
        resource = make(id_, attributes, {"campaign-message": identifier(MESSAGE, id_)})
        return Response(201, document=single(request, resource))

    def withdraw_message(self, request: Request) -> Response:
        body = schedule_change.read(request)
        action = body.attributes.action

        def changed(old: Message) -> Message:
            if old.status == "draft":
                raise not_found("campaign message schedule", old.id)
            return withdrawn(old, action, request.now, _ACTION)

        self._store.change(
            request,
            partial(self._store.message, request, body.id),
            lambda old: plan(old, (body.id,), changed, request.now),
        )
        return Response(204)


def _job(request: Request, campaign: Campaign) -> Json:
    fields = request.params.fields(JOB)
    make = Resources(request, JOB, "campaign-send-jobs", fields=fields).make
    return make(campaign.id, {"status": JOB_STATUS[campaign.status]})


def _planner(
    given: Mapping[str, Schedule], request: Request, field: str
) -> Callable[[Message], Message]:
    def change(message: Message) -> Message:
        if message.status in ("sending", "sent"):
            raise conflict(f"The message {message.id} is sent already.", field=field)
        return planned(message, given[message.id], request.now)

    return change


def _schedule(given: MessageSchedule, at: str) -> Schedule:
    """The schedule, checked. A time that lies behind tells of a message that was sent then."""
    if given.strategy == "smart_send_time":
        if given.send_date is None:
            raise Rejected("The strategy smart_send_time needs a send_date.", field=f"{at}/send_date")
        return Schedule("send_time_optimization", date=day(given.send_date, f"{at}/send_date"))
    if given.send_time is None:
        raise Rejected(f"The strategy {given.strategy} needs a send_time.", field=f"{at}/send_time")
    time = instant(given.send_time, f"{at}/send_time")
    if given.strategy != "throttled":
        return Schedule(given.strategy, at=time)
    throttle = given.throttled_options
    if throttle is None or not 1 <= throttle.throttling_percentage <= 100:
        raise Rejected(
            "A throttled message needs a percentage from 1 to 100.",
            field=f"{at}/throttled_options/throttling_percentage",
        )
    return Schedule("throttled", at=time, percentage=throttle.throttling_percentage, unit=throttle.throttle_unit or "hour")


def _passing(campaign: Campaign, given: MessageSchedule) -> Campaign:
    """Recipients whose local time has passed wait for tomorrow, or do not: a setting of the campaign."""
    options = given.timezone_options
    if options is None or options.send_past_timezones_tomorrow is None:
        return campaign
    settings = msgspec.structs.replace(
        campaign.send_settings, passed_immediately=not options.send_past_timezones_tomorrow
    )
    return msgspec.structs.replace(campaign, send_settings=settings)
