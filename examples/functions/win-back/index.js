// Marks the profile of whoever orders again after half a year.
import account from "account";
import dayjs from "dayjs";

export default async function handler(event, context) {
  const days = Number(process.env.DAYS ?? 180);
  const { metric, profile } = event.data.relationships;
  const filter = [
    `equals(metric_id,"${metric.data.id}")`,
    `equals(profile_id,"${profile.data.id}")`,
    `less-than(datetime,${event.data.attributes.datetime})`,
  ].join(",");
  const [before] = (await account.get("/api/events", { filter, sort: "-datetime", "page[size]": 1 })).data;
  if (!before) return { won_back: false, days_away: null };

  const away = dayjs(event.data.attributes.datetime).diff(dayjs(before.attributes.datetime), "day");
  if (away < days) return { won_back: false, days_away: away };
  console.log(`${profile.data.id} comes back after ${away} days`);
  await account.profiles.update(profile.data.id, {
    properties: { won_back_at: event.data.attributes.datetime, days_away: away },
  });
  return { won_back: true, days_away: away };
}
