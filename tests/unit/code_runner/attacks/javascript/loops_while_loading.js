// A loop before there is a handler.
// ends: timeout
// timeout: 0.15
for (;;) {}

export default function handler(event, context) {}
