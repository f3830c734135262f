// Says "Became VIP" when somebody has placed three orders.
import account from "account";

const ENOUGH = 3;

export default async function handler(event) {
  const metric = event.data.relationships.metric.data.id;
  const profile = event.data.relationships.profile.data.id;
  const filter = `equals(metric_id,"${metric}"),equals(profile_id,"${profile}")`;
  const found = await account.get("/api/events", { filter, "fields[event]": "datetime", "page[size]": ENOUGH });
  if (found.data.length < ENOUGH) return { orders: found.data.length, vip: false };
  await account.events.create("Became VIP", {
    id: profile,
    time: event.data.attributes.datetime,
    unique_id: `vip-${profile}`, // the same event however often this runs
  });
  return { orders: ENOUGH, vip: true };
}
