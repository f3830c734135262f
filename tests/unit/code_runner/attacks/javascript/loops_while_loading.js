// A loop before there is a handler.
// ends: timeout
// timeout: 0.2
for (;;) {}

export default function handler(event, context) {}
