"""Profiles and Data Privacy through the official Python SDK, unmodified: consents, merges, push tokens, privacy
deletions, and what they leave behind; each listing over at least three pages, each filter and sort (SPEC §2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException

from tests.contract.clients.conftest import Platform, import_body, order, profile, until
from tests.contract.clients.python_sdk import ids, pages

MANY = 45
SUBSCRIBED = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
SUPPRESSION = "subscriptions.email.marketing.suppression"


@pytest.fixture(scope="module")
def api(community: Platform) -> KlaviyoAPI:
    return KlaviyoAPI(community.private_key, max_retries=1, test_host=community.url)


def job(kind: str, *people: dict[str, Any], list_id: str | None = None, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"type": kind, "attributes": {"profiles": {"data": list(people)}, **more}}
    if list_id is not None:
        data["relationships"] = {"list": {"data": {"type": "list", "id": list_id}}}
    return {"data": data}


def make(api: KlaviyoAPI, **attributes: Any) -> str:
    id_: str = api.Profiles.create_profile({"data": profile(**attributes)}).data.id
    return id_


def new_list(api: KlaviyoAPI, name: str) -> str:
    id_: str = api.Lists.create_list({"data": {"type": "list", "attributes": {"name": name}}}).data.id
    return id_


def consent(api: KlaviyoAPI, id_: str) -> Any:
    return api.Profiles.get_profile(id_, additional_fields_profile=["subscriptions"]).data.attributes.subscriptions


def status(call: Callable[[], object]) -> int:
    """Of a call that must fail."""
    with pytest.raises(ApiException) as caught:
        call()
    code: int = caught.value.status
    return code


def told(api: KlaviyoAPI, id_: str) -> set[str]:
    """Names of the metrics of the profile's events."""
    found = api.Events.get_events(filter=f'equals(profile_id,"{id_}")', include=["metric"])
    return {one["attributes"]["name"] for one in found.included or []}


def test_subscribe_and_unsubscribe(api: KlaviyoAPI) -> None:
    news = new_list(api, "Consents")
    everything = {**SUBSCRIBED, "sms": {"marketing": {"consent": "SUBSCRIBED"}}}
    person = profile(email="zoe@community.example", phone_number="+15005550007", subscriptions=everything)
    api.Profiles.bulk_subscribe_profiles(
        job("profile-subscription-bulk-create-job", person, list_id=news, custom_source="fair")
    )
    (zoe,) = until(
        lambda: api.Profiles.get_profiles(filter='equals(email,"zoe@community.example")').data, "subscribed"
    )
    until(lambda: api.Profiles.get_lists_for_profile(zoe.id).data, "joined")
    found = consent(api, zoe.id)
    assert (found.email.marketing.consent, found.email.marketing.custom_method_detail) == ("SUBSCRIBED", "fair")
    assert found.sms.marketing.can_receive_sms_marketing is True
    assert [one.id for one in api.Profiles.get_list_ids_for_profile(zoe.id).data] == [news]
    assert api.Profiles.get_segments_for_profile(zoe.id).data == []
    one = api.Profiles.get_profile(zoe.id, include=["lists", "segments", "push-tokens"])
    assert [included.to_dict()["id"] if hasattr(included, "to_dict") else included["id"] for included in one.included] == [news]
    joined = api.Lists.get_profiles_for_list(news).data
    assert [member.id for member in joined] == [zoe.id]
    subscribed = {"Subscribed to Email Marketing", "Subscribed to SMS Marketing", "Subscribed to List"}
    until(lambda: told(api, zoe.id) == subscribed, "events")
    no = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}
    person = profile(email="zoe@community.example", subscriptions=no)
    api.Profiles.bulk_unsubscribe_profiles(job("profile-subscription-bulk-delete-job", person))
    until(lambda: consent(api, zoe.id).email.marketing.consent == "UNSUBSCRIBED", "unsubscribed")
    assert [one.reason for one in consent(api, zoe.id).email.marketing.suppression] == ["UNSUBSCRIBE"]
    until(lambda: told(api, zoe.id) == {*subscribed, "Unsubscribed from Email Marketing"}, "events")


def test_suppression_jobs_over_three_pages(api: KlaviyoAPI) -> None:
    kinds = (
        ("create", api.Profiles.bulk_suppress_profiles, api.Profiles.get_bulk_suppress_profiles_jobs,
         api.Profiles.get_bulk_suppress_profiles_job),
        ("delete", api.Profiles.bulk_unsuppress_profiles, api.Profiles.get_bulk_unsuppress_profiles_jobs,
         api.Profiles.get_bulk_unsuppress_profiles_job),
    )  # fmt: skip
    news = new_list(api, "Suppressions")
    for verb, send, listing, get in kinds:
        kind = f"profile-suppression-bulk-{verb}-job"
        sent = [send(job(kind, profile(email=f"s{i:02d}@community.example"))).data.id for i in range(MANY)]
        of_list = send(job(kind, list_id=news)).data.id
        done = 'equals(status,"complete")'
        until(lambda listing=listing, done=done: len(ids(list(pages(listing, filter=done)))) == MANY + 1, kind)
        for sort in ("created", "-created"):
            found = list(pages(listing, sort=sort))
            assert len(found) >= 3
            assert sorted(ids(found)) == sorted([*sent, of_list])
        assert ids([listing(filter=f'equals(list_id,"{news}")')]) == [of_list]
        assert listing(filter='equals(segment_id,"abcdef")').data == []
        assert (get(sent[0]).data.attributes.completed_count, get(of_list).data.attributes.total_count) == (1, 0)
        if verb == "create":
            check_suppressed(api)
    assert api.Profiles.get_profiles(filter=f'equals({SUPPRESSION}.reason,"USER_SUPPRESSED")').data == []


