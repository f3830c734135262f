// Prototypes polluted by way of data: merged objects, keys of paths, parsed text.
// ends: ok, failed, crashed
import _ from "lodash";

export default async function handler(event, context) {
  const mark = "left-" + "behind";
  _.merge({}, JSON.parse('{"__proto__": {"mark": "' + mark + '"}, "constructor": {"prototype": {"mark": "' + mark + '"}}}'));
  tried(() => _.set({}, "__proto__.mark", mark));
  tried(() => _.set({}, ["constructor", "prototype", "mark"], mark));
  ({}).__proto__.mark = mark;
  Object.setPrototypeOf(Object.getPrototypeOf(async () => {}), { mark });
  return {};
}
