"use strict";
// Calls every operation on webhooks and their topics through the unmodified SDK and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { WebhooksApi } = require("klaviyo-api");
const { check, data, made, results, status } = require("./session");

const opened = "event:klaviyo.opened_email", sent = "event:klaviyo.sent_sms";
const related = (...topics) => ({ webhookTopics: { data: topics.map((id) => ({ type: "webhook-topic", id })) } });

async function main() {
  const webhooks = made(WebhooksApi);
  const create = (attributes, ...topics) => webhooks.createWebhook({ data: { type: "webhook", attributes: {
    name: "Node", endpointUrl: "https://hooks.shop.example/in/regulars", secretKey: "correct horse battery staple", ...attributes,
  }, relationships: related(...topics) } });

  const first = await data(create({ description: "For the till" }, opened, sent));
  const id = first.id;
  await check("created", () => [first.attributes.name, first.attributes.description, first.attributes.endpointUrl,
    first.attributes.enabled, first.attributes.createdAt instanceof Date,
    first.relationships.webhookTopics.data.map((one) => one.id)]);
  await check("one", async () => {
    const { body } = await webhooks.getWebhook(id, { include: ["webhook-topics"], fieldsWebhook: ["name"] });
    return [body.data.attributes, body.included.map((one) => one.id)];
  });
  await check("listed", async () => (await data(webhooks.getWebhooks({ include: ["webhook-topics"] }))).some((one) => one.id === id));
  await check("updated", async () => {
    const one = await data(webhooks.updateWebhook(id, { data: {
      type: "webhook", id, attributes: { name: "Desk", enabled: false, secretKey: "another secret, twenty" }, relationships: related(sent),
    } }));
    return [one.attributes.name, one.attributes.enabled, one.relationships.webhookTopics.data.map((topic) => topic.id)];
  });
  await check("topics", async () => (await data(webhooks.getWebhookTopics())).map((one) => one.id));
  await check("topic", async () => (await data(webhooks.getWebhookTopic(sent))).id);

  await check("error secret", () => create({ secretKey: "short" }, sent));
  await check("error address", () => create({ endpointUrl: "https://127.0.0.1/in" }, sent));
  await check("error topic", () => create({}, sent, "event:api.nothing"));
  await check("deleted", () => status(webhooks.deleteWebhook(id)));
  await check("error gone", () => webhooks.getWebhook(id));
}

main().then(() => console.log(JSON.stringify(results)), (error) => { console.error(error); process.exit(1); });
