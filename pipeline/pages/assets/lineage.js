// The graph of all relations: by schema first if it is large; zoom, filters, ancestors, descendants.
"use strict";

(() => {
  const W = 184, H = 28, GAP = 52, STEP = 38, LARGE = 150, LETTERS = 22, READABLE = 0.55;
  const SVG = "http://www.w3.org/2000/svg";
  const { schemas, between, nodes: rows, edges } = window.LINEAGE;
  const nodes = rows.map(([table, schema, kind, state, level, tags, page, layer, line], id) => ({
    id, table, schema, kind, state, level, tags, page, layer, line,
    name: `${schemas[schema][0]}.${table}`, up: [], down: [],
  }));
  for (const [one, other] of edges) { nodes[one].down.push(other); nodes[other].up.push(one); }
  // An edge that passes a layer keeps a free line there, like a node that is not drawn.
  const routes = edges.map(([one, other, ...bends], edge) => {
    const route = bends.map(([layer, line], number) => ({ id: `${edge}.${number}`, layer, line, up: [number ? `${edge}.${number - 1}` : one] }));
    return { one, other, bends: route };
  });
  const connected = nodes.filter((node) => node.layer >= 0);
  const graph = document.getElementById("graph"), scene = document.getElementById("scene");
  const panel = document.getElementById("selected"), shownText = document.getElementById("shown");
  const by = (id) => document.getElementById(id);
  let drawn = new Map(), selected = null, only = null, view = { x: 0, y: 0, k: 1 };

  const element = (tag, attributes, ...children) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const reach = (start, side) => {
    const found = new Set(), waiting = [start];
    while (waiting.length) for (const next of nodes[waiting.pop()][side]) if (!found.has(next)) { found.add(next); waiting.push(next); }
    return found;
  };
  const family = (id) => new Set([id, ...reach(id, "up"), ...reach(id, "down")]);

  // --- What is shown, and where.

  function visible() {
    if (only !== null) return [...family(only)].map((id) => nodes[id]);
    const want = { schema: by("by-schema").value, kind: by("by-kind").value, tag: by("by-tag").value, state: by("by-state").value };
    if (!Object.values(want).some(Boolean)) return connected;
    const own = nodes.filter((node) =>
      (!want.schema || schemas[node.schema][0] === want.schema) && (!want.kind || node.kind === want.kind) &&
      (!want.tag || node.tags.includes(want.tag)) && (!want.state || node.state === want.state));
    const ids = new Set(own.filter((node) => node.layer >= 0).map((node) => node.id));
    for (const id of [...ids]) for (const next of [...nodes[id].up, ...nodes[id].down]) ids.add(next);
    return [...ids].map((id) => nodes[id]);
  }

  // The order within layers is that of the whole graph; gaps are closed, boxes move to their sources.
  function compact(some) {
    const places = new Map(), layers = new Map();
    const own = new Set(some.map((node) => node.id));
    const passing = routes.filter(({ one, other }) => own.has(one) && own.has(other)).flatMap(({ bends }) => bends);
    for (const node of [...some, ...passing]) layers.set(node.layer, [...(layers.get(node.layer) ?? []), node]);
    [...layers.keys()].sort((a, b) => a - b).forEach((layer, rank) => {
      const wanted = (node) => {
        const lines = node.up.filter((id) => places.has(id)).map((id) => places.get(id).line);
        return lines.length ? lines.reduce((a, b) => a + b) / lines.length : null;
      };
      const column = layers.get(layer).map((node) => ({ node, line: wanted(node) }));
      column.sort((a, b) => (a.line ?? 1e9) - (b.line ?? 1e9) || a.node.line - b.node.line);
      let next = 0;
      for (const { node, line } of column) {
        const at = Math.max(next, line ?? next);
        places.set(node.id, { layer: rank, line: at });
        next = at + 1;
      }
    });
    return places;
  }

  const corner = ({ layer, line }) => [layer * (W + GAP), line * STEP];
  const curve = (corners) => {
    let path = `M${corners[0][0] + W},${corners[0][1] + H / 2}`;
    for (let number = 1; number < corners.length; number++) {
      const [x, y] = corners[number - 1], [u, v] = corners[number], middle = (x + W + u) / 2;
      path += `C${middle},${y + H / 2} ${middle},${v + H / 2} ${u},${v + H / 2}`;
      if (number < corners.length - 1) path += `H${u + W}`;
    }
    return path;
  };
  const cut = (text) => (text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text);

  function box(label, [x, y], hue, text, level, extra = "", schema = "") {
    const made = element("g", { class: `box h${hue % 8} ${extra}`, transform: `translate(${x},${y})`, role: "button", tabindex: "-1", "aria-label": label },
      element("title", {}, label), element("rect", { width: W, height: H, rx: 5 }),
      element("path", { class: "hue", d: "M5,0H4a4,4 0 0 0-4,4V24a4,4 0 0 0 4,4H5z" }),
      element("text", { x: 12, y: 18, class: "small" }, ...((schema + text).length <= LETTERS ? [element("tspan", {}, schema), text] : [cut(text)])));
    if (level === "bad" || level === "warn") made.append(element("circle", { class: level, cx: W - 10, cy: H / 2, r: 4 }));
    return made;
  }

  function drawSchemas() {
    const places = new Map();
    let loose = Math.max(0, ...schemas.map(([, , layer, line]) => (layer < 0 ? 0 : line + 1)));
    schemas.forEach(([, , layer, line], id) => places.set(id, corner(layer < 0 ? { layer: 0, line: loose++ } : { layer, line })));
    const curves = between.map(([one, other, number]) => {
      const path = element("path", { class: "edge", d: curve([places.get(one), places.get(other)]) });
      path.append(element("title", {}, `${schemas[one][0]} → ${schemas[other][0]}: ${number}`));
      path.style.strokeWidth = 1 + Math.log2(number) / 2;
      return path;
    });
    const boxes = schemas.map(([name, number], id) => {
      const made = box(`${name}: ${number} relations`, places.get(id), id, `${name} (${number.toLocaleString("en")})`, "");
      made.addEventListener("click", () => { by("by-schema").value = name; draw(); });
      made.dataset.id = `s${id}`;
      return made;
    });
    return [places, [...curves, ...boxes]];
  }

  function drawRelations(some) {
    const whole = some.length === connected.length && only === null;
    const lines = whole ? new Map([...some, ...routes.flatMap(({ bends }) => bends)].map((node) => [node.id, node])) : compact(some);
    const places = new Map([...lines].map(([id, place]) => [id, corner(place)]));
    const parts = [];
    for (const { one, other, bends } of routes) if (places.has(one) && places.has(other)) {
      const path = element("path", { class: "edge", d: curve([one, ...bends.map((bend) => bend.id), other].map((id) => places.get(id))) });
      path.dataset.one = one; path.dataset.other = other;
      parts.push(path);
    }
    for (const node of [...some].sort((a, b) => a.id - b.id)) {
      const label = `${node.name}, ${node.kind}${node.state ? `, ${node.state}` : ""}`;
      const made = box(label, places.get(node.id), node.schema, node.table, node.level, node.kind === "view" ? "view" : "", `${schemas[node.schema][0]}.`);
      made.dataset.id = node.id;
      made.addEventListener("click", () => select(node.id));
      made.addEventListener("dblclick", () => { location.href = node.page; });
      made.addEventListener("mouseenter", () => selected === null && light(node.id));
      made.addEventListener("mouseleave", () => selected === null && light(null));
      parts.push(made);
    }
    return [places, parts];
  }

  const isOverview = () => connected.length > LARGE && only === null && selected === null &&
    !["by-schema", "by-kind", "by-tag", "by-state"].some((id) => by(id).value);

  function draw() {
    const overview = isOverview();
    const some = overview ? [] : visible();
    const [places, parts] = overview ? drawSchemas() : drawRelations(some);
    drawn = places;
    scene.replaceChildren(...parts);
    const hidden = nodes.length - connected.length;
    const rest = hidden ? `; ${hidden.toLocaleString("en")} relations read none, and none reads them` : "";
    shownText.textContent = overview
      ? `${schemas.length} schemas with ${nodes.length.toLocaleString("en")} relations: select one${rest}`
      : `${some.length.toLocaleString("en")} of ${nodes.length.toLocaleString("en")} relations${only === null ? rest : ""}`;
    const first = scene.querySelector("g.box");
    first?.setAttribute("tabindex", "0");
    light(selected);
    fit();
  }

  // --- Selection: its ancestors and descendants stay, the others fade.

  function light(id) {
    const lit = id === null || !drawn.has(id) ? null : family(id);
    const ups = lit && reach(id, "up").add(id), downs = lit && reach(id, "down").add(id);
    for (const part of scene.children) {
      const { id: own, one, other } = part.dataset;
      const is = lit && (own !== undefined ? lit.has(+own) : (ups.has(+one) && ups.has(+other)) || (downs.has(+one) && downs.has(+other)));
      part.classList.toggle("dim", !!lit && !is);
      part.classList.toggle("lit", !!is);
      part.classList.toggle("own", own !== undefined && id !== null && +own === id);
    }
  }

  const html = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  function select(id) {
    const wasOverview = isOverview();
    selected = id;
    panel.hidden = id === null;
    panel.replaceChildren();
    if (id === null) { light(null); return; }
    const node = nodes[id];
    if (wasOverview || !drawn.has(id)) { only = id; draw(); }
    const title = html("h2", "");
    title.append(html("a", node.name, { href: node.page }));
    const facts = html("p", [node.kind, ...node.tags].join(", ") + " ");
    if (node.state) facts.append(html("span", node.state, { class: `state ${node.level}` }));
    const numbers = html("p", `reads ${node.up.length} (${reach(id, "up").size} in all), read by ${node.down.length} (${reach(id, "down").size} in all)`, { class: "muted" });
    const alone = html("button", only === id ? "Show all" : "Show only its lineage", { type: "button", id: "only" });
    alone.addEventListener("click", () => { only = only === id ? null : id; draw(); select(id); by("only").focus(); });
    const close = html("button", "Close", { type: "button" });
    close.addEventListener("click", clear);
    panel.append(title, facts, numbers, alone, close);
    light(id);
    history.replaceState(null, "", `#${encodeURIComponent(node.name)}`);
  }

  function clear() {
    selected = null; only = null;
    panel.hidden = true;
    history.replaceState(null, "", location.pathname);
    draw();
  }

  // --- Zoom and movement.

  function move() {
    scene.setAttribute("transform", `translate(${view.x},${view.y}) scale(${view.k})`);
    graph.classList.toggle("far", view.k < 0.3);
  }
  function fit() {
    const { width, height } = graph.getBoundingClientRect();
    const corners = [...drawn.values()];
    if (!corners.length) return;
    const right = Math.max(...corners.map(([x]) => x)) + W, bottom = Math.max(...corners.map(([, y]) => y)) + H;
    const k = Math.min(1, (width - 40) / right, (height - 40) / bottom);
    // A large graph would be unreadable as a whole: begin at its upper left.
    view.k = k < READABLE ? Math.max(READABLE, Math.min(1, (width - 40) / right)) : k;
    view.x = Math.max(20, (width - right * view.k) / 2);
    view.y = Math.max(20, (height - bottom * view.k) / 2);
    move();
  }
  function zoom(factor, x = graph.clientWidth / 2, y = graph.clientHeight / 2) {
    const k = Math.min(3, Math.max(0.04, view.k * factor));
    view = { k, x: x - (x - view.x) * k / view.k, y: y - (y - view.y) * k / view.k };
    move();
  }
  function center(id) {
    const [x, y] = drawn.get(id), left = x * view.k + view.x, top = y * view.k + view.y;
    if (left > 0 && top > 0 && left + W * view.k < graph.clientWidth && top + H * view.k < graph.clientHeight) return;
    view.x = graph.clientWidth / 2 - (x + W / 2) * view.k;
    view.y = graph.clientHeight / 2 - (y + H / 2) * view.k;
    move();
  }
  graph.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { left, top } = graph.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - left, event.clientY - top);
  }, { passive: false });
  let held = null;
  graph.addEventListener("pointerdown", (event) => { held = { x: event.clientX, y: event.clientY, moved: false }; });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const dx = event.clientX - held.x, dy = event.clientY - held.y;
    if (!held.moved && Math.hypot(dx, dy) < 4) return;
    held = { x: event.clientX, y: event.clientY, moved: true };
    view.x += dx; view.y += dy;
    graph.classList.add("dragged");
    move();
  });
  window.addEventListener("pointerup", () => { held = null; graph.classList.remove("dragged"); });
  by("zoom-in").addEventListener("click", () => zoom(1.3));
  by("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
  by("zoom-fit").addEventListener("click", fit);

  // --- Keyboard: arrows follow the lineage and move up and down, Enter selects.

  graph.addEventListener("keydown", (event) => {
    const part = event.target.closest("g.box");
    if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") fit();
    else if (event.key === "Escape") clear();
    else if (part && (event.key === "Enter" || event.key === " ")) part.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    else if (part && event.key.startsWith("Arrow")) step(part, event.key);
    else return;
    event.preventDefault();
  });
  function step(part, key) {
    const boxes = [...scene.querySelectorAll("g.box")];
    const id = part.dataset.id, [x, y] = drawn.get(id.startsWith("s") ? +id.slice(1) : +id);
    const spot = (other) => drawn.get(other.dataset.id.startsWith("s") ? +other.dataset.id.slice(1) : +other.dataset.id);
    const sides = { ArrowLeft: "up", ArrowRight: "down" };
    let found = boxes.filter((other) => other !== part);
    if (sides[key] && !id.startsWith("s")) found = found.filter((other) => nodes[+id][sides[key]].includes(+other.dataset.id));
    else found = found.filter((other) => {
      const [u, v] = spot(other);
      return { ArrowUp: u === x && v < y, ArrowDown: u === x && v > y, ArrowLeft: u < x, ArrowRight: u > x }[key];
    });
    const far = (other) => { const [u, v] = spot(other); return Math.hypot(u - x, v - y); };
    const next = found.sort((a, b) => far(a) - far(b))[0];
    if (!next) return;
    part.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
    if (!next.dataset.id.startsWith("s")) center(+next.dataset.id);
  }

  // --- Controls.

  function fill(id, values) {
    const options = [...new Set(values)].filter(Boolean).sort();
    by(id).append(new Option("all", ""), ...options.map((value) => new Option(value, value)));
    if (!options.length) by(id).closest("label").hidden = true;
    by(id).addEventListener("change", () => { selected = only = null; panel.hidden = true; draw(); });
  }
  fill("by-schema", schemas.map(([name]) => name));
  fill("by-kind", nodes.map((node) => node.kind));
  fill("by-tag", nodes.flatMap((node) => node.tags));
  fill("by-state", nodes.map((node) => node.state));
  by("names").append(...nodes.map((node) => new Option("", node.name)));
  const find = by("find"), names = new Map(nodes.map((node) => [node.name, node.id]));
  find.addEventListener("input", () => { if (names.has(find.value)) go(names.get(find.value)); });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const near = nodes.find((node) => node.name.includes(find.value.toLowerCase()));
    if (near && find.value) go(names.get(find.value) ?? near.id);
  });
  function go(id) { select(id); if (drawn.has(id)) center(id); }

  // --- The colors of schemas.

  schemas.forEach(([name], id) => {
    const entry = html("span", name);
    const mark = element("svg", { viewBox: "0 0 10 10", class: `h${id % 8}`, "aria-hidden": "true" }, element("rect", { width: 10, height: 10, rx: 2, class: "hue" }));
    entry.prepend(mark);
    if (schemas.length <= 40) by("legend").append(entry);
  });

  draw();
  const start = names.get(decodeURIComponent(location.hash.slice(1)));
  if (start !== undefined) { if (connected.length > LARGE) only = start; draw(); go(start); }
  window.addEventListener("resize", fit);
})();
