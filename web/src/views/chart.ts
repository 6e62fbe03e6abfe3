// Pictures of a curve, drawn from core's data: what a point shows is what the rules judge by.

import { h, svg, visible } from "../dom.ts";
import type { Curve, CurvePoint } from "../report.ts";
import { type Scale, linear, logarithmic, short } from "../scale.ts";

/** The plane of a picture in its own pixels: what is drawn on a phone is smaller, not its letters. */
interface Plane {
  width: number;
  height: number;
}

const WIDE: Plane = { width: 640, height: 340 };
const NARROW: Plane = { width: 340, height: 270 };
const LEFT = 58;
const RIGHT = 16;
const TOP = 34;
const BOTTOM = 44;

const isNarrow = window.matchMedia("(max-width: 40rem)");

type Value = "system_tps" | "tps_per_user" | "ttft_p50_ms" | "ttft_p99_ms";

const NAMES: Record<Value | "x", string> = {
  x: "concurrency (requests in flight)",
  system_tps: "system throughput (tokens/s)",
  tps_per_user: "interactivity (tokens/s per user)",
  ttft_p50_ms: "TTFT median (ms)",
  ttft_p99_ms: "TTFT P99 (ms)",
};

export function charts(curves: readonly Curve[], openRules: (point: CurvePoint) => void): HTMLElement | null {
  const drawn = curves.filter((curve) => curve.points.length > 0);
  let [shown] = drawn;
  if (!shown) return null;
  const holder = h("div", { class: "curve" });
  const show = (curve: Curve): void => {
    shown = curve;
    holder.replaceChildren(oneCurve(curve, openRules));
  };
  const chooser = h(
    "select",
    { "aria-label": "curve" },
    ...drawn.map((curve, index) => h("option", { value: index }, visible(`${curve.system} / ${curve.model}`))),
  );
  chooser.addEventListener("change", () => {
    const curve = drawn[Number(chooser.value)];
    if (curve) show(curve);
  });
  const [first] = drawn;
  show(shown);
  const redraw = (): void => {
    if (!holder.isConnected) isNarrow.removeEventListener("change", redraw);
    else if (shown) show(shown);
  };
  isNarrow.addEventListener("change", redraw);
  return h(
    "section",
    { class: "charts", "aria-labelledby": "charts-title" },
    h("div", { class: "heading" }, h("h2", { id: "charts-title" }, "Curve"), drawn.length > 1 ? chooser : h("span", { class: "path" }, visible(`${first?.system} / ${first?.model}`))),
    holder,
  );
}

function oneCurve(curve: Curve, openRules: (point: CurvePoint) => void): HTMLElement {
  const pareto = figure("Throughput against interactivity", (box) =>
    plot(box, curve, "tps_per_user", "system_tps", false, openRules),
  );
  const overLoad = figure("Over concurrency", (box) => {
    const pick = h("select", { "aria-label": "vertical axis" });
    for (const value of ["ttft_p99_ms", "ttft_p50_ms", "system_tps", "tps_per_user"] as const) {
      pick.append(h("option", { value }, NAMES[value]));
    }
    const area = h("div", {});
    const draw = (): void => {
      area.replaceChildren();
      plot(area, curve, "x", pick.value as Value, true, openRules);
    };
    pick.addEventListener("change", draw);
    box.append(pick, area);
    draw();
  });
  return h("div", {}, h("div", { class: "pair" }, pareto, overLoad), legend(curve), dataTable(curve));
}

function figure(title: string, draw: (box: HTMLElement) => void): HTMLElement {
  const box = h("div", { class: "plot" });
  draw(box);
  return h("figure", {}, h("figcaption", {}, title), box);
}

