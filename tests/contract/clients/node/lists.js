"use strict";
// Calls every operation on lists and tags through the unmodified SDK and prints what came back, one JSON object:
// name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { ListsApi, ProfilesApi, TagsApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const MADE = 24;

const ids = (found) => found.map((one) => one.id);
const identifiers = (type, list) => ({ data: list.map((id) => ({ type, id })) });
const resource = (type, attributes, id) => ({ data: { type, attributes, ...(id ? { id } : {}) } });

async function checkLists(lists, people) {
  const created = [];
  for (let n = 0; n < MADE; n++) {
    const name = `Node list ${String((n * 7) % MADE).padStart(2, "0")}`;
    created.push((await data(lists.createList(resource("list", { name })))).id);
  }
  for (const field of ["created", "id", "name", "updated"]) {
    for (const sort of [field, `-${field}`]) await check(`lists ${sort}`, () => pages((o) => lists.getLists(o), { sort }));
  }
  const filters = {
    id: `equals(id,"${created[0]}")`, ids: `any(id,["${created[0]}","${created[1]}"])`,
    name: 'equals(name,"Node list 03")', names: 'any(name,["Node list 03","Node list 04"])',
    created: "greater-than(created,2100-01-01T00:00:00Z)", updated: "greater-than(updated,2100-01-01T00:00:00Z)",
  };
  for (const [name, filter] of Object.entries(filters)) {
    await check(`filter ${name}`, async () => (await pages((o) => lists.getLists(o), { filter })).sizes);
  }
  const id = created[0];
  await check("add", () => status(lists.addProfilesToList(id, identifiers("profile", people.map((one) => one.id)))));
  for (const sort of ["joined_group_at", "-joined_group_at"]) {
    await check(`members ${sort}`, () => pages((o) => lists.getProfilesForList(id, o), { sort }));
    await check(`member ids ${sort}`, () => pages((o) => lists.getProfileIdsForList(id, o), { sort }));
  }
  await check("member", async () => {
    const filter = `equals(email,"${people[0].attributes.email}")`;
    const [found] = await data(lists.getProfilesForList(id, { filter, additionalFieldsProfile: ["subscriptions"] }));
    return [found.id === people[0].id, found.attributes.joinedGroupAt instanceof Date];
  });
  await check("remove", () => status(lists.removeProfilesFromList(id, identifiers("profile", [people[0].id]))));
  await check("count", async () => (await data(lists.getList(id, { additionalFieldsList: ["profile_count"] }))).attributes.profileCount);
  await check("change", async () => {
    const changed = await data(lists.updateList(id, resource("list", { name: "Changed" }, id)));
    return [changed.attributes.name, changed.attributes.optInProcess];
  });
  await check("relations", async () => [
    ...(await data(lists.getFlowsTriggeredByList(id))), ...(await data(lists.getIdsForFlowsTriggeredByList(id))),
  ]);
  await check("delete", () => status(lists.deleteList(created[1])));
  await check("error 404", () => lists.getList(created[1]));
  await check("error 400", () => lists.getLists({ filter: 'contains(name,"x")' }));
  return created;
}

async function checkTags(tags, lists, created) {
  await check("tag group", async () => (await data(tags.createTagGroup(resource("tag-group", { name: "Node", exclusive: true })))).attributes);
  const [group] = await data(tags.getTagGroups({ filter: 'equals(name,"Node")' }));
  const body = resource("tag", { name: "node" });
  body.data.relationships = { tagGroup: { data: { type: "tag-group", id: group.id } } };
  const tag = await data(tags.createTag(body));
  await check("tag", async () => {
    const { body: found } = await tags.getTag(tag.id, { include: ["tag-group"] });
    return [found.data.attributes.name, found.included[0].id === group.id, (await data(tags.getTagGroupForTag(tag.id))).id === group.id,
      (await data(tags.getTagGroupIdForTag(tag.id))).id === group.id];
  });
  await check("tags", async () => [
    ids(await data(tags.getTags({ filter: 'starts-with(name,"node")', sort: "-name" }))).length,
    ids(await data(tags.getTagsForTagGroup(group.id))).length, ids(await data(tags.getTagIdsForTagGroup(group.id))).length,
  ]);
  await check("tag lists", () => status(tags.tagLists(tag.id, identifiers("list", [created[2], created[3]]))));
  await check("tagged", async () => [
    ids(await data(tags.getListIdsForTag(tag.id))).length, ids(await data(lists.getTagsForList(created[2])))[0] === tag.id,
    ids(await data(lists.getTagIdsForList(created[2])))[0] === tag.id,
    (await lists.getList(created[2], { include: ["tags"] })).body.included.length,
  ]);
  await check("untag lists", () => status(tags.removeTagFromLists(tag.id, identifiers("list", [created[2]]))));
  await check("others", async () => [
    ...(await data(tags.getSegmentIdsForTag(tag.id))), ...(await data(tags.getCampaignIdsForTag(tag.id))), ...(await data(tags.getFlowIdsForTag(tag.id))),
  ]);
  await check("rename tag", () => status(tags.updateTag(tag.id, resource("tag", { name: "renamed" }, tag.id))));
  await check("rename group", () => status(tags.updateTagGroup(group.id, resource("tag-group", { name: "Renamed" }, group.id))));
  await check("renamed", async () => [(await data(tags.getTag(tag.id))).attributes.name, (await data(tags.getTagGroup(group.id))).attributes.name]);
  await check("error 409", () => tags.createTagGroup(resource("tag-group", { name: "renamed" })));
  await check("delete tag", () => status(tags.deleteTag(tag.id)));
  await check("delete group", () => status(tags.deleteTagGroup(group.id)));
}

async function main() {
  const lists = made(ListsApi), tags = made(TagsApi);
  const people = await data(made(ProfilesApi).getProfiles({ sort: "created", pageSize: 45 }));
  await checkTags(tags, lists, await checkLists(lists, people));
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