def check_suppressed(api: KlaviyoAPI) -> None:
    """Listing by suppression: filters and sorts, over three pages."""
    for sort in (f"{SUPPRESSION}.timestamp", f"-{SUPPRESSION}.timestamp", "created", "-email"):
        for text in (
            f'equals({SUPPRESSION}.reason,"USER_SUPPRESSED")',
            f"greater-or-equal({SUPPRESSION}.timestamp,2020-01-01T00:00:00Z)",
        ):
            found = list(pages(api.Profiles.get_profiles, filter=text, sort=sort))
            assert len(found) >= 3
            assert len(set(ids(found))) == len(ids(found)) >= MANY
    for text in (
        f'equals({SUPPRESSION}.reason,"HARD_BOUNCE")',
        f"less-than({SUPPRESSION}.timestamp,2020-01-01T00:00:00Z)",
    ):
        assert api.Profiles.get_profiles(filter=text).data == []


def test_suppressions_by_list(api: KlaviyoAPI) -> None:
    news = new_list(api, "Left")
    anna = make(api, email="leaver@community.example")
    api.Lists.add_profiles_to_list(news, {"data": [{"type": "profile", "id": anna}]})
    no = {"email": {"marketing": {"consent": "UNSUBSCRIBED"}}}
    person = profile(email="leaver@community.example", subscriptions=no)
    api.Profiles.bulk_unsubscribe_profiles(job("profile-subscription-bulk-delete-job", person, list_id=news))
    field = "subscriptions.email.marketing.list_suppressions"
    texts = (
        f'equals({field}.list_id,"{news}")',
        f'equals({field}.list_id,"{news}"),equals({field}.reason,"UNSUBSCRIBE")',
        f'equals({field}.list_id,"{news}"),greater-than({field}.timestamp,2020-01-01)',
    )
    until(lambda: api.Profiles.get_profiles(filter=texts[0]).data, "left")
    for text in texts:
        for sort in (f"{field}.timestamp", f"-{field}.timestamp"):
            assert ids([api.Profiles.get_profiles(filter=text, sort=sort)]) == [anna]
    assert api.Lists.get_profiles_for_list(news).data == []


def test_merge(api: KlaviyoAPI, community: Platform) -> None:
    source, destination = make(api, email="source@community.example"), make(api, email="into@community.example")
    event = order(1)
    event["attributes"]["profile"] = {"data": {"type": "profile", "id": source, "attributes": {}}}
    api.Events.create_event({"data": event})
    until(lambda: api.Events.get_events(filter=f'equals(profile_id,"{source}")').data, "recorded")
    related = {"profiles": {"data": [{"type": "profile", "id": source}]}}
    merged = api.Profiles.merge_profiles({"data": {"type": "profile-merge", "id": destination, "relationships": related}})
    assert merged.data.id == destination
    until(lambda: community.call("GET", f"/api/profiles/{source}")[0] == 404, "merged")
    until(lambda: api.Events.get_events(filter=f'equals(profile_id,"{destination}")').data, "moved")
    assert status(lambda: api.Profiles.get_profile(source)) == 404
    assert ids([api.Profiles.get_profiles(filter='equals(email,"source@community.example")')]) == [destination]
    again = {"data": {"type": "profile-merge", "id": destination, "relationships": related}}
    assert status(lambda: api.Profiles.merge_profiles(again)) == 404


def test_imports_into_lists(api: KlaviyoAPI) -> None:
    news = new_list(api, "Imports")
    sent = import_body(*(profile(email=f"i{n:02d}@community.example") for n in range(MANY)))
    sent["data"]["relationships"] = {"lists": {"data": [{"type": "list", "id": news}]}}
    job_id = api.Profiles.bulk_import_profiles(sent).data.id

    def done() -> bool:
        found = api.Profiles.get_bulk_import_profiles_job(job_id).data.attributes.status
        return bool(found == "complete")

    until(done, "imported")
    assert len(ids(list(pages(api.Lists.get_profiles_for_list, news)))) == MANY
    assert [one.id for one in api.Profiles.get_list_for_bulk_import_profiles_job(job_id).data] == [news]
    assert [one.id for one in api.Profiles.get_list_ids_for_bulk_import_profiles_job(job_id).data] == [news]
    one = api.Profiles.get_bulk_import_profiles_job(job_id, include=["lists"])
    assert [included.id for included in one.included] == [news]
    (person,) = api.Profiles.get_profiles(filter='equals(email,"i07@community.example")').data
    assert consent(api, person.id).email.marketing.consent == "NEVER_SUBSCRIBED"


