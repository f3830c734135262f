"use strict";
// Calls every operation on segments through the unmodified SDK and prints what came back, one JSON object: name of
// the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { MetricsApi, ProfilesApi, SegmentsApi } = require("klaviyo-api");
const { check, data, made, pages, results } = require("./session");

const bought = (metricId, value) => ({
  conditionGroups: [{ conditions: [{
    type: "profile-metric", metricId, measurement: "count",
    measurementFilter: { type: "numeric", operator: "greater-than-or-equal", value },
    timeframeFilter: { type: "date", operator: "alltime" },
  }] }],
});

async function evaluated(segments, id) {
  for (;;) {
    const found = await data(segments.getSegment(id, { additionalFieldsSegment: ["profile_count"] }));
    if (!found.attributes.isProcessing) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function main() {
  const segments = made(SegmentsApi), metrics = made(MetricsApi), profiles = made(ProfilesApi);
  let metricId, pageCursor;
  do {
    const { body } = await metrics.getMetrics(pageCursor ? { pageCursor } : {});
    metricId = (body.data.find((one) => one.attributes.name === "Placed Order") || {}).id || metricId;
    pageCursor = body.links.next;
  } while (pageCursor && !metricId);

  const create = (name, value, rest = {}) =>
    data(segments.createSegment({ data: { type: "segment", attributes: { name, definition: bought(metricId, value), ...rest } } }));
  const first = await create("Node buyers", 1, { isStarred: true });
  const id = first.id;
  for (let n = 0; n < 21; n += 1) await create(`Node ${n}`, 99);

  await check("created", () => [first.attributes.name, first.attributes.isProcessing, first.attributes.isStarred]);
  await check("evaluated", async () => (await evaluated(segments, id)).attributes.profileCount);
  for (const sort of ["created", "-created", "id", "-id", "name", "-name", "updated", "-updated"]) {
    await check(`segments ${sort}`, () => pages((o) => segments.getSegments(o), { sort, include: ["tags", "flow-triggers"] }));
  }
  const filters = {
    id: `equals(id,"${id}")`, ids: `any(id,["${id}"])`, name: 'equals(name,"Node buyers")', names: 'any(name,["Node buyers","Node 1"])',
    starred: 'equals(is_starred,true),equals(name,"Node buyers")', active: 'equals(is_active,true),equals(name,"Node 2")',
    created: "greater-than(created,2099-01-01T00:00:00Z)", updated: "greater-than(updated,2099-01-01T00:00:00Z)",
  };
  for (const [name, filter] of Object.entries(filters)) {
    await check(`filter ${name}`, async () => (await pages((o) => segments.getSegments(o), { filter })).sizes);
  }
  for (const sort of ["joined_group_at", "-joined_group_at"]) {
    await check(`members ${sort}`, () => pages((o) => segments.getProfilesForSegment(id, o), { sort, pageSize: 20 }));
    await check(`member ids ${sort}`, () => pages((o) => segments.getProfileIdsForSegment(id, o), { sort, pageSize: 20 }));
  }
  await check("member by address", async () =>
    (await data(segments.getProfilesForSegment(id, { filter: 'equals(email,"person07@shop.example")' }))).length);
  await check("joined", async () => {
    const [one] = await data(segments.getProfilesForSegment(id, { pageSize: 1 }));
    return one.attributes.joinedGroupAt instanceof Date || typeof one.attributes.joinedGroupAt;
  });
  await check("relations", async () => (await Promise.all([
    data(segments.getTagsForSegment(id)), data(segments.getTagIdsForSegment(id)),
    data(segments.getFlowsTriggeredBySegment(id)), data(segments.getIdsForFlowsTriggeredBySegment(id)),
  ])).flat());
  await check("of a profile", async () => {
    const [one] = await data(profiles.getProfiles({ filter: 'equals(email,"person07@shop.example")' }));
    const found = await data(profiles.getSegmentsForProfile(one.id));
    const ids = await data(profiles.getSegmentIdsForProfile(one.id));
    return [found.some((s) => s.id === id), ids.some((s) => s.id === id)];
  });
  await check("updated", async () => {
    const attributes = { name: "Node buyers again", definition: bought(metricId, 2), isStarred: false };
    const changed = await data(segments.updateSegment(id, { data: { type: "segment", id, attributes } }));
    return [changed.attributes.name, changed.attributes.isProcessing, (await evaluated(segments, id)).attributes.profileCount];
  });
  await check("deleted", async () => (await segments.deleteSegment(id)).response.status);
  await check("error 404", () => segments.getSegment(id));
  await check("error 400", () => create("wrong", 1, { definition: { conditionGroups: [] } }));
}

main().then(() => console.log(JSON.stringify(results)), (error) => { console.error(error); process.exit(1); });
