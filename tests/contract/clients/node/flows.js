"use strict";
// Calls every operation on flows, their actions and messages through the unmodified SDK and prints what came back, one
// JSON object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { FlowsApi, ListsApi, MetricsApi, TagsApi, TemplatesApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const MADE = 104;
const CHAIN = 101;
const ids = (found) => found.map((one) => one.id);
const resource = (type, attributes, id) => ({ data: { type, attributes, ...(id ? { id } : {}) } });

const subject = (message) => message.subject_line || message.subjectLine; // the SDK converts names in some places only

const email = (temporaryId, next, message = {}) => ({
  type: "send-email", temporaryId, links: { next }, data: { message: { subjectLine: "Hello", ...message } },
});
const delay = (temporaryId, next) => ({ type: "time-delay", temporaryId, links: { next }, data: { value: 1, unit: "days" } });
const flow = (name, actions, triggers = []) => resource("flow", {
  name, definition: { triggers, actions, entryActionId: actions.length ? actions[0].temporaryId : null },
});

async function checkListing(flows) {
  let last;
  for (let n = 0; n < MADE; n++) {
    const name = `Node flow ${String((n * 7) % MADE).padStart(3, "0")}`;
    last = await data(flows.createFlow(flow(name, [], n % 2 ? [{ type: "metric", id: "MeTr02" }] : [])));
  }
  await check("status", async () => (await data(flows.updateFlow(last.id, resource("flow", { status: "live" }, last.id)))).attributes.status);
  for (const field of ["created", "id", "name", "status", "trigger_type", "updated"]) {
    for (const sort of [field, `-${field}`]) await check(`flows ${sort}`, () => pages((o) => flows.getFlows(o), { sort }));
  }
  const mine = (filter) => `${filter},starts-with(name,"Node flow")`;
  const filters = {
    ids: `any(id,["${last.id}","x"])`, name: `equals(name,"${last.attributes.name}")`, contains: 'contains(name,"Node flow 10")',
    starts: 'starts-with(name,"Node flow 10")', ends: mine('ends-with(name,"03")'), status: mine('equals(status,"live")'),
    archived: mine("equals(archived,true)"), trigger: mine('equals(trigger_type,"Metric")'),
    created: mine("greater-than(created,2100-01-01T00:00:00Z)"), updated: mine("less-or-equal(updated,2100-01-01T00:00:00Z)"),
    equal: mine("equals(created,2100-01-01T00:00:00Z)"),
  };
  for (const [name, filter] of Object.entries(filters)) {
    await check(`filter ${name}`, async () => (await pages((o) => flows.getFlows(o), { filter })).distinct);
  }
  await check("error 400", () => flows.getFlows({ filter: 'contains(status,"x")' }));
}

async function checkActions(flows) {
  const actions = [];
  for (let n = 0; n < CHAIN; n++) actions.push((n % 2 ? email : delay)(`a${n}`, n < CHAIN - 1 ? `a${n + 1}` : undefined));
  const { id } = await data(flows.createFlow(flow("Node chain", actions)));
  for (const field of ["action_type", "created", "id", "status", "updated"]) {
    for (const sort of [field, `-${field}`]) {
      await check(`actions ${sort}`, () => pages((o) => flows.getActionsForFlow(id, o), { sort }));
      await check(`action ids ${sort}`, () => pages((o) => flows.getActionIdsForFlow(id, o), { sort }));
    }
  }
  for (const filter of ['equals(action_type,"send-email")', 'any(action_type,["time-delay"])', 'equals(status,"draft")']) {
    await check(`actions filter ${filter}`, async () => (await pages((o) => flows.getActionsForFlow(id, o), { filter })).distinct);
  }
}

