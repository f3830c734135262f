"use strict";
// Calls every operation on campaigns through the unmodified SDK (revision 2026-07-15) and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { CampaignsApi, TagsApi, TemplatesApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const MADE = 7;
const EMAIL = "equals(messages.channel,'email')";

const resource = (type, attributes, id) => ({ data: { type, ...(attributes ? { attributes } : {}), ...(id ? { id } : {}) } });
const letter = { channel: "email", label: "Letter", content: { subject: "Hello", fromEmail: "shop@shop.example" } };

function campaign(name, definition = letter, more = {}) {
  const messages = { data: [{ type: "campaign-message", attributes: { definition } }] };
  return resource("campaign", { name, audiences: { included: ["LIST01"] }, campaignMessages: messages, ...more });
}

async function checkListings(api) {
  const created = [];
  for (let n = 0; n < MADE; n++) created.push(await data(api.createCampaign(campaign(`Node campaign ${(n * 3) % MADE}`))));
  for (const field of ["created_at", "id", "name", "scheduled_at", "updated_at"]) {
    for (const sort of [field, `-${field}`]) {
      await check(`campaigns ${sort}`, () => pages((o) => api.getCampaigns(EMAIL, o), { sort, pageSize: 2 }));
    }
  }
  const [first, second] = created, past = "2020-01-01T00:00:00Z", later = "2100-01-01T00:00:00Z";
  const filters = {
    ids: `any(id,["${first.id}","${second.id}"])`, name: "contains(name,'Node campaign 3')", status: "equals(status,'Lost')",
    statuses: "any(status,['Lost','Gone'])", archived: "equals(archived,true)",
    "created after": `greater-than(created_at,${later})`, "created before": `less-or-equal(created_at,${past})`,
    "scheduled after": `greater-or-equal(scheduled_at,${later})`, "scheduled before": `less-than(scheduled_at,${past})`,
    "updated after": `greater-or-equal(updated_at,${later})`, "updated before": `less-than(updated_at,${past})`,
  };
  for (const [name, filter] of Object.entries(filters)) {
    await check(`filter ${name}`, async () => (await pages((o) => api.getCampaigns(`and(${EMAIL},${filter})`, o))).distinct);
  }
  await check("filter sms", async () => {
    const { id } = await data(api.createCampaign(campaign("Text", { channel: "sms", content: { body: "Hello" } })));
    const found = await data(api.getCampaigns("equals(messages.channel,'sms')"));
    return found.some((one) => one.id === id);
  });
  await check("error 400", () => api.getCampaigns("contains(name,'x')"));
}

async function checkOne(api) {
  const strategy = { method: "throttled", datetime: new Date("2030-01-01T10:00:00Z"), throttlePercentage: 25 };
  const tracking = { addTrackingParams: true, isTrackingOpens: false };
  const one = await data(api.createCampaign(campaign("Omni", letter, { sendStrategy: strategy, trackingOptions: tracking })));
  await check("made", () => [one.attributes.name, one.attributes.status, one.attributes.sendStrategy, one.attributes.trackingOptions.addTrackingParams]);
  await check("one", async () => {
    const { body } = await api.getCampaign(one.id, { include: ["campaign-messages", "tags"] });
    return [body.data.id === one.id, body.included.map((each) => each.attributes.definition.label)];
  });
  await check("change", async () => (await data(api.updateCampaign(one.id, resource("campaign", { name: "Renamed" }, one.id)))).attributes.name);
  const [message] = await data(api.getMessagesForCampaign(one.id, { include: ["campaign"] }));
  await check("message", async () => {
    const definition = { channel: "email", content: { subject: "Again" } };
    const changed = await data(api.updateCampaignMessage(message.id, resource("campaign-message", { definition }, message.id)));
    const read = await data(api.getCampaignMessage(message.id, { include: ["campaign", "image", "template"] }));
    return [changed.attributes.definition.content.subject, read.attributes.definition.content.fromEmail, read.attributes.definition.label];
  });
  await check("relations", async () => [
    (await data(api.getMessageIdsForCampaign(one.id)))[0].id === message.id, (await data(api.getCampaignForCampaignMessage(message.id))).id === one.id,
    (await data(api.getCampaignIdForCampaignMessage(message.id))).id === one.id,
  ]);
  await check("nothing", async () => [
    await data(api.getImageForCampaignMessage(message.id)), await data(api.getImageIdForCampaignMessage(message.id)),
    await data(api.getTemplateForCampaignMessage(message.id)), await data(api.getTemplateIdForCampaignMessage(message.id)),
  ]);
  await check("error 404", () => api.updateImageForCampaignMessage(message.id, resource("image", null, "7")));
  await checkRelated(api, one, message);
  await checkSending(api, one);
  await check("clone", async () => (await data(api.createCampaignClone(resource("campaign", { newName: "Copy" }, one.id)))).attributes.name);
  await check("delete", () => status(api.deleteCampaign(one.id)));
}

async function checkRelated(api, one, message) {
  const templates = made(TemplatesApi), tags = made(TagsApi);
  const template = await data(templates.createTemplate(resource("template", { name: "Node", editorType: "CODE", html: "<p></p>" })));
  await check("assigned", async () => {
    const body = resource("campaign-message", null, message.id);
    body.data.relationships = { template: { data: { type: "template", id: template.id } } };
    const answer = await data(api.assignTemplateToCampaignMessage(body));
    return [answer.attributes.channel, (await data(api.getTemplateForCampaignMessage(message.id))).attributes.name,
      (await data(api.getTemplateIdForCampaignMessage(message.id))).id === template.id];
  });
  const tag = await data(tags.createTag(resource("tag", { name: "node campaign" })));
  const bearers = { data: [{ type: "campaign", id: one.id }] };
  await check("tag", () => status(tags.tagCampaigns(tag.id, bearers)));
  await check("tagged", async () => [
    (await data(tags.getCampaignIdsForTag(tag.id)))[0].id === one.id, (await data(api.getTagsForCampaign(one.id)))[0].attributes.name,
    (await data(api.getTagIdsForCampaign(one.id)))[0].id === tag.id,
  ]);
  await check("untag", () => status(tags.removeTagFromCampaigns(tag.id, bearers)));
  await status(tags.deleteTag(tag.id));
}

async function checkSending(api, one) {
  await check("send", async () => (await data(api.sendCampaign(resource("campaign-send-job", null, one.id)))).attributes.status);
  await check("job", async () => (await data(api.getCampaignSendJob(one.id))).attributes.status);
  await check("scheduled", async () => {
    const { attributes } = await data(api.getCampaign(one.id));
    return [attributes.status, attributes.sendTime];
  });
  await check("cancel", () => status(api.cancelCampaignSend(one.id, resource("campaign-send-job", { action: "cancel" }, one.id))));
  await check("cancelled", async () => (await data(api.getCampaign(one.id))).attributes.status);
  await check("estimation", async () => [
    (await data(api.refreshCampaignRecipientEstimation(resource("campaign-recipient-estimation-job", null, one.id)))).attributes.status,
    (await data(api.getCampaignRecipientEstimationJob(one.id))).attributes.status,
    (await data(api.getCampaignRecipientEstimation(one.id))).attributes.estimatedRecipientCount,
  ]);
}

async function main() {
  const api = made(CampaignsApi);
  await checkListings(api);
  await checkOne(api);
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
