"use strict";
// Calls every operation on templates through the unmodified SDK (revision 2026-07-15) and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { TemplatesApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const MADE = 23;

const template = (attributes, id) => ({ data: { type: "template", attributes, ...(id ? { id } : {}) } });
const code = (name) => template({ name, editorType: "CODE", html: "<p>{{ person.first_name|default:'friend' }}</p>" });

async function checkListings(api) {
  const created = [];
  for (let n = 0; n < MADE; n++) {
    created.push(await data(api.createTemplate(code(`Node template ${String((n * 5) % MADE).padStart(2, "0")}`))));
  }
  for (const field of ["created", "id", "name", "updated"]) {
    for (const sort of [field, `-${field}`]) await check(`templates ${sort}`, () => pages((o) => api.getTemplates(o), { sort }));
  }
  const [first, second] = created, past = "2020-01-01T00:00:00Z", later = "2100-01-01T00:00:00Z";
  const filters = {
    id: `equals(id,"${first.id}")`, ids: `any(id,["${first.id}","${second.id}"])`, name: 'equals(name,"Node template 03")',
    names: 'any(name,["Node template 03","Node template 04"])', part: 'contains(name,"Node template 1")',
    "created at": `equals(created,${past})`, "created after": `greater-than(created,${later})`, "created before": `less-than(created,${past})`,
    "updated at": `equals(updated,${past})`, "updated after": `greater-or-equal(updated,${later})`, "updated before": `less-or-equal(updated,${past})`,
  };
  for (const [name, filter] of Object.entries(filters)) {
    await check(`filter ${name}`, async () => (await pages((o) => api.getTemplates(o), { filter })).distinct);
  }
}

async function main() {
  const api = made(TemplatesApi);
  await checkListings(api);
  const one = await data(api.createTemplate(code("Welcome")));
  await check("one", async () => (await data(api.getTemplate(one.id))).attributes.name);
  await check("change", async () => (await data(api.updateTemplate(one.id, template({ name: "Hi", text: "Hello" }, one.id)))).attributes.text);
  await check("clone", async () => (await data(api.cloneTemplate(template({ name: "Copy" }, one.id)))).attributes.name);
  await check("render", async () => {
    const context = { person: { first_name: "Ann" } };
    return (await data(api.renderTemplate(template({ context }, one.id)))).attributes.html;
  });
  await check("error 400", () => api.createTemplate(template({ name: "x", editorType: "CODE" })));
  await check("delete", () => status(api.deleteTemplate(one.id)));
  await check("error 404", () => api.getTemplate(one.id));
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
