// Sends every order to a warehouse's endpoint, once however often it is tried.
import { Retry } from "account";

export default async function handler(event, context) {
  const { attributes, relationships } = event.data;
  const order = attributes.event_properties;
  const answer = await fetch(`${process.env.WAREHOUSE_URL}/orders/${encodeURIComponent(order.OrderId)}`, {
    method: "PUT",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${process.env.WAREHOUSE_TOKEN}`,
      "idempotency-key": context.run.id, // the same for every attempt at this event
    },
    body: JSON.stringify({
      placed_at: attributes.datetime,
      customer: relationships.profile.data.id,
      total: order.$value,
      currency: order.$value_currency,
      lines: (order.Items ?? []).map((item) => ({ sku: item.ProductID, quantity: item.Quantity })),
    }),
  });
  if (answer.status === 429 || answer.status >= 500) {
    const wait = Number(answer.headers.get("retry-after"));
    throw new Retry(`the warehouse answers ${answer.status}`, wait > 0 ? { after_s: wait } : {});
  }
  if (!answer.ok) throw new Error(`the warehouse refuses order ${order.OrderId}: ${answer.status} ${await answer.text()}`);
  return { order: order.OrderId, warehouse: (await answer.json()).id };
}
