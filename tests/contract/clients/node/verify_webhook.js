// Checks deliveries as the public guide to system webhooks tells a receiver to, with nothing but Node's own crypto.
// In: {"secret", "deliveries": [{"headers", "body" (base 64)}]} on standard input. Out: a list of true and false.
const { createHmac, timingSafeEqual } = require('node:crypto');
const { readFileSync } = require('node:fs');

const { secret, deliveries } = JSON.parse(readFileSync(0, 'utf8'));

function isGenuine({ headers, body }) {
  const raw = Buffer.from(body, 'base64');
  const expected = createHmac('sha256', secret).update(raw).update(headers['klaviyo-timestamp']).digest('hex');
  const given = headers['klaviyo-signature'];
  const { meta } = JSON.parse(raw.toString('utf8'));
  return (
    given.length === expected.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(expected)) &&
    headers['klaviyo-webhook-id'] === meta.klaviyo_webhook_id &&
    Math.abs(Date.now() - Date.parse(headers['klaviyo-timestamp'])) < 5 * 60 * 1000
  );
}

console.log(JSON.stringify(deliveries.map(isGenuine)));
