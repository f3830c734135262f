"use strict";
// Calls the reports on campaigns, flows and forms through the unmodified SDK and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { MetricsApi, ReportingApi } = require("klaviyo-api");
const { check, made, results } = require("./session");

const body = (type, attributes) => ({ data: { type, attributes } });
const shown = async (call) => {
  const { attributes } = (await call).body.data;
  return { results: attributes.results, times: (attributes.dateTimes || []).length };
};

async function main() {
  const reporting = made(ReportingApi);
  const metrics = (await made(MetricsApi).getMetrics()).body.data;
  const conversionMetricId = metrics.find((one) => one.attributes.name === "Placed Order").id;
  const timeframe = { key: "last_7_days" };
  const statistics = ["recipients", "opens_unique", "open_rate", "conversions"];
  const asked = { statistics, timeframe, conversionMetricId };

  await check("campaigns", () => shown(reporting.queryCampaignValues(body("campaign-values-report", asked))));
  await check("campaigns by variation", () => shown(reporting.queryCampaignValues(body("campaign-values-report", {
    ...asked, groupBy: ["campaign_id", "campaign_message_id", "variation"], filter: 'equals(campaign_id,"MSG1")',
  }))));
  await check("flows", () => shown(reporting.queryFlowValues(body("flow-values-report", asked))));
  const over = body("flow-series-report", { ...asked, interval: "daily" });
  await check("flows over time", () => shown(reporting.queryFlowSeries(over)));
  const seen = { statistics: ["viewed_form_uniques", "submit_rate"], timeframe };
  await check("forms", () => shown(reporting.queryFormValues(body("form-values-report", seen))));
  const daily = body("form-series-report", { ...seen, interval: "daily", groupBy: ["form_id", "form_version_id"] });
  await check("forms over time", () => shown(reporting.queryFormSeries(daily)));
  await check("error 400", () => shown(reporting.queryFlowValues(body("flow-values-report", { ...asked, filter: "equals(nothing,1)" }))));
  console.log(JSON.stringify(results));
}

main().catch((error) => { console.error(error); process.exit(1); });