function plot(
  box: HTMLElement,
  curve: Curve,
  xName: Value | "x",
  yName: Value,
  overLoad: boolean,
  openRules: (point: CurvePoint) => void,
): void {
  const points = curve.points.filter((point) => point[xName] !== null && point[yName] !== null);
  if (points.length === 0) {
    box.append(h("p", { class: "empty" }, `No point says its ${xName === "x" ? NAMES[yName] : `${NAMES[xName]} and ${NAMES[yName]}`}.`));
    return;
  }
  const xs = points.map((point) => point[xName] as number);
  const ys = points.map((point) => point[yName] as number);
  const plane = isNarrow.matches ? NARROW : WIDE;
  const [x0, x1, y0, y1] = [LEFT, plane.width - RIGHT, plane.height - BOTTOM, TOP];
  const spans = overLoad ? curve.regions.filter((span) => !span.empty) : [];
  const ends = spans.map((span) => Number(span.end));
  const x = overLoad ? logarithmic([...xs, ...ends, 1], x0, x1, 2) : linear(xs, x0, x1);
  const y = linear(ys, y0, y1);
  const picture = svg("svg", {
    viewBox: `0 0 ${plane.width} ${plane.height}`,
    role: "group",
    "aria-label": `${NAMES[yName]} against ${NAMES[xName]}, ${points.length} points; the table below holds the same numbers`,
  });
  spans.forEach((span, index) => {
    const from = x.at(Math.max(1, Number(span.start) - 0.5));
    const to = x.at(Number(span.end) + 0.5);
    picture.append(
      svg("rect", { x: from, y: y1, width: Math.max(0, Math.min(to, x1) - from), height: y0 - y1, class: `band band-${index % 5}` }),
      svg("text", { x: (from + Math.min(to, x1)) / 2, y: y1 - 8, class: "band-name" }, to - from > 46 ? shortTitle(span.title) : ""),
    );
  });
  axes(picture, plane, x, y, NAMES[xName], NAMES[yName], overLoad);
  if (overLoad && curve.c_max !== null) {
    const at = x.at(Number(curve.c_max));
    picture.append(
      svg("line", { x1: at, x2: at, y1: y1, y2: y0, class: "c-max" }),
      cMaxName(curve.c_max, at, x1, ys.map((value) => y.at(value)), [y1 + 14, y0 - 8]),
    );
  }
  const line = (of: CurvePoint[]): string =>
    of.map((point, index) => `${index === 0 ? "M" : "L"}${x.at(point[xName] as number).toFixed(1)} ${y.at(point[yName] as number).toFixed(1)}`).join("");
  const ordered = [...points].sort((a, b) => (a[xName] as number) - (b[xName] as number));
  picture.append(svg("path", { d: line(overLoad ? ordered : ordered.filter((point) => point.on_frontier)), class: overLoad ? "line" : "frontier" }));
  const tip = h("div", { class: "tip", role: "status", hidden: true });
  const marks: Mark[] = points.map((point) => {
    const [cx, cy] = [x.at(point[xName] as number), y.at(point[yName] as number)];
    const element = markOf(point, cx, cy, overLoad);
    element.addEventListener("focus", () => showTip(tip, plane, { point, cx, cy, element }));
    element.addEventListener("blur", () => (tip.hidden = true));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && point.failed.length > 0) openRules(point);
    });
    return { point, cx, cy, element };
  });
  picture.append(...marks.map(({ element }) => element));
  followPointer(picture, plane, marks, tip, openRules);
  box.append(h("div", { class: "canvas" }, picture, tip));
}

/** The name beside the line of the declared maximum: where there is room, else at the end of it that points are far from. */
function cMaxName(cMax: string, at: number, right: number, heights: number[], [top, bottom]: [number, number]): SVGElement {
  const isBeside = right - at > 70;
  const last = heights[heights.length - 1] ?? bottom;
  const y = last < (top + bottom) / 2 ? bottom : top;
  return svg("text", { x: isBeside ? at + 5 : at - 5, y, class: isBeside ? "c-max-name" : "c-max-name end" }, `C_max ${cMax}`);
}

/** A point as it is drawn. */
interface Mark {
  point: CurvePoint;
  cx: number;
  cy: number;
  element: SVGGElement;
}

function markOf(point: CurvePoint, cx: number, cy: number, overLoad: boolean): SVGGElement {
  const fails = point.failed.length > 0;
  return svg(
    "g",
    { class: `point${fails ? " fails" : ""}${point.on_frontier ? "" : " behind"}`, tabindex: "0", role: "img", "aria-label": describe(point) },
    svg("circle", { cx, cy, r: 10, class: "ring" }),
    fails
      ? svg("path", { d: `M${cx - 5} ${cy - 5}L${cx + 5} ${cy + 5}M${cx + 5} ${cy - 5}L${cx - 5} ${cy + 5}`, class: "mark" })
      : svg("circle", { cx, cy, r: point.on_frontier || overLoad ? 4.5 : 3.5, class: "mark" }),
  );
}

function showTip(tip: HTMLElement, plane: Plane, { point, cx, cy }: Mark): void {
  tip.replaceChildren(...describe(point).split("; ").map((part) => h("span", {}, visible(part))));
  tip.hidden = false;
  const { width, height } = plane;
  const right = cx > width / 2;
  tip.classList.toggle("left", right);
  tip.style.left = right ? "auto" : `${(100 * cx) / width}%`;
  tip.style.right = right ? `${100 - (100 * cx) / width}%` : "auto";
  tip.style.top = `${(100 * Math.min(Math.max(cy, height * 0.2), height * 0.8)) / height}%`;
}

/** Pixels of the screen around the pointer in which a point is taken. */
const REACH = 28;

