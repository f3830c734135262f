// Says "Became VIP" when somebody places their third order.
import account from "account";

const THIRD = 3;

export default async function handler(event) {
  const metric = event.data.relationships.metric.data.id;
  const profile = event.data.relationships.profile.data.id;
  const filter = `equals(metric_id,"${metric}"),equals(profile_id,"${profile}")`;
  const found = await account.get("/api/events", { filter, "fields[event]": "datetime", "page[size]": THIRD + 1 });
  if (found.data.length !== THIRD) return { orders: found.data.length, vip: false };
  await account.events.create("Became VIP", {
    id: profile,
    properties: { orders: THIRD },
    unique_id: `vip-${profile}`, // the same event however often this runs
  });
  return { orders: THIRD, vip: true };
}
