"use strict";
// The unmodified SDK against the platform of REGULARS_URL and REGULARS_KEY, for a script that calls its operations:
// `results` maps the name of a call to what came back, or to {"failed": …}.
const { ApiKeySession, RetryWithExponentialBackoff } = require("klaviyo-api");

const once = new RetryWithExponentialBackoff({ numRetries: 1 });
const results = {};

function made(Api, key = process.env.REGULARS_KEY) {
  const api = new Api(new ApiKeySession(key, once));
  api.basePath = process.env.REGULARS_URL;
  return api;
}

const data = async (call) => (await call).body.data;
const status = async (call) => (await call).response.status;

async function check(name, work) {
  try {
    results[name] = await work();
  } catch (error) {
    const answer = error.response;
    results[name] = { failed: answer ? { status: answer.status, errors: answer.data.errors } : String(error.stack) };
  }
}

// links.next is passed on whole, as the SDK's users do.
async function pages(list, options = {}) {
  const sizes = [], ids = [];
  let pageCursor;
  do {
    const { body } = await list({ ...options, ...(pageCursor ? { pageCursor } : {}) });
    sizes.push(body.data.length);
    ids.push(...body.data.map((one) => one.id));
    pageCursor = body.links.next;
  } while (pageCursor);
  return { sizes, distinct: new Set(ids).size };
}

module.exports = { check, data, made, pages, results, status };
