"use strict";
// Calls every operation on forms and their versions through the unmodified SDK and prints what came back, one JSON
// object: name of the call -> result, or {"failed": …}. Run with REGULARS_URL and REGULARS_KEY.
const { FormsApi } = require("klaviyo-api");
const { check, data, made, pages, results, status } = require("./session");

const MADE = 45;
const VERSIONS = 10;

const version = (name, type = "popup") => ({
  name, type,
  steps: [{ columns: [{ rows: [{ blocks: [
    { type: "email", properties: { label: "E-mail", propertyName: "$email" } },
    { type: "button", properties: { label: "Join" }, action: { type: "next_step", submit: true, properties: { listId: "LiSt01" } } },
  ] }] }] }],
  triggers: [{ type: "delay", properties: { seconds: 5 } }],
});
const form = (name, versions, abTest = false) => ({ data: { type: "form", attributes: { name, status: "draft", abTest, definition: { versions } } } });

async function main() {
  const forms = made(FormsApi);
  let last;
  for (let n = 0; n < MADE; n++) last = await data(forms.createForm(form(`Node form ${String(n).padStart(2, "0")}`, [version("A")], n % 3 === 0)));
  for (const sort of ["created_at", "-created_at", "updated_at", "-updated_at"]) {
    await check(`forms ${sort}`, () => pages((o) => forms.getForms(o), { sort }));
  }
  const mine = (filter) => `${filter},contains(name,"Node form")`;
  const filters = {
    id: `equals(id,"${last.id}")`, ids: `any(id,["${last.id}","x"])`, name: 'equals(name,"Node form 03")',
    names: 'any(name,["Node form 03","Node form 04"])', contains: 'contains(name,"Node form 1")', test: mine("equals(ab_test,true)"),
    draft: mine('equals(status,"draft")'), live: mine('equals(status,"live")'),
    created: mine("greater-than(created_at,2100-01-01T00:00:00Z)"), before: mine("less-than(created_at,2100-01-01T00:00:00Z)"),
    updated: mine("greater-or-equal(updated_at,2020-01-01T00:00:00Z)"), never: mine("less-or-equal(updated_at,2020-01-01T00:00:00Z)"),
  };
  for (const [name, filter] of Object.entries(filters)) {
    await check(`filter ${name}`, async () => (await pages((o) => forms.getForms(o), { filter, pageSize: 100 })).distinct);
  }
  const types = ["banner", "embed", "flyout", "full_screen", "popup"];
  const many = [];
  for (let n = 0; n < VERSIONS; n++) many.push(version(`V${n}`, types[n % types.length]));
  const test = await data(forms.createForm(form("Node versions", many, true)));
  await check("read", async () => {
    const { attributes } = await data(forms.getForm(test.id));
    const [first] = attributes.definition.versions;
    return [attributes.name, attributes.abTest, first.name, first.steps[0].columns[0].rows[0].blocks.length, typeof first.id];
  });
  for (const sort of ["created_at", "-created_at", "updated_at", "-updated_at"]) {
    await check(`versions ${sort}`, () => pages((o) => forms.getVersionsForForm(test.id, o), { sort, pageSize: 4 }));
    await check(`version ids ${sort}`, () => pages((o) => forms.getVersionIdsForForm(test.id, o), { sort, pageSize: 4 }));
  }
  for (const filter of ['equals(form_type,"full_page")', 'any(form_type,["popup","embed"])', 'equals(status,"live")', "greater-than(updated_at,2020-01-01)"]) {
    await check(`versions filter ${filter}`, async () => (await data(forms.getVersionsForForm(test.id, { filter }))).length);
  }
  const [one] = await data(forms.getVersionsForForm(test.id));
  await check("version", async () => {
    const { body } = await forms.getFormVersion(one.id, { include: ["form"] });
    return [body.data.attributes.formType, body.data.attributes.variationName, body.included[0].id === test.id,
      (await data(forms.getFormForFormVersion(one.id))).attributes.name, (await data(forms.getFormIdForFormVersion(one.id))).id === test.id];
  });
  await check("delete", () => status(forms.deleteForm(test.id)));
  await check("error 404", () => forms.getFormVersion(one.id));
  await check("error 400", () => forms.getForms({ filter: 'contains(status,"x")' }));
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
