
// SPDX-FileCopyrightText: certops.vsphere contributors
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
(() => {
  // All that comes from hosts gets into the page as text nodes and never as HTML.
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null));
    return made;
  };
  const plural = (number, one, many = one + "s") => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  const day = (text) => (text ? text.slice(0, 10) : "unknown");
  const minute = (text) => `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;

  const DAY = 86400000;
  const PAGE = 100;
  const now = Date.parse(data.vcenters.length ? data.vcenters[0].decided_at : data.written_at);
  const results = Object.keys(data.kinds);
  const severity = Object.fromEntries(results.map((word, place) => [word, place]));
  const collator = new Intl.Collator("en", { numeric: true });

  const hosts = data.hosts.map((host, place) => {
    const vcenter = data.vcenters[host.vcenter];
    const texts = [host.esxi_host, vcenter.name, vcenter.hostname, host.cluster, host.version, host.provider_status, host.connection_state];
    texts.push(host.result, host.why, ...host.blockers.map((blocker) => blocker[0]), ...host.certificates.map((one) => one[1]));
    if (host.kept_back) texts.push("kept back");
    return { ...host, place, ends: host.expires_at ? Date.parse(host.expires_at) : NaN, text: texts.join("\n").toLowerCase() };
  });

  function left(host) {
    if (host.days_left === null) return "";
    const days = Math.floor(Math.abs(host.days_left));
    const long = days < 730 ? plural(days, "day") : `${(days / 365.25).toFixed(1)} years`;
    return host.days_left < 0 ? `${long} ago` : `in ${long}`;
  }

  const providerOf = (host) => host.provider_status || (host.provider_unavailable ? "unavailable" : "none");

  // What is above the table

  function header() {
    const modes = { audit: "Audit", check: "Check mode", run: "Run" };
    const seen = [...new Set(data.vcenters.map((vcenter) => modes[vcenter.mode]))];
    const mode = seen.map((name, place) => (place ? name.toLowerCase() : name)).join(" and ");
    const all = data.vcenters.length + data.unavailable.length;
    const vcenters = data.unavailable.length ? `${plural(all, "vCenter")}, ${data.unavailable.length} of them not read` : plural(all, "vCenter");
    const parts = [mode || "Nothing was read", plural(hosts.length, "host"), vcenters];
    byId("subject").textContent = `${parts.join(" · ")} · ${minute(data.written_at)}`;
    byId("written").textContent = `Written by certops.vsphere on ${minute(data.written_at)}. Days are counted from when each vCenter was looked at.`;
    document.title = `ESXi host certificates, ${day(data.written_at)}`;
    byId("headline").textContent = headline();
    for (const text of data.partial || []) byId("alerts").append(make("p", { class: "alert partial" }, make("strong", {}, "Part of the estate. "), text));
    for (const entry of data.unavailable) alertLine(entry.vcenter, " could not be read. ", entry.failure);
    for (const vcenter of data.vcenters) if (vcenter.failure) alertLine(vcenter.name, " stopped. ", vcenter.failure);
    byId("summary").hidden = false;
  }

  function headline() {
    const expired = hosts.filter((host) => host.ends <= now).length;
    const kinds = {};
    const done = { renewed: 0, "re-registered": 0 };
    for (const host of hosts) {
      if (host.result === "done") done[renewed(host) ? "renewed" : "re-registered"] += 1;
      else kinds[data.kinds[host.result]] = (kinds[data.kinds[host.result]] || 0) + 1;
    }
    const stopped = data.vcenters.filter((vcenter) => vcenter.failure).length;
    const parts = [];
    if (data.unavailable.length) parts.push(`${plural(data.unavailable.length, "vCenter")} could not be read`);
    if (stopped) parts.push(`the run of ${plural(stopped, "vCenter")} stopped`);
    if (!hosts.length) return `${parts.length ? `${joined(parts)}, and no` : "No"} host was looked at.`;
    for (const [what, number] of Object.entries(done)) if (number) parts.push(`${plural(number, "host")} ${number === 1 ? "was" : "were"} ${what}`);
    if (kinds.broken) parts.push(`${plural(kinds.broken, "host")} failed`);
    if (kinds.unseen) parts.push(`it is not known of ${plural(kinds.unseen, "host")} whether all is well`);
    if (kinds.due) parts.push(`${plural(kinds.due, "host")} ${kinds.due === 1 ? "has" : "have"} something to do`);
    if (kinds.held) parts.push(`${plural(kinds.held, "host")} ${kinds.held === 1 ? "is" : "are"} blocked`);
    if (expired) parts.push(`${plural(expired, "certificate")} ${expired === 1 ? "has" : "have"} expired`);
    const asleep = kinds.passed_over ? `${plural(kinds.passed_over, "host")} in standby ${kinds.passed_over === 1 ? "was" : "were"} passed over` : "";
    if (asleep) parts.push(asleep);
    if (!parts.length) return `${hosts.length === 1 ? "The host is" : `All ${plural(hosts.length, "host")} are`} as they should be.`;
    const rest = kinds.settled ? `; ${plural(kinds.settled, "host")} ${kinds.settled === 1 ? "needs" : "need"} nothing` : "";
    return `${joined(parts)}${rest}.`;
  }

  // Where vCenter had lost a host, it issues a certificate when it takes it back.
  const renewed = (host) => host.taken.some(([step]) => step.startsWith("renew") || step === "reconnect");

  const joined = (parts) => { const text = parts.join(", "); return text[0].toUpperCase() + text.slice(1); };

  function alertLine(name, said, why) {
    byId("alerts").append(make("p", { class: "alert" }, make("strong", {}, name), said, why));
  }

  // The timeline: a bar a month, on one axis for what hosts have and what SMS remembers.

  const SVG = "http://www.w3.org/2000/svg";
  function draw(parent, tag, attributes, text) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }

  const monthOf = (moment) => { const date = new Date(moment); return date.getUTCFullYear() * 12 + date.getUTCMonth(); };
  const monthName = (month) => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const MOST_MONTHS = 72;
  // As many pixels as a sheet of A4 has between its margins.
  const PAPER = 688;
  const MOST_VCENTERS = 6;
  const windowDays = data.vcenters.length ? Math.max(...data.vcenters.map((vcenter) => vcenter.renew_before_days)) : 45;

  function dates(side) {
    return hosts.map((host) => Date.parse(host.certificates[host.sides[side][0]][0] || (side === 0 ? host.expires_at : null)))
      .filter((moment) => !Number.isNaN(moment));
  }

  const kindOf = (moment) => (moment <= now ? "expired" : moment - now <= windowDays * DAY ? "soon" : "later");

  // Expired first, in one bar; then a month each; what is later than the last is in the last.
  function bins(moments, first, number) {
    const found = Array.from({ length: number + 1 }, () => ({ expired: 0, soon: 0, later: 0 }));
    for (const moment of moments) {
      const kind = kindOf(moment);
      found[kind === "expired" ? 0 : Math.min(monthOf(moment) - first + 1, number)][kind] += 1;
    }
    return found;
  }

  function timeline() {
    const lanes = [["Certificates of hosts", dates(0)], ["Certificates that SMS remembers", dates(2)]].filter((lane) => lane[1].length);
    if (!lanes.length) return;
    byId("soon-label").textContent = `ends within ${plural(windowDays, "day")}, due for renewal`;
    byId("timeline-section").hidden = false;
    byId("months").append(...lanes.map(([name, moments]) => months(name, moments)));
    let width = 0;
    const paint = (wanted) => {
      if (Math.abs(wanted - width) < 2) return;
      width = wanted;
      byId("timeline").replaceChildren(...lanes.map(([name, moments]) => chart(name, moments, lanes, Math.max(width, 280))));
    };
    const fitted = () => { if (!state.whole) paint(byId("timeline").clientWidth); };
    fitted();
    new ResizeObserver(fitted).observe(byId("timeline"));
    // Paper shows what a screen shows when somebody asks for it, and has a width of its own.
    let open = false;
    addEventListener("beforeprint", () => { open = byId("months").open; byId("months").open = true; paint(PAPER); });
    addEventListener("afterprint", () => { byId("months").open = open; fitted(); });
  }

  // The same in numbers, for who has no pointer to hold over a bar: a line a year, and what has expired in its own years.
  function months(name, moments) {
    const years = new Map();
    for (const moment of moments) {
      const month = monthOf(moment), year = Math.floor(month / 12);
      if (!years.has(year)) years.set(year, Array.from({ length: 12 }, () => ({ expired: 0, soon: 0, later: 0 })));
      years.get(year)[month % 12][kindOf(moment)] += 1;
    }
    const heading = (scope, text) => make("th", { scope }, text);
    const shown = (number, kind = null) => make("td", { class: kind }, number ? number.toLocaleString("en") : "");
    const line = ([year, counted]) => {
      const totals = counted.map((bin) => bin.expired + bin.soon + bin.later);
      const cells = counted.map((bin, place) => shown(totals[place], bin.expired ? "broken" : bin.soon ? "due" : null));
      return make("tr", {}, heading("row", String(year)), ...cells, shown(totals.reduce((a, b) => a + b), "name"));
    };
    const head = make("tr", {}, ...["Year", ...MONTHS, "All"].map((text) => heading("col", text)));
    const lines = [...years].sort(([a], [b]) => a - b).map(line);
    const table = make("table", {}, make("caption", {}, spoken(name, moments)), make("thead", {}, head), make("tbody", {}, ...lines));
    // What can be wider than the window must be reached by keyboard, to be moved.
    return make("div", { class: "frame", tabindex: "0", role: "region", "aria-label": `${name}, by year and month` }, table);
  }

  function chart(name, moments, lanes, width) {
    const first = monthOf(now);
    const latest = Math.max(now, ...lanes.map((lane) => lane[1].reduce((a, b) => Math.max(a, b), 0)));
    const number = Math.min(Math.max(monthOf(latest) - first + 1, 12), MOST_MONTHS);
    const counted = bins(moments, first, number);
    const total = (bin) => bin.expired + bin.soon + bin.later;
    const most = Math.max(1, ...lanes.flatMap((lane) => bins(lane[1], first, number).map(total)));
    const height = 128, top = 20, floor = 104, gap = 26;
    const slot = (width - gap - 2) / (number + 2), past = slot * 2;
    const x = (place) => (place === 0 ? 1 : past + gap + (place - 1) * slot);
    const svg = draw(make("div"), "svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": spoken(name, moments) });
    const until = (windowDays * DAY) / (30.44 * DAY) + (new Date(now).getUTCDate() - 1) / 30.44;
    draw(svg, "rect", { class: "window", x: x(1), y: top - 6, width: Math.min(until, number) * slot, height: floor - top + 6 });
    // Where there is room, months have their names.
    const named = slot >= 60;
    for (let month = first; month < first + number; month += 1) {
      const place = x(month - first + 1), begins = month % 12 === 0, year = String(Math.floor(month / 12));
      if (begins) draw(svg, "line", { class: "year", x1: place, x2: place, y1: top - 6, y2: floor + 5 });
      if (named) draw(svg, "text", { x: place + 4, y: height - 6 }, begins || month === first ? `${MONTHS[month % 12]} ${year}` : MONTHS[month % 12]);
      else if (begins && place < width - 34) draw(svg, "text", { x: place + 4, y: height - 6 }, year);
    }
    if (!named && first % 12 < 10 && x(13 - (first % 12)) - x(1) > 46) draw(svg, "text", { x: x(1) + 2, y: height - 6 }, String(Math.floor(first / 12)));
    draw(svg, "text", { x: 1, y: height - 6 }, "past");
    counted.forEach((bin, place) => bar(svg, bin, x(place), place ? slot : past, (floor - top) / most, floor, label(place, first, number)));
    numbers(svg, counted.map(total), x, slot, past, (floor - top) / most, floor, width);
    draw(svg, "line", { class: "axis", x1: 0, x2: past + 2, y1: floor, y2: floor });
    draw(svg, "line", { class: "axis", x1: x(1), x2: width, y1: floor, y2: floor });
    return make("div", { class: "chart" }, make("h3", {}, name), svg);
  }

  function label(place, first, number) {
    if (place === 0) return "expired";
    return monthName(first + place - 1) + (place === number && number === MOST_MONTHS ? " or later" : "");
  }

  function bar(svg, bin, x, width, scale, floor, month) {
    let y = floor;
    for (const kind of ["expired", "soon", "later"]) {
      if (!bin[kind]) continue;
      const height = Math.max(bin[kind] * scale, 2);
      y -= height;
      const made = draw(svg, "rect", { class: kind, x: x + 0.5, y, width: Math.max(width - 1.5, 1.5), height });
      draw(made, "title", {}, `${month}: ${bin[kind].toLocaleString("en")}`);
    }
  }

  // The expired ones and this month's and the next's, bars that stand alone, then the highest, with room around each so that they can be told
  // apart.
  function numbers(svg, totals, x, slot, past, scale, floor, width) {
    const most = Math.max(...totals.slice(1), 1);
    const alone = (place) => !totals[place - 1] && !totals[place + 1];
    const order = totals.map((value, place) => place).filter((place) => totals[place] && (place < 3 || alone(place) || totals[place] > most / 5));
    order.sort((a, b) => (b < 3) - (a < 3) || totals[b] - totals[a]);
    const taken = [];
    for (const place of order) {
      const text = totals[place].toLocaleString("en"), room = text.length * 7 + 3, apart = place < 3 || alone(place) ? 0 : 26;
      const middle = Math.min(Math.max(x(place) + (place ? slot : past) / 2, room / 2), width - room / 2);
      if (taken.some(([from, to]) => middle - room / 2 - apart < to && middle + room / 2 + apart > from)) continue;
      taken.push([middle - room / 2, middle + room / 2]);
      draw(svg, "text", { class: "number", x: middle, y: floor - Math.max(totals[place] * scale, 2) - 5, "text-anchor": "middle" }, text);
    }
  }

  function spoken(name, moments) {
    const within = (days) => moments.filter((moment) => moment > now && moment - now <= days * DAY).length;
    const expired = moments.filter((moment) => moment <= now).length;
    const [gone, ...ends] = [expired, within(30), within(90), within(365), moments.length].map((number) => number.toLocaleString("en"));
    return `${name}: ${gone} expired, ${ends[0]} end within 30 days, ${ends[1]} within 90, ${ends[2]} within a year, of ${ends[3]}.`;
  }

  // vCenters

  function vcenters() {
    if (!data.vcenters.length) return;
    const urgent = (vcenter) => [Boolean(vcenter.failure), ...["broken", "unseen", "held", "due"].map((kind) => sums(vcenter.counts)[kind])];
    const sorted = data.vcenters.map((vcenter) => [urgent(vcenter), vcenter]);
    sorted.sort(([a], [b]) => a.map((value, place) => b[place] - value).find((difference) => difference) || 0);
    const entries = sorted.map(([, vcenter]) => vcenterEntry(vcenter));
    byId("vcenters").append(...entries);
    byId("vcenters-section").hidden = false;
    if (entries.length <= MOST_VCENTERS + 2) return;
    for (const entry of entries.slice(MOST_VCENTERS)) entry.hidden = true;
    const more = make("button", { type: "button", class: "more" }, `Show all ${entries.length} vCenters`);
    more.addEventListener("click", () => {
      for (const entry of entries) entry.hidden = false;
      more.remove();
      entries[MOST_VCENTERS].tabIndex = -1;
      entries[MOST_VCENTERS].focus();
    });
    byId("vcenters-section").append(more);
  }

  function sums(counts) {
    const found = { broken: 0, unseen: 0, held: 0, due: 0, passed_over: 0, settled: 0 };
    for (const word of results) found[data.kinds[word]] += counts[word] || 0;
    return found;
  }

  function vcenterEntry(vcenter) {
    const words = results.filter((word) => vcenter.counts[word]).map((word) => `${vcenter.counts[word].toLocaleString("en")} ${word}`);
    const told = vcenter.blockers.length + vcenter.notes.length;
    const notes = [vcenter.failure ? make("span", { class: "stopped" }, "stopped") : null, vcenter.failure && told ? " · " : null];
    notes.push(told ? plural(told, "note") : null);
    const aside = vcenter.hostname === vcenter.name ? null : make("span", { class: "aside" }, vcenter.hostname);
    const line = (first) => [
      first, make("span", { class: "name" }, vcenter.name, aside), stack(vcenter.counts),
      make("span", { class: "words" }, words.join(", ") || "no host"), make("span", { class: "notes" }, ...notes.filter((note) => note)),
    ];
    if (!told && !vcenter.failure) return make("div", { class: "vcenter" }, make("div", { class: "plain" }, ...line(make("span"))));
    const items = vcenter.notes.map((note) => make("li", {}, note));
    items.unshift(...vcenter.blockers.map(blockerItem));
    if (vcenter.failure) items.unshift(make("li", { class: "stopped" }, vcenter.failure));
    const marker = make("span", { class: "marker", "aria-hidden": "true" });
    return make("details", { class: "vcenter" }, make("summary", {}, ...line(marker)), make("div", { class: "body" }, make("ul", {}, ...items)));
  }

  function stack(counts) {
    const shares = Object.entries(sums(counts)).filter(([, number]) => number);
    const all = shares.reduce((sum, [, number]) => sum + number, 0);
    const made = make("span", { class: "stack", "aria-hidden": "true" });
    for (const [kind, number] of shares) {
      const part = make("span", { class: kind });
      if (kind !== "settled") part.style.width = `${(100 * number) / all}%`;
      made.append(part);
    }
    return made;
  }

  // The table

  const columns = [
    ["host", "Host", (a, b) => collator.compare(a.esxi_host, b.esxi_host)],
    ["vcenter", "vCenter", (a, b) => collator.compare(data.vcenters[a.vcenter].name, data.vcenters[b.vcenter].name)],
    ["cluster", "Cluster", (a, b) => collator.compare(a.cluster || "", b.cluster || "")],
    ["ends", "Ends", (a, b) => numbered(a, b)],
    ["provider", "Provider", (a, b) => collator.compare(providerOf(a), providerOf(b))],
    ["result", "Result", (a, b) => severity[a.result] - severity[b.result]],
    ["why", "Reason", (a, b) => collator.compare(a.why, b.why)],
  ].filter(([key]) => key !== "vcenter" || data.vcenters.length > 1);
  // What is not known sorts first.
  const number = (ends) => (Number.isNaN(ends) ? -1e18 : ends);
  const numbered = (a, b) => number(a.ends) - number(b.ends);

  const ranges = {
    "": ["any time", () => true],
    expired: ["expired", (host) => host.ends <= now],
    30: ["within 30 days", (host) => host.ends > now && host.ends - now <= 30 * DAY],
    90: ["within 90 days", (host) => host.ends > now && host.ends - now <= 90 * DAY],
    365: ["within a year", (host) => host.ends > now && host.ends - now <= 365 * DAY],
    later: ["later than a year", (host) => host.ends - now > 365 * DAY],
    unknown: ["unknown", (host) => Number.isNaN(host.ends)],
  };
  const state = { column: "result", down: false, result: "", page: 0, open: new Set(), whole: false };
  let shown = [];

  function controls() {
    const buttons = [["", "all hosts", hosts.length], ...results.map((word) => [word, word, hosts.filter((host) => host.result === word).length])];
    for (const [word, name, number] of buttons) {
      if (word && !number) continue;
      const kind = word ? `result ${data.kinds[word]}` : "";
      const made = make("button", { type: "button", "data-result": word, "aria-pressed": "false" }, make("b", {}, number.toLocaleString("en")), make("span", { class: kind }, name));
      made.addEventListener("click", () => { state.result = state.result === word ? "" : word; search(); });
      byId("states").append(made);
    }
    byId("vcenter").append(make("option", { value: "" }, "all"), ...data.vcenters.map((vcenter, place) => make("option", { value: place }, vcenter.name)));
    byId("vcenter-label").hidden = data.vcenters.length < 2;
    // Numbers would come first among the keys of an object.
    const order = ["", "expired", "30", "90", "365", "later", "unknown"];
    byId("ends").append(...order.map((key) => make("option", { value: key }, ranges[key][0])), monthsToChoose());
    for (const [key, name] of columns) {
      const sorter = make("button", { type: "button" }, name);
      sorter.addEventListener("click", () => { state.down = state.column === key && !state.down; state.column = key; search(); });
      byId("columns").append(make("th", { scope: "col", role: "columnheader", "data-column": key, "data-name": name }, sorter));
    }
    for (const id of ["search", "vcenter", "ends"]) byId(id).addEventListener("input", search);
    byId("tools").addEventListener("submit", (event) => event.preventDefault());
    byId("tools").addEventListener("reset", () => { state.result = ""; setTimeout(search); });
    byId("previous").addEventListener("click", () => turn(-1));
    byId("next").addEventListener("click", () => turn(1));
    addEventListener("beforeprint", () => { state.whole = true; paint(); });
    addEventListener("afterprint", () => { state.whole = false; paint(); });
    byId("hosts-section").hidden = hosts.length === 0;
  }

  function monthsToChoose() {
    const found = new Set(hosts.filter((host) => !Number.isNaN(host.ends)).map((host) => monthOf(host.ends)));
    const group = make("optgroup", { label: "in the month" });
    for (const month of [...found].sort((a, b) => a - b)) {
      const name = monthName(month);
      ranges[name] = [name, (host) => monthOf(host.ends) === month];
      group.append(make("option", { value: name }, name));
    }
    return group;
  }

  function search() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter((word) => word);
    const vcenter = byId("vcenter").value, ends = ranges[byId("ends").value][1];
    shown = hosts.filter((host) =>
      (!state.result || host.result === state.result) && (vcenter === "" || host.vcenter === Number(vcenter)) && ends(host)
      && words.every((word) => host.text.includes(word)));
    const compare = columns.find(([key]) => key === state.column)[2], sign = state.down ? -1 : 1;
    shown.sort((a, b) => sign * compare(a, b) || severity[a.result] - severity[b.result] || numbered(a, b) || a.place - b.place);
    state.page = 0;
    paint();
  }

  function turn(by) {
    state.page += by;
    paint();
    byId("hosts-heading").focus();
  }

  function paint() {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    const rows = state.whole ? shown : shown.slice(state.page * PAGE, (state.page + 1) * PAGE);
    byId("rows").replaceChildren(...rows.flatMap((host) => [row(host), ...(state.open.has(host.place) ? [details(host)] : [])]));
    for (const cell of byId("columns").children) {
      const key = cell.dataset.column;
      if (key === state.column) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending"); else cell.removeAttribute("aria-sort");
    }
    for (const button of byId("states").children) button.setAttribute("aria-pressed", String(button.dataset.result === state.result));
    const text = shown.length === hosts.length ? plural(hosts.length, "host") : `${shown.length.toLocaleString("en")} of ${plural(hosts.length, "host")}`;
    if (byId("count").textContent !== text) byId("count").textContent = text;
    byId("empty").hidden = shown.length > 0;
    byId("pages").hidden = pages < 2;
    byId("page").textContent = `Page ${state.page + 1} of ${pages}`;
    byId("previous").disabled = state.page === 0;
    byId("next").disabled = state.page >= pages - 1;
  }

  function row(host) {
    const open = state.open.has(host.place), id = `details-${host.place}`;
    const marker = make("span", { class: "marker", "aria-hidden": "true" });
    const button = make("button", { type: "button", class: "open", "aria-expanded": String(open), "aria-controls": open ? id : null }, marker, make("span", { class: short(host.esxi_host) }, host.esxi_host));
    const made = make("tr", { class: "host", role: "row" });
    button.addEventListener("click", () => toggle(host, made, button));
    const cell = (key, attributes, ...content) => make("td", { role: "cell", "data-column": key, ...attributes }, ...content);
    made.append(make("th", { scope: "row", role: "rowheader" }, button));
    if (data.vcenters.length > 1) made.append(cell("vcenter", { class: short(data.vcenters[host.vcenter].name) }, data.vcenters[host.vcenter].name));
    made.append(
      cell("cluster", { class: short(host.cluster || "") }, host.cluster || "–"),
      cell("ends", { class: "tight" }, day(host.expires_at), make("span", { class: "aside" }, left(host) + (host.old ? ", or newer: not seen at the end" : ""))),
      cell("provider", {}, providerOf(host)),
      cell("result", {}, make("span", { class: `result ${data.kinds[host.result]}` }, host.result), host.kept_back ? make("span", { class: "aside" }, "kept back") : ""),
      cell("why", { class: "why" }, make("span", { class: "clip" }, sentence(host, host.why))),
    );
    return made;
  }

  // A reason begins as a sentence does, but for the name of a host.
  const sentence = (host, text) => (text.startsWith(host.esxi_host) ? text : text.slice(0, 1).toUpperCase() + text.slice(1));

  // What is short is kept on one line, where a browser would break it at a hyphen.
  const short = (text) => (text.length <= 34 ? "tight" : null);

  function toggle(host, made, button) {
    const open = !state.open.has(host.place);
    if (open) {
      state.open.add(host.place);
      made.after(details(host));
      button.setAttribute("aria-controls", `details-${host.place}`);
    } else {
      state.open.delete(host.place);
      made.nextElementSibling.remove();
      button.removeAttribute("aria-controls");
    }
    button.setAttribute("aria-expanded", String(open));
  }

  // One host's details

  const SIDES = ["vCenter's record of the host", "Served on port 9080", "Remembered by SMS"];

  function details(host) {
    const cell = make("td", { colspan: columns.length, role: "cell" });
    // What forbids it is told below; what else is long is cut off in the row.
    if (host.blockers.length) cell.append(make("p", { class: "told" }, `${sentence(host, host.reason)}.`));
    else if (host.why.length > 90) cell.append(make("p", { class: "told" }, sentence(host, host.why)));
    cell.append(agreement(host.sides, host), cards(host.sides, host));
    if (host.before) cell.append(make("h3", {}, "Before the run"), cards(host.before, host));
    if (host.blockers.length) cell.append(list("What forbids it", "ul", host.blockers.map(blockerItem)));
    const steps = stepItems(host);
    if (steps.length) cell.append(list("Steps", "ol", steps));
    const facts = [`ESXi ${host.version || "of an unknown version"}`, host.connection_state || "connection unknown"];
    facts.push(host.cluster ? `in ${host.cluster}` : "in no cluster", `provider ${providerOf(host)}`);
    if (host.verified !== null) facts.push(host.verified ? "read back and found sound" : "read back and found not sound");
    cell.append(make("p", { class: "aside" }, facts.join(" · ")));
    return make("tr", { class: "details", role: "row", id: `details-${host.place}` }, cell);
  }

  function agreement(sides, host) {
    const prints = sides.map((side) => host.certificates[side[0]][1]);
    const missing = prints.filter((print) => !print).length;
    const known = new Set(prints.filter((print) => print));
    if (host.own && sides[1][0] === sides[2][0]) return make("h3", {}, "The provider has a certificate of its own, and SMS remembers that one.");
    const same = known.size === 1 && !missing ? "The three certificates are the same." : known.size > 1 ? "The certificates differ." : "Not all three certificates are known.";
    return make("h3", {}, same);
  }

  function cards(sides, host) {
    // A certificate that SMS gave the provider is compared with what SMS remembers of it.
    const first = (host.own ? null : host.certificates[sides[0][0]][1]) || host.certificates[sides[1][0]][1];
    return make("div", { class: "sides" }, ...sides.map(([place, problem], side) => {
      const [ends, print, issuer, begins, key, names] = host.certificates[place];
      const facts = make("dl");
      const fact = (name, value, kind = null) => { if (value) facts.append(make("dt", {}, name), make("dd", { class: kind }, value)); };
      fact("Ends", ends ? minute(ends) : problem ? null : "unknown");
      fact("Valid from", begins ? minute(begins) : null);
      fact("Issued by", issuer);
      fact("Names (SAN)", names);
      fact("Key", key);
      fact("SHA-256 fingerprint", print, "print");
      fact("Problem", problem, problem ? "broken" : null);
      return make("div", { class: print && print !== first && !(host.own && side === 0) ? "side other" : "side" }, make("h3", {}, SIDES[side]), facts);
    }));
  }

  function blockerItem([code, message, remedy]) {
    return make("li", {}, `${message.replace(/\.$/, "")}. `, make("span", { class: "remedy" }, `${remedy} (${code})`));
  }

  // Those that were taken say what became of them; then those that were planned, and those that are due and forbidden.
  function stepItems(host) {
    const taken = host.taken.map(([step, status, error]) => make("li", {}, `${step}: ${status.replace("_", " ")}`, error ? make("span", { class: "remedy" }, error) : null));
    const names = new Set(host.taken.map(([step]) => step));
    const rest = [...new Set([...host.due, ...host.steps])].filter((step) => !names.has(step));
    const planned = data.vcenters[host.vcenter].mode === "run" ? "planned, not taken" : "planned";
    return [...taken, ...rest.map((step) => make("li", {}, `${step}: ${host.steps.includes(step) ? planned : "forbidden"}`))];
  }

  function list(name, tag, items) {
    return make("div", { class: "told" }, make("h3", {}, name), make(tag, {}, ...items));
  }

  header();
  controls();
  timeline();
  vcenters();
  search();
})();
