"use strict";
// Calls operations on the catalog through the unmodified SDK and prints what came back, one JSON object:
// name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { CatalogsApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const MADE = 30;
const api = made(CatalogsApi);
const cid = (id) => `$custom:::$default:::node-${id}`;
const ends = (type, ids) => ({ data: ids.map((id) => ({ type: `catalog-${type}`, id: cid(id) })) });
const number = (n) => String(n).padStart(2, "0");

const item = (id) => ({
  type: "catalog-item",
  attributes: { externalId: `node-${id}`, title: `Node tea ${id}`, description: "", url: "https://shop.example", customMetadata: { "Top Pick": true } },
});
const variant = (id, of) => ({
  type: "catalog-variant",
  attributes: {
    externalId: `node-${id}`, title: `Node box ${id}`, description: "", url: "https://shop.example",
    sku: "NODE", price: 4.5, inventoryQuantity: 2, inventoryPolicy: 1,
  },
  relationships: { item: { data: { type: "catalog-item", id: cid(of) } } },
});

async function finished(read, id, options) {
  for (let tries = 0; tries < 600; tries++) {
    const { body } = await read(id, options);
    if (body.data.attributes.status === "complete") return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`job ${id} does not end`);
}

async function jobs() {
  await check("bulk items", async () => {
    const rows = Array.from({ length: MADE }, (_, n) => item(`i${number(n)}`));
    const job = await data(api.bulkCreateCatalogItems({
      data: { type: "catalog-item-bulk-create-job", attributes: { items: { data: [...rows, rows[0]] } } },
    }));
    const { data: found, included } = await finished((id, o) => api.getBulkCreateCatalogItemsJob(id, o), job.id, { include: ["items"] });
    const { completedCount, failedCount, errors } = found.attributes;
    return [completedCount, failedCount, errors[0].source.pointer, included.length];
  });
  await check("bulk variants", async () => {
    const rows = Array.from({ length: MADE }, (_, n) => variant(`v${number(n)}`, "i00"));
    const job = await data(api.bulkCreateCatalogVariants({
      data: { type: "catalog-variant-bulk-create-job", attributes: { variants: { data: rows } } },
    }));
    return (await finished((id, o) => api.getBulkCreateVariantsJob(id, o), job.id)).data.attributes.completedCount;
  });
  await check("bulk jobs", async () => (await pages((o) => api.getBulkCreateCatalogItemsJobs(o), { filter: 'equals(status,"complete")' })).distinct > 0);
}

async function listings() {
  for (const sort of ["created", "-created"]) {
    const filter = 'contains(title,"Node tea")';
    await check(`items ${sort}`, () => pages((o) => api.getCatalogItems(o), { filter, sort, pageSize: 12, include: ["variants"] }));
    await check(`variants ${sort}`, () => pages((o) => api.getCatalogVariants(o), { filter: 'equals(sku,"NODE")', sort, pageSize: 12 }));
    await check(`variants of an item ${sort}`, () => pages((o) => api.getVariantsForCatalogItem(cid("i00"), o), { sort, pageSize: 12 }));
    await check(`items of a category ${sort}`, () => pages((o) => api.getItemsForCatalogCategory(cid("c"), o), { sort, pageSize: 12 }));
  }
  await check("items by id", () => pages((o) => api.getCatalogItems(o), { filter: `any(ids,["${cid("i03")}","${cid("i04")}"])` }));
}

async function single() {
  await check("category", async () => {
    const attributes = { externalId: "node-c", name: "Node shelf" };
    const made_ = await data(api.createCatalogCategory({ data: { type: "catalog-category", attributes } }));
    return [made_.id === cid("c"), made_.attributes.name];
  });
  await check("link", () => status(api.addItemsToCatalogCategory(cid("c"), ends("item", Array.from({ length: MADE }, (_, n) => `i${number(n)}`)))));
  await check("item", async () => {
    const { body } = await api.getCatalogItem(cid("i00"), { include: ["variants"] });
    const { title, customMetadata, created } = body.data.attributes;
    return [title, customMetadata, created instanceof Date, body.included.length];
  });
  await check("change", async () => {
    const body = { data: { type: "catalog-variant", id: cid("v00"), attributes: { inventoryQuantity: 0 } } };
    return (await data(api.updateCatalogVariant(cid("v00"), body))).attributes.inventoryQuantity;
  });
}

async function ending() {
  await check("wait", () => status(api.createBackInStockSubscription({
    data: {
      type: "back-in-stock-subscription",
      attributes: { channels: ["EMAIL"], profile: { data: { type: "profile", attributes: { email: "node-waits@shop.example" } } } },
      relationships: { variant: { data: { type: "catalog-variant", id: cid("v00") } } },
    },
  })));
  await check("unlink", () => status(api.removeItemsFromCatalogCategory(cid("c"), ends("item", ["i00"]))));
  await check("left", async () => (await pages((o) => api.getItemIdsForCatalogCategory(cid("c"), o), {})).distinct);
  await check("delete", () => status(api.deleteCatalogItem(cid("i00"))));
  await check("variants of the deleted", async () => (await pages((o) => api.getCatalogVariants(o), { filter: 'equals(sku,"NODE")' })).distinct);
  await check("error 404", () => api.getCatalogItem(cid("i00")));
  await check("error 409", () => api.createCatalogItem({ data: item("i01") }));
  await check("error 400", () => api.getCatalogItem("tea"));
}

(async () => {
  await jobs();
  await single();
  await listings();
  await ending();
})().then(() => console.log(JSON.stringify(results)), (error) => { console.error(error); process.exit(1); });
