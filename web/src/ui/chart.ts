/** How a chart is drawn: ink on paper, few lines, in the colours of the day. Loaded where there is one. */

import Plot, { type Axis, type Options, type Series } from "uplot";
import "uplot/dist/uPlot.min.css";

import { stacked, type ChartSeries } from "./stacking";

export interface Mark {
  readonly place: number;
  readonly name: string;
}

export interface ChartData {
  /** Bars of several series stand on each other. */
  readonly kind: "bars" | "lines";
  /** What each place is called, from left to right. */
  readonly names: readonly string[];
  /** Where the places are along the axis, ascending; evenly apart without it. */
  readonly places?: readonly number[];
  /** What stands below a place of the axis; the names without it. */
  readonly name?: (place: number) => string;
  /** Places of note: a line with a word above. */
  readonly marks?: readonly Mark[];
  readonly series: readonly ChartSeries[];
  /** A value with its unit. */
  readonly format: (value: number) => string;
  /** A value at the side, shorter. */
  readonly tick?: ((value: number) => string) | undefined;
}

export interface Frame {
  /** CSS pixels. */
  readonly height: number;
  /** Told the index under the pointer. */
  readonly point: (index: number | undefined) => void;
}

const FONT = "12px system-ui, sans-serif";
const BAR_SHARE = 0.62;
const WIDEST_BAR = 36; // CSS pixels
const LEAST_GAP = 64; // CSS pixels between two names
const HEADROOM = 1.08;
const STEPS = [1, 2, 3, 5, 7, 10, 14, 30, 60, 90, 180, 365, 730]; // between the names that are written

/** Draw into an element, as wide as there is room; the function that takes it away. */
export function draw(element: HTMLElement, data: ChartData, frame: Frame): () => void {
  const shown = data.kind === "bars" ? stacked(data.series) : data.series;
  const places = data.places ?? data.names.map((_, k) => k);
  const plot = new Plot(optionsOf(element, { ...data, series: shown }, frame), [[...places], ...shown.map(({ values }) => [...values])], element);
  const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: frame.height }));
  watcher.observe(element);
  return () => {
    watcher.disconnect();
    plot.destroy();
  };
}

function optionsOf(element: HTMLElement, data: ChartData, frame: Frame): Options {
  const axis = { font: FONT, stroke: colourOf(element, "--ink-soft"), ticks: { show: false } } satisfies Axis;
  const grid = { stroke: colourOf(element, "--hairline"), width: 1 };
  const margin = data.kind === "bars" ? 0.5 : 0;
  const last = data.places?.at(-1) ?? data.names.length - 1;
  const nameOf = data.name ?? ((place: number) => data.names[place] ?? "");
  const across = { ...axis, grid: { show: false }, size: 32, gap: 8, space: LEAST_GAP } satisfies Axis;
  return {
    width: element.clientWidth,
    height: frame.height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: data.kind === "lines" } },
    scales: {
      x: { time: false, range: () => [-margin, last + margin] },
      y: { range: (_, least, most) => [Math.min(0, least * HEADROOM), most > 0 ? most * HEADROOM : 1] },
    },
    axes: [
      { ...across, ...(data.places === undefined && { incrs: STEPS }), values: (_, places) => places.map(nameOf) },
      { ...axis, grid, size: 60, values: (_, values) => values.map(data.tick ?? data.format) },
    ],
    series: [{}, ...data.series.map((each) => seriesOf(data.kind, colourOf(element, each.colour)))],
    hooks: {
      setCursor: [(plot) => frame.point(plot.cursor.idx ?? undefined)],
      draw: [(plot) => drawMarks(plot, data.marks ?? [], { line: colourOf(element, "--outline"), word: colourOf(element, "--ink-soft") })],
    },
  };
}

function seriesOf(kind: ChartData["kind"], stroke: string): Series {
  if (kind === "lines") return { stroke, width: 2, pxAlign: 0, points: { show: false } };
  const paths = Plot.paths.bars?.({ size: [BAR_SHARE, WIDEST_BAR], radius: 0.15 });
  return { stroke, fill: stroke, width: 0, points: { show: false }, ...(paths && { paths }) };
}

/** A dashed line at each place of note, with its word beside it, where there is room. */
function drawMarks(plot: Plot, marks: readonly Mark[], colours: { line: string; word: string }): void {
  const { ctx, bbox } = plot;
  const pixel = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colours.line;
  ctx.fillStyle = colours.word;
  ctx.lineWidth = pixel;
  ctx.font = `${String(12 * pixel)}px system-ui, sans-serif`;
  ctx.setLineDash([4 * pixel, 4 * pixel]);
  marks.forEach(({ place, name }, k) => {
    const x = plot.valToPos(place, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const right = x + ctx.measureText(name).width + 8 * pixel > bbox.left + bbox.width;
    ctx.textAlign = right ? "right" : "left";
    ctx.fillText(name, x + (right ? -4 : 4) * pixel, bbox.top + (12 + 16 * k) * pixel);
  });
  ctx.restore();
}

/** A colour of the style sheet as a canvas takes it. */
function colourOf(element: HTMLElement, property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