def test_push_tokens_over_three_pages(api: KlaviyoAPI) -> None:
    anna = make(api, email="push@community.example")
    for i in range(MANY):
        owner = {"type": "profile", "id": anna, "attributes": {}} if i % 3 else profile(external_id=f"device{i}")
        token = {
            "token": f"token{i}", "platform": "ios" if i % 2 else "android", "vendor": "apns" if i % 2 else "fcm",
            "enablement_status": "DENIED" if i % 5 == 0 else "AUTHORIZED", "background": "AVAILABLE",
            "device_metadata": {"app_name": "Shop", "os_name": "ios"}, "profile": {"data": owner},
        }  # fmt: skip
        api.Profiles.create_push_token({"data": {"type": "push-token", "attributes": token}})
    everything = list(pages(api.Profiles.get_push_tokens, include=["profile"]))
    assert [len(page.data) for page in everything] == [20, 20, 5]
    tokens = [token for page in everything for token in page.data]
    assert len({token.id for token in tokens}) == MANY
    assert {token.attributes.metadata.app_name for token in tokens} == {"Shop"}
    for text, count in (
        (f'equals(profile.id,"{anna}")', 30),
        ('equals(platform,"ios")', 22),
        ('equals(enablement_status,"DENIED")', 9),
        (f'equals(id,"{tokens[0].id}")', 1),
    ):
        found = list(pages(api.Profiles.get_push_tokens, filter=text, page_size=8))
        assert len(ids(found)) == len(set(ids(found))) == count
    assert len(api.Profiles.get_push_tokens_for_profile(anna).data) == 30
    assert len(api.Profiles.get_push_token_ids_for_profile(anna).data) == 30
    hers = next(token for token in tokens if token.relationships.profile.data.id == anna)
    one = api.Profiles.get_push_token(hers.id, include=["profile"])
    assert (one.data, [included.id for included in one.included]) == (hers, [anna])
    assert api.Profiles.get_profile_for_push_token(hers.id).data.id == anna
    assert api.Profiles.get_profile_id_for_push_token(hers.id).data.id == anna
    api.Profiles.delete_push_token(hers.id)
    assert status(lambda: api.Profiles.get_push_token(hers.id)) == 404
    assert len(api.Profiles.get_push_tokens_for_profile(anna).data) == 29


def test_privacy_deletion(api: KlaviyoAPI, community: Platform) -> None:
    kept = make(api, email="kept@community.example")
    named: list[dict[str, Any]] = []
    for i, identifier in enumerate(({"email": "gone0@community.example"}, {"phone_number": "+15005550009"}, {})):
        id_ = make(api, email=f"gone{i}@community.example", phone_number=f"+1500555000{8 + (i == 1)}" if i < 2 else None)
        named.append({"type": "profile", "id": id_, "attributes": {}} if not identifier else profile(**identifier))
        request = {"type": "data-privacy-deletion-job", "attributes": {"profile": {"data": named[-1]}}}
        api.Data_Privacy.request_profile_deletion({"data": request})
        until(lambda id_=id_: community.call("GET", f"/api/profiles/{id_}")[0] == 404, "erased")
    assert api.Profiles.get_profile(kept).data.id == kept
    both = {"type": "profile", "id": kept, "attributes": {"email": "kept@community.example"}}
    request = {"type": "data-privacy-deletion-job", "attributes": {"profile": {"data": both}}}
    assert status(lambda: api.Data_Privacy.request_profile_deletion({"data": request})) == 400
    assert api.Profiles.get_profile(kept).data.id == kept


def test_a_browser_subscribes(api: KlaviyoAPI, community: Platform) -> None:
    news = new_list(api, "Form")
    data = {
        "type": "subscription",
        "attributes": {"profile": {"data": profile(email="form@community.example", subscriptions=SUBSCRIBED)}},
        "relationships": {"list": {"data": {"type": "list", "id": news}}},
    }
    company = f"company_id={community.account_id}"
    assert community.call("POST", f"/client/subscriptions?{company}", {"data": data}) == (202, None)
    until(lambda: api.Lists.get_profiles_for_list(news).data, "joined")
    owner = {"data": profile(email="form@community.example")}
    token = {"token": "browser", "platform": "ios", "vendor": "apns", "profile": owner}
    sent = {"data": {"type": "push-token", "attributes": token}}
    assert community.call("POST", f"/client/push-tokens?{company}", sent) == (202, None)
    (person,) = api.Profiles.get_profiles(filter='equals(email,"form@community.example")').data
    assert len(api.Profiles.get_push_tokens_for_profile(person.id).data) == 1
    sent = {"data": {"type": "push-token-unregister", "attributes": token}}
    assert community.call("POST", f"/client/push-token-unregister?{company}", sent) == (202, None)
    assert api.Profiles.get_push_tokens_for_profile(person.id).data == []
