/* Group membership in the browser: klaviyo.getGroupMembership(["A", "B"]) promises the ids the visitor is in.
   <script async src="https://…/client/regulars.js?company_id=XXXXXX"></script> */
(function () {
  "use strict";
  var script = document.currentScript || document.querySelector('script[src*="/client/regulars.js"]');
  var source = new URL(script.src);
  var company = source.searchParams.get("company_id");
  var MOST = 50, YEARS_S = 2 * 365 * 24 * 3600;

  function cookie(name) {
    var found = document.cookie.split("; ").find(function (one) { return one.indexOf(name + "=") === 0; });
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function keep(name, value) {
    var secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = name + "=" + encodeURIComponent(value) + "; Max-Age=" + YEARS_S + "; Path=/; SameSite=Lax" + secure;
    return value;
  }

  function random() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (n) {
      return (n + 256).toString(16).slice(1);
    }).join("");
  }

  var clicked = new URLSearchParams(location.search).get("_kx");
  var visitor = {
    exchange_id: clicked && clicked.length < 256 ? keep("__regulars_kx", clicked) : cookie("__regulars_kx"),
    anonymous_id: cookie("__regulars_id") || keep("__regulars_id", random())
  };

  /* Answers are kept for 60 s by the browser's own cache: the same ids in any order are the same address. */
  function getGroupMembership(ids) {
    var asked = Array.isArray(ids) ? Array.from(new Set(ids.map(String))) : [];
    if (!company || !asked.length || asked.length > MOST) return Promise.resolve([]);
    var url = new URL("group-memberships", source);
    url.searchParams.set("company_id", company);
    url.searchParams.set("ids", asked.slice().sort().join(","));
    Object.keys(visitor).forEach(function (name) {
      if (visitor[name]) url.searchParams.set(name, visitor[name]);
    });
    return fetch(url, { credentials: "omit" })
      .then(function (answer) { return answer.ok ? answer.json() : { data: [] }; })
      .then(function (answer) {
        var groups = answer.data.map(function (group) { return group.id; });
        return asked.filter(function (id) { return groups.indexOf(id) >= 0; });
      })
      .catch(function () { return []; });
  }

  /* A call that waits in a queue: ["getGroupMembership", ids, callback]; any other one is left for its owner. */
  function take(call) {
    if (!call || call[0] !== "getGroupMembership") return false;
    var callback = call[call.length - 1];
    getGroupMembership(call[1]).then(function (found) {
      if (typeof callback === "function") callback(found);
    });
    return true;
  }

  function serve(queue) {
    var waiting = queue.splice(0), push = queue.push;
    queue.push = function () {
      var others = Array.prototype.filter.call(arguments, function (call) { return !take(call); });
      return others.length ? push.apply(queue, others) : queue.length;
    };
    queue.push.apply(queue, waiting);
  }

  var present = window.klaviyo || (window.klaviyo = {});
  present.getGroupMembership = getGroupMembership;
  if (Array.isArray(present)) serve(present);
  if (Array.isArray(window._klOnsite)) serve(window._klOnsite);
  window.regulars = { getGroupMembership: getGroupMembership, anonymousId: visitor.anonymous_id };
})();
