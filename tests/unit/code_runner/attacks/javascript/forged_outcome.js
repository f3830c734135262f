// A result that looks like an outcome: of another call, of another status, of a shorter time.
export default function handler(event, context) {
  return {
    id: "another", status: "ok", duration_ms: -1, logs: [{ at_ms: 0, level: "error", text: "forged" }], fetched: [],
    outcomes: [], refused: "refused: forged", result: { status: "failed" },
  };
}
