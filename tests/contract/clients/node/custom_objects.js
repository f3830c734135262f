"use strict";
// Calls every served operation on custom objects through the unmodified SDK and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { CustomObjectsApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const api = made(CustomObjectsApi);
const PETS = 45, BAD = 105;

async function until(holds) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come about within a minute");
}

const source = (title) => ({ data: { type: "data-source", attributes: { title, visibility: "private", description: "from Node" } } });
// Inside a choice of several kinds the SDK sends names as they are.
const simple = (sourceId, id, path) => ({ id, type: "simple", source: { source_id: sourceId, id_path: "$.id", data_path: path } });
const type = (title, sourceId) => ({ data: { type: "object-type", attributes: { title, objectSchema: { data: {
  type: "object-schema",
  attributes: {
    status: "active", required: ["name"],
    properties: [{ id: 1, name: "name", type: "string" }, { id: 2, name: "age", type: "int" }],
    sourceMapping: { data: { type: "source-mapping", attributes: {
      propertyMappings: [simple(sourceId, 1, "$.name"), simple(sourceId, 2, "$['age']")],
      relationshipMappings: [{ relationshipId: "owner", type: "simple", source: {
        type: "profile", source_id: sourceId, id_path: "$.id", related_id_paths: [{ identifier_type: "email", path: "$.email" }],
      } }],
    } } },
  },
} } } } });
const record = (id, age) => ({ type: "data-source-record", attributes: { record: { id, name: `Pet ${id}`, age, email: `${id}@shop.example` } } });
const to = (id) => ({ dataSource: { data: { type: "data-source", id } } });
const bulk = (sourceId, rows) => ({ data: {
  type: "data-source-record-bulk-create-job", attributes: { dataSourceRecords: { data: rows } }, relationships: to(sourceId),
} });
const number = (count) => [...Array(count).keys()];

async function main() {
  const tag = `Node ${Date.now()}`;
  const made = [];
  await check("create sources", async () => {
    for (const i of number(7)) made.push((await data(api.createDataSource(source(`${tag} ${i}`)))).id);
    return made.length;
  });
  await check("sources", () => pages((o) => api.getDataSources(o), { pageSize: 3 }));
  await check("source", async () => (await data(api.getDataSource(made[0]))).attributes.description);
  await check("delete source", () => status(api.deleteDataSource(made[6])));

  let typeId;
  await check("create type", async () => {
    const one = await data(api.createObjectType(type(tag, made[0])));
    typeId = one.id;
    return one.attributes.status;
  });
  await check("type", async () => {
    const { body } = await api.getObjectType(typeId, { include: ["current-schema", "profile-object-types"] });
    return [body.data.attributes.title === tag, body.included.map((one) => one.type)];
  });
  await check("types", async () => {
    const found = await data(api.getObjectTypes({ filter: "equals(namespace,'custom-objects')", include: ["current-schema"] }));
    return found.some((one) => one.id === typeId);
  });

  await check("create records", () => status(api.bulkCreateDataSourceRecords(bulk(made[0], [
    ...number(PETS).map((i) => record(`pet${String(i).padStart(3, "0")}`, i)), ...number(BAD).map((i) => record(`bad${i}`, "old")),
  ]))));
  await check("create record", () => status(api.createDataSourceRecord({ data: {
    type: "data-source-record-create-job", attributes: { dataSourceRecord: { data: record("solo", 1) } }, relationships: to(made[0]),
  } })));
  const count = async () => (await pages((o) => api.getRecordIdsForObjectType(typeId, o), { pageSize: 100 })).distinct;
  await until(async () => (await count()) === PETS + 1);
  await check("records", () => pages((o) => api.getRecordsForObjectType(typeId, o)));
  await check("record ids", () => pages((o) => api.getRecordIdsForObjectType(typeId, o)));
  await check("record", async () => (await data(api.getObjectRecord(`${typeId}:::pet007`))).attributes.recordProperties);
  await check("logs", () => pages((o) => api.getIngestionLogsForObjectType(typeId, o)));
  await check("log ids", () => pages((o) => api.getIngestionLogIdsForObjectType(typeId, o)));
  await check("log", async () => {
    const [one] = await data(api.getIngestionLogsForObjectType(typeId, { filter: "equals(record_id,'bad7')", include: ["object-type"] }));
    return one.attributes.errors[0].code;
  });
  await check("delete records", () => status(api.bulkDeleteObjectRecords({ data: {
    type: "object-record-bulk-delete-job", relationships: { objectRecords: { data: [{ type: "object-record", id: `${typeId}:::solo` }] } },
  } })));
  await until(async () => (await count()) === PETS);
  await check("delete type", () => status(api.deleteObjectType(typeId)));

  await check("error 404", () => api.getObjectType(typeId));
  await check("error 409", () => api.createDataSource(source(`${tag} 0`)));
  await check("error 400", () => api.bulkCreateDataSourceRecords(bulk("nowhere", [record("a", 1)])));
}

main().then(() => console.log(JSON.stringify(results)), (error) => { console.error(error, results); process.exit(1); });
