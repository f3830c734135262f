"use strict";
// Calls every served operation of four families through the unmodified SDK and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { AccountsApi, EventsApi, MetricsApi, ProfilesApi } = require("klaviyo-api");
const { check, data, made, pages, results } = require("./session");

const accounts = made(AccountsApi), events = made(EventsApi), metrics = made(MetricsApi), profiles = made(ProfilesApi);

async function main() {
  await check("accounts", () => data(accounts.getAccounts()));
  await check("account", async () => data(accounts.getAccount(results.accounts[0].id)));

  for (const sort of ["datetime", "-datetime", "timestamp", "-timestamp"]) {
    await check(`events ${sort}`, () => pages((o) => events.getEvents(o), { sort }));
  }
  await check("metrics", () => pages((o) => metrics.getMetrics(o), { include: ["flow-triggers"] }));
  await check("metrics filtered", () => pages((o) => metrics.getMetrics(o), { filter: 'equals(integration.name,"API")' }));

  const newest = await data(events.getEvents({ filter: "less-than(datetime,2025-06-01T00:00:00+00:00)", pageSize: 1 }));
  const event = newest[0], metricId = event.relationships.metric.data.id;
  await check("orders", () =>
    pages((o) => events.getEvents(o), {
      filter: `equals(metric_id,"${metricId}"),greater-or-equal(timestamp,0)`, include: ["metric", "profile", "attributions"], pageSize: 20,
    }));
  await check("event", async () => {
    const { body } = await events.getEvent(event.id, { include: ["metric", "profile"] });
    return { value: body.data.attributes.eventProperties["$value"], included: body.included.map((one) => one.type).sort() };
  });
  await check("event metric", async () => (await data(events.getMetricForEvent(event.id))).attributes.name);
  await check("event metric id", async () => (await data(events.getMetricIdForEvent(event.id))).id === metricId);
  await check("event profile", async () => (await data(events.getProfileForEvent(event.id))).id === event.relationships.profile.data.id);
  await check("event profile id", async () => (await data(events.getProfileIdForEvent(event.id))).type);

  await check("metric", async () => (await data(metrics.getMetric(metricId, { include: ["flow-triggers"] }))).attributes.integration);
  await check("metric properties", async () =>
    (await data(metrics.getPropertiesForMetric(metricId, { additionalFieldsMetricProperty: ["sample_values"] })))
      .map((one) => one.attributes.label).sort());
  await check("metric property", async () => {
    const [first] = await data(metrics.getPropertyIdsForMetric(metricId));
    const { body } = await metrics.getMetricProperty(first.id, { include: ["metric"] });
    const of = await data(metrics.getMetricForMetricProperty(first.id));
    const id = await data(metrics.getMetricIdForMetricProperty(first.id));
    return [body.data.id === first.id, body.included[0].id, of.id, id.id].every((v) => v === true || v === metricId);
  });
  await check("metric flows", async () => [
    await data(metrics.getFlowsTriggeredByMetric(metricId)), await data(metrics.getIdsForFlowsTriggeredByMetric(metricId)),
  ]);

  await check("aggregates", async () => {
    const attributes = {
      metricId, measurements: ["count"], interval: "month",
      filter: ["greater-or-equal(datetime,2025-01-01T00:00:00),less-than(datetime,2025-04-01T00:00:00)"],
    };
    const found = await data(metrics.queryMetricAggregates({ data: { type: "metric-aggregate", attributes } }));
    return found.attributes.data[0].measurements.count;
  });

  for (const sort of ["created", "-created", "email", "-email", "id", "-id", "updated", "-updated"]) {
    await check(`profiles ${sort}`, () => pages((o) => profiles.getProfiles(o), { sort, pageSize: 20 }));
  }
  await check("profile by email", () => pages((o) => profiles.getProfiles(o), { filter: 'equals(email,"person07@shop.example")' }));
  await check("profiles by time", () =>
    pages((o) => profiles.getProfiles(o), { filter: "greater-than(created,2020-01-01T00:00:00+00:00)", pageSize: 15 }));
  await check("suppressed", () =>
    pages((o) => profiles.getProfiles(o), { filter: 'equals(subscriptions.email.marketing.suppression.reason,"UNSUBSCRIBE")' }));

  const email = `node-${Date.now()}+tag@shop.example`;
  let id;
  await check("create profile", async () => {
    const made_ = await data(profiles.createProfile({ data: { type: "profile", attributes: { email, firstName: "Zoé", properties: { size: "M" } } } }));
    id = made_.id;
    return made_.attributes.firstName;
  });
  await check("update profile", async () => {
    const changed = await data(profiles.updateProfile(id, { data: { type: "profile", id, attributes: { title: "Dr" } } }));
    return [changed.attributes.title, changed.attributes.firstName];
  });
  await check("import profile", async () => {
    const again = await data(profiles.createOrUpdateProfile({ data: { type: "profile", attributes: { email, lastName: "Roy" } } }));
    return [again.id === id, again.attributes.lastName];
  });
  await check("profile", async () => {
    const found = await profiles.getProfile(id, {
      additionalFieldsProfile: ["subscriptions", "predictive_analytics"], include: ["lists", "segments", "push-tokens", "conversations"],
    });
    return found.body.data.attributes.subscriptions.email.marketing.consent;
  });
  await check("profile by address with a plus", async () => (await pages((o) => profiles.getProfiles(o), { filter: `equals(email,"${email}")` })).sizes);
  await check("profile relations", async () => {
    const calls = [
      "getListsForProfile", "getListIdsForProfile", "getSegmentsForProfile", "getSegmentIdsForProfile", "getPushTokensForProfile",
      "getPushTokenIdsForProfile", "getConversationsForProfile", "getConversationIdsForProfile",
    ];
    return (await Promise.all(calls.map((call) => data(profiles[call](id))))).flat();
  });

  await check("import jobs", () => pages((o) => profiles.getBulkImportProfilesJobs(o), { pageSize: 2, sort: "created_at" }));
  const [job] = await data(profiles.getBulkImportProfilesJobs({ sort: "created_at", filter: 'equals(status,"complete")' }));
  await check("import job", async () => (await data(profiles.getBulkImportProfilesJob(job.id, { include: ["lists"] }))).attributes.failedCount);
  await check("import profiles", () => pages((o) => profiles.getProfilesForBulkImportProfilesJob(job.id, o)));
  await check("import profile ids", () => pages((o) => profiles.getProfileIdsForBulkImportProfilesJob(job.id, o)));
  await check("import errors", () => pages((o) => profiles.getErrorsForBulkImportProfilesJob(job.id, o), { pageSize: 2 }));
  await check("import lists", async () => [
    await data(profiles.getListForBulkImportProfilesJob(job.id)), await data(profiles.getListIdsForBulkImportProfilesJob(job.id)),
  ]);
  await check("start import", async () => {
    const rows = { data: [{ type: "profile", attributes: { email: "person00@shop.example" } }] };
    return (await data(profiles.bulkImportProfiles({ data: { type: "profile-bulk-import-job", attributes: { profiles: rows } } }))).attributes.totalCount;
  });

  const repeated = {
    properties: { OrderId: "o0" }, time: new Date("2025-01-01T10:00:00Z"), uniqueId: "o0", value: 10,
    metric: { data: { type: "metric", attributes: { name: "Placed Order" } } },
  };
  const who = { data: { type: "profile", attributes: { email: "person00@shop.example" } } };
  await check("create event", async () =>
    (await events.createEvent({ data: { type: "event", attributes: { ...repeated, profile: who } } })).response.status);
  await check("create events", async () => {
    const item = { type: "event-bulk-create", attributes: { profile: who, events: { data: [{ type: "event", attributes: repeated }] } } };
    const body = { data: { type: "event-bulk-create-job", attributes: { eventsBulkCreate: { data: [item] } } } };
    return (await events.bulkCreateEvents(body)).response.status;
  });

  await check("error 401", () => made(AccountsApi, "pk_wrong").getAccounts());
  await check("error 404", () => metrics.getMetric("ZZZZZZ"));
  await check("error 400", () => profiles.getProfiles({ filter: "equals(wishes,1)" }));
  await check("error 409", () => profiles.createProfile({ data: { type: "profile", attributes: { email } } }));
}

main().then(() => console.log(JSON.stringify(results)), (error) => { console.error(error); process.exit(1); });