/** The point that is nearest to the pointer is the one meant: points lie close, and a finger is wide. */
function followPointer(picture: SVGSVGElement, plane: Plane, marks: Mark[], tip: HTMLElement, openRules: (point: CurvePoint) => void): void {
  let near: Mark | null = null;
  const leave = (): void => {
    near?.element.classList.remove("near");
    if (near) tip.hidden = true;
    near = null;
    picture.style.cursor = "";
  };
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const scale = box.width / plane.width;
    const far = ({ cx, cy }: Mark): number => Math.hypot(event.clientX - box.left - cx * scale, event.clientY - box.top - cy * scale);
    const nearest = marks.reduce<Mark | null>((best, mark) => (best && far(best) <= far(mark) ? best : mark), null);
    const found = nearest && far(nearest) <= REACH ? nearest : null;
    if (found === near) return;
    leave();
    if (!found) return;
    near = found;
    found.element.classList.add("near");
    showTip(tip, plane, found);
    if (found.point.failed.length > 0) picture.style.cursor = "pointer";
  });
  picture.addEventListener("pointerleave", leave);
  picture.addEventListener("click", () => {
    if (near && near.point.failed.length > 0) openRules(near.point);
  });
}

function axes(picture: SVGElement, plane: Plane, x: Scale, y: Scale, xName: string, yName: string, whole: boolean): void {
  const [x0, x1, y0] = [LEFT, plane.width - RIGHT, plane.height - BOTTOM];
  for (const tick of y.ticks) {
    picture.append(
      svg("line", { x1: x0, x2: x1, y1: y.at(tick), y2: y.at(tick), class: "grid" }),
      svg("text", { x: x0 - 8, y: y.at(tick) + 4, class: "tick end" }, short(tick)),
    );
  }
  for (const tick of x.ticks) {
    const label = whole ? String(Math.round(tick)) : short(tick);
    if (plane === NARROW && whole && x.ticks.indexOf(tick) % 2 === 1) continue;
    picture.append(svg("text", { x: x.at(tick), y: y0 + 18, class: "tick middle" }, label));
  }
  picture.append(
    svg("line", { x1: x0, x2: x1, y1: y0, y2: y0, class: "axis" }),
    svg("text", { x: (x0 + x1) / 2, y: plane.height - 6, class: "axis-name middle" }, xName),
    svg("text", { x: 0, y: 12, class: "axis-name" }, yName),
  );
}

function shortTitle(title: string): string {
  return title.replace("Concurrency", "").replace("Throughput", "").replace("the margin above C_max", "margin").trim();
}

function describe(point: CurvePoint): string {
  const parts = [`concurrency ${point.concurrency}`];
  if (point.region !== null) parts.push(`region ${point.region}`);
  if (point.system_tps !== null) parts.push(`${short(point.system_tps)} tokens/s`);
  if (point.tps_per_user !== null) parts.push(`${short(point.tps_per_user)} tokens/s per user`);
  if (point.ttft_p99_ms !== null) parts.push(`TTFT P99 ${short(point.ttft_p99_ms)} ms`);
  if (point.failed.length > 0) parts.push(`fails ${point.failed.join(", ")}`);
  return parts.join("; ");
}

function legend(curve: Curve): HTMLElement {
  const fails = curve.points.some((point) => point.failed.length > 0);
  return h(
    "p",
    { class: "legend" },
    h("span", {}, h("i", { class: "key dot" }), "point"),
    h("span", {}, h("i", { class: "key line" }), "Pareto frontier"),
    fails && h("span", {}, h("i", { class: "key cross" }), "point with an error"),
    curve.regions.length > 0 && h("span", {}, h("i", { class: "key band" }), "regions of concurrency"),
  );
}

function dataTable(curve: Curve): HTMLElement {
  const cell = (value: number | null): HTMLElement => h("td", { class: "n" }, value === null ? "\u2013" : short(value));
  return h(
    "details",
    { class: "data" },
    h("summary", {}, `The same as a table (${curve.points.length} points)`),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": "table of points" },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, ...["Concurrency", "Region", "System tokens/s", "Tokens/s per user", "TTFT median ms", "TTFT P99 ms", "Frontier", "Errors"].map((name) => h("th", { scope: "col" }, name))),
        ),
        h(
          "tbody",
          {},
          ...[...curve.points]
            .sort((a, b) => a.x - b.x)
            .map((point) =>
              h(
                "tr",
                {},
                h("th", { scope: "row", class: "n" }, point.concurrency),
                h("td", {}, point.region ?? "\u2013"),
                cell(point.system_tps),
                cell(point.tps_per_user),
                cell(point.ttft_p50_ms),
                cell(point.ttft_p99_ms),
                h("td", {}, point.on_frontier ? "yes" : "no"),
                h("td", {}, point.failed.join(", ") || "none"),
              ),
            ),
        ),
      ),
    ),
  );
}
