"use strict";
// Calls the operations on consents, merges, push tokens and privacy deletion through the unmodified SDK and prints
// what came back, one JSON object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and
// REGULARS_KEY.
const { DataPrivacyApi, ListsApi, ProfilesApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const MANY = 42;

async function until(asked) {
  const end = Date.now() + 60000;
  for (;;) {
    const found = await asked().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`not after 60 s: ${asked}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

const person = (attributes, id) => ({ type: "profile", attributes, ...(id ? { id } : {}) });
const job = (type, people, more = {}, listId) => ({
  data: {
    type,
    attributes: { profiles: { data: people }, ...more },
    ...(listId ? { relationships: { list: { data: { type: "list", id: listId } } } } : {}),
  },
});
const marketing = (consent) => ({ email: { marketing: { consent } } });

async function consents(profiles, lists) {
  const list = (await data(lists.createList({ data: { type: "list", attributes: { name: "Node consents" } } }))).id;
  const email = "node@community.example";
  const subscribed = person({ email, subscriptions: marketing("SUBSCRIBED") });
  const create = job("profile-subscription-bulk-create-job", [subscribed], { customSource: "fair" }, list);
  await check("subscribe", () => status(profiles.bulkSubscribeProfiles(create)));
  const filter = `equals(email,"${email}")`;
  const id = (await until(async () => (await data(profiles.getProfiles({ filter })))[0])).id;
  const consent = async () => {
    const shown = await data(profiles.getProfile(id, { additionalFieldsProfile: ["subscriptions"] }));
    return shown.attributes.subscriptions.email.marketing;
  };
  await until(async () => (await data(profiles.getListsForProfile(id))).length);
  await check("subscribed", async () => {
    const found = await consent();
    return [found.consent, found.canReceiveEmailMarketing, found.customMethodDetail];
  });
  await check("lists of a profile", async () => (await data(profiles.getListsForProfile(id))).map((one) => one.attributes.name));
  const remove = job("profile-subscription-bulk-delete-job", [person({ email, subscriptions: marketing("UNSUBSCRIBED") })]);
  await check("unsubscribe", () => status(profiles.bulkUnsubscribeProfiles(remove)));
  await until(async () => (await consent()).consent === "UNSUBSCRIBED");
  await check("unsubscribed", async () => (await consent()).suppression.map((one) => one.reason));
}

async function suppressions(profiles) {
  const kinds = {
    suppress: ["profile-suppression-bulk-create-job", (b) => profiles.bulkSuppressProfiles(b), (o) => profiles.getBulkSuppressProfilesJobs(o), (id) => profiles.getBulkSuppressProfilesJob(id)],
    unsuppress: ["profile-suppression-bulk-delete-job", (b) => profiles.bulkUnsuppressProfiles(b), (o) => profiles.getBulkUnsuppressProfilesJobs(o), (id) => profiles.getBulkUnsuppressProfilesJob(id)],
  };
  for (const [name, [type, send, list, get]] of Object.entries(kinds)) {
    let last;
    for (let i = 0; i < MANY; i++) last = await data(send(job(type, [person({ email: `node${i}@community.example` })])));
    await until(async () => (await data(get(last.id))).attributes.status === "complete");
    for (const sort of ["created", "-created"]) await check(`${name} ${sort}`, () => pages(list, { sort }));
    await check(`${name} complete`, () => pages(list, { filter: "equals(status,'complete')" }));
    await check(`${name} one`, async () => (await data(get(last.id))).attributes.completedCount);
  }
}

async function ends(profiles, privacy) {
  const make = async (email) => (await data(profiles.createProfile({ data: person({ email }) }))).id;
  const [source, into] = [await make("node-source@community.example"), await make("node-into@community.example")];
  const merge = { data: { type: "profile-merge", id: into, relationships: { profiles: { data: [{ type: "profile", id: source }] } } } };
  await check("merge", async () => {
    const { response, body } = await profiles.mergeProfiles(merge);
    return [response.status, body.data.id === into];
  });
  const gone = (id) => until(async () => profiles.getProfile(id).then(() => false, (error) => error.response.status === 404));
  await check("merged", () => gone(source));
  const request = (named) => ({ data: { type: "data-privacy-deletion-job", attributes: { profile: { data: named } } } });
  await check("erase", () => status(privacy.requestProfileDeletion(request(person({ email: "node-into@community.example" })))));
  await check("erased", () => gone(into));
  await check("error 404", () => profiles.mergeProfiles(merge));
  await check("error 400", () => privacy.requestProfileDeletion(request(person({ email: "a@b.example", phoneNumber: "+15005550006" }))));
}

async function pushTokens(profiles) {
  const owner = (await data(profiles.createProfile({ data: person({ email: "node-push@community.example" }) }))).id;
  for (let i = 0; i < MANY; i++) {
    const attributes = { token: `node${i}`, platform: "ios", vendor: "apns", enablementStatus: "AUTHORIZED", background: "AVAILABLE", deviceMetadata: { appName: "Shop" }, profile: { data: person({}, owner) } };
    await profiles.createPushToken({ data: { type: "push-token", attributes } });
  }
  await check("push tokens", () => pages((o) => profiles.getPushTokens(o), { filter: `equals(profile.id,"${owner}")` }));
  const tokens = await data(profiles.getPushTokensForProfile(owner));
  await check("push token", async () => {
    const { body } = await profiles.getPushToken(tokens[0].id, { include: ["profile"] });
    return [body.data.attributes.metadata.appName, body.included.map((one) => one.id === owner)];
  });
  await check("its profile", async () => (await data(profiles.getProfileForPushToken(tokens[0].id))).id === owner);
  await check("delete push token", () => status(profiles.deletePushToken(tokens[0].id)));
  await check("push tokens left", async () => (await data(profiles.getPushTokensForProfile(owner))).length);
}

async function main() {
  const [profiles, lists, privacy] = [made(ProfilesApi), made(ListsApi), made(DataPrivacyApi)];
  await consents(profiles, lists);
  await suppressions(profiles);
  await pushTokens(profiles);
  await ends(profiles, privacy);
  console.log(JSON.stringify(results));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
