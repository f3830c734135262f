"use strict";
// Calls every operation on custom and mapped metrics through the unmodified SDK and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { MetricsApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const filters = [
  { property: "gift", filter: { type: "boolean", operator: "equals", value: true } },
  { property: "$value", filter: { type: "numeric", operator: "greater-than", value: 40 } },
];

async function main() {
  const metrics = made(MetricsApi);
  await check("metrics", () => pages((o) => metrics.getMetrics(o)));
  let placed, pageCursor;
  do {
    const { body } = await metrics.getMetrics(pageCursor ? { pageCursor } : {});
    placed = (body.data.find((one) => one.attributes.name === "Placed Order") || {}).id || placed;
    pageCursor = body.links.next;
  } while (pageCursor && !placed);

  const create = (name, metricId = placed) => data(metrics.createCustomMetric({ data: { type: "custom-metric", attributes: {
    name, definition: { aggregationMethod: "value", metricGroups: [{ metricId, metricFilters: filters }] },
  } } }));
  const map = (id, relationships) => data(metrics.updateMappedMetric(id, { data: { type: "mapped-metric", id, relationships } }));

  const first = await create("Node gifts");
  const id = first.id;
  await check("created", () => [first.attributes.name, first.attributes.definition.aggregationMethod,
    first.attributes.definition.metricGroups[0].metricFilters.map((one) => one.property), first.attributes.created instanceof Date]);
  await check("one", async () => {
    const { body } = await metrics.getCustomMetric(id, { include: ["metrics"] });
    return [body.data.attributes.name, body.included.map((one) => one.id === placed)];
  });
  await check("listed", async () => (await data(metrics.getCustomMetrics({ include: ["metrics"] }))).some((one) => one.id === id));
  await check("relations", async () => [
    (await data(metrics.getMetricsForCustomMetric(id))).map((one) => one.id === placed),
    (await data(metrics.getMetricIdsForCustomMetric(id))).map((one) => one.id === placed),
  ]);
  await check("updated", async () => (await data(metrics.updateCustomMetric(id, {
    data: { type: "custom-metric", id, attributes: { name: "Node presents" } },
  }))).attributes.name);

  await check("mappings", async () => (await data(metrics.getMappedMetrics({ include: ["metric", "custom-metric"] }))).map((one) => one.id));
  await check("mapped", async () => {
    const one = await map("added_to_cart", { customMetric: { data: { type: "custom-metric", id } } });
    const { body } = await metrics.getMappedMetric("added_to_cart", { include: ["custom-metric"] });
    return [one.id, one.attributes.updated instanceof Date, body.included.map((other) => other.id === id)];
  });
  await check("mapped custom metric", async () => [
    (await data(metrics.getCustomMetricForMappedMetric("added_to_cart"))).attributes.name,
    (await data(metrics.getCustomMetricIdForMappedMetric("added_to_cart"))).id === id,
  ]);
  await check("mapped metric", async () => {
    await map("revenue", { metric: { data: { type: "metric", id: placed } } });
    return [
      (await data(metrics.getMetricForMappedMetric("revenue"))).id === placed,
      (await data(metrics.getMetricIdForMappedMetric("revenue"))).id === placed,
    ];
  });
  await check("error mapped twice", () => map("viewed_product", { metric: { data: { type: "metric", id: placed } } }));
  await check("error name", () => create("node PRESENTS"));
  await check("error metric", () => create("wrong", "NOSUCH"));
  await check("deleted", () => status(metrics.deleteCustomMetric(id)));
  await check("error gone", () => metrics.getCustomMetric(id));
  await check("error unmapped", () => metrics.getCustomMetricForMappedMetric("added_to_cart"));
}

main().then(() => console.log(JSON.stringify(results)), (error) => { console.error(error); process.exit(1); });