async function checkOne(flows, templates, lists, tags) {
  const template = await data(templates.createTemplate(resource("template", { name: "N", editorType: "CODE", html: "<p>Hi</p>" })));
  const list = await data(lists.createList(resource("list", { name: "Node starts" })));
  const body = flow("Node one", [delay("d", "e"), email("e", undefined, { templateId: template.id })], [{ type: "list", id: list.id }]);
  const one = await data(flows.createFlow(body, { additionalFieldsFlow: ["definition"] }));
  const { definition } = one.attributes;
  await check("made", () => [one.attributes.triggerType, definition.entryActionId === definition.actions[0].id, definition.actions[0].links.next === definition.actions[1].id]);
  const found = (await flows.getFlow(one.id, { include: ["flow-actions", "tags"], additionalFieldsFlow: ["definition"] })).body;
  await check("read", () => [found.included.length, JSON.stringify(found.data.attributes.definition) === JSON.stringify(definition)]);
  const action = definition.actions[1].id;
  const messages = await data(flows.getFlowActionMessages(action, { sort: "-name" }));
  const message = messages[0].id;
  await check("action", async () => [
    (await flows.getFlowAction(action, { include: ["flow", "flow-messages"] })).body.included.length,
    (await data(flows.getFlowForFlowAction(action))).attributes.name, (await data(flows.getFlowIdForFlowAction(action))).id === one.id,
    ids(await data(flows.getMessageIdsForFlowAction(action)))[0] === message,
  ]);
  await check("message", async () => {
    const shown = (await flows.getFlowMessage(message, { include: ["flow-action", "template"] })).body;
    return [shown.data.attributes.channel, subject(shown.data.attributes.definition), shown.included.length,
      (await data(flows.getActionForFlowMessage(message))).id === action, (await data(flows.getActionIdForFlowMessage(message))).id === action,
      (await data(flows.getTemplateForFlowMessage(message))).attributes.name, (await data(flows.getTemplateIdForFlowMessage(message))).id === template.id];
  });
  await check("change action", async () => {
    const changed = { type: "send-email", id: action, data: { message: { subjectLine: "New" }, status: "manual" } };
    const { attributes } = await data(flows.updateFlowAction(action, resource("flow-action", { definition: changed }, action)));
    return [subject(attributes.definition.data.message), attributes.definition.data.status, attributes.definition.data.message.id === message];
  });
  await check("triggers", async () => [
    ids(await data(lists.getFlowsTriggeredByList(list.id)))[0] === one.id, ids(await data(lists.getIdsForFlowsTriggeredByList(list.id)))[0] === one.id,
    (await lists.getList(list.id, { include: ["flow-triggers"] })).body.included.length,
  ]);
  const tag = await data(tags.createTag(resource("tag", { name: "node flow" })));
  const flowIds = { data: [{ type: "flow", id: one.id }] };
  await check("tagged", async () => [
    await status(tags.tagFlows(tag.id, flowIds)), ids(await data(tags.getFlowIdsForTag(tag.id)))[0] === one.id,
    ids(await data(flows.getTagsForFlow(one.id)))[0] === tag.id, ids(await data(flows.getTagIdsForFlow(one.id)))[0] === tag.id,
    await status(tags.removeTagFromFlows(tag.id, flowIds)), await status(tags.deleteTag(tag.id)),
  ]);
  await check("delete action", () => status(flows.deleteFlowAction(definition.actions[0].id)));
  await check("delete", () => status(flows.deleteFlow(one.id)));
  await check("error 404", () => flows.getFlow(one.id));
}

async function checkMetric(flows, metrics) {
  const metric = (await data(metrics.getMetrics())).find((found) => found.attributes.name.startsWith("Custom"));
  const one = await data(flows.createFlow(flow("Node metric", [], [{ type: "metric", id: metric.id }])));
  await check("metric", async () => [
    ids(await data(metrics.getFlowsTriggeredByMetric(metric.id))).includes(one.id),
    ids(await data(metrics.getIdsForFlowsTriggeredByMetric(metric.id))).includes(one.id),
    (await metrics.getMetric(metric.id, { include: ["flow-triggers"] })).body.included.some((found) => found.id === one.id),
  ]);
}

async function main() {
  const flows = made(FlowsApi);
  await checkListing(flows);
  await checkActions(flows);
  await checkOne(flows, made(TemplatesApi), made(ListsApi), made(TagsApi));
  await checkMetric(flows, made(MetricsApi));
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
