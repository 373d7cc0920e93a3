/** TTFT over time as SVG: a panel for each arm, a dot for each request. */
import { arms, critical, type ModelName, standard } from "./arm.ts";
import type { RunResult } from "./result.ts";

const panel = { width: 520, height: 300, left: 62, right: 16, top: 40, bottom: 42 };
/** Keeps the first wave off the axis. */
const inset = 8;
const heading = 64;
const colours: Readonly<Record<ModelName, string>> = { qwen: "#0b62c4", "travel-helper": "#d9822b" };
const grey = "#5c6570";
const gridColour = "#e2e6ea";

/** Seconds of the lowest and highest TTFT that the picture shows; the scale is logarithmic. */
interface Axes {
  readonly lowest: number;
  readonly highest: number;
  readonly lastS: number;
}

export function ttftPicture(runs: readonly RunResult[], subtitle: string): string {
  const shown = arms.filter((arm) => runs.some((run) => run.arm === arm.name));
  const axes = axesOf(runs);
  const rows = Math.ceil(shown.length / 2);
  const width = 2 * panel.width;
  const height = heading + rows * panel.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(
      panel.left,
      28,
      "Time to first token of each request, by when it was sent",
      `font-size="18" font-weight="600"`,
    ),
    text(panel.left, 48, subtitle, `fill="${grey}"`),
    ...legend(width),
    ...shown.map((arm, index) => {
      const x = (index % 2) * panel.width;
      const y = heading + Math.floor(index / 2) * panel.height;
      const ofArm = runs.filter((run) => run.arm === arm.name);
      return `<g transform="translate(${x} ${y})">${panelParts(arm.title, ofArm, axes).join("")}</g>`;
    }),
    "</svg>",
    "",
  ].join("\n");
}

function axesOf(runs: readonly RunResult[]): Axes {
  const points = runs.flatMap((run) => run.models.flatMap((model) => model.points));
  const decade = (value: number, round: (value: number) => number): number => 10 ** round(Math.log10(value));
  const shortest = Math.min(1, ...points.map(([, ttft]) => ttft));
  const longest = Math.max(1, ...points.map(([, ttft]) => ttft));
  return {
    lowest: decade(Math.max(shortest, 0.01), Math.floor),
    highest: decade(longest, Math.ceil),
    lastS: Math.max(1, ...points.map(([sent]) => sent)),
  };
}

function panelParts(title: string, runs: readonly RunResult[], axes: Axes): readonly string[] {
  return [
    text(panel.left, panel.top - 14, title, `font-weight="600"`),
    ...verticalGrid(axes),
    ...horizontalGrid(axes),
    // Critical last, so that it is not hidden.
    ...[standard, critical].flatMap((model) => runs.flatMap((run) => dots(run, model, axes))),
  ];
}

function dots(run: RunResult, name: ModelName, axes: Axes): readonly string[] {
  const found = run.models.find(({ model }) => model === name);
  return (found?.points ?? []).map(
    ([sent, ttft]) =>
      `<circle cx="${round(xOf(sent, axes))}" cy="${round(yOf(ttft, axes))}" r="2.2" fill="${colours[name]}" fill-opacity="0.55"/>`,
  );
}

function horizontalGrid(axes: Axes): readonly string[] {
  const decades = Math.round(Math.log10(axes.highest / axes.lowest));
  return Array.from({ length: decades + 1 }, (_, index) => {
    const value = axes.lowest * 10 ** index;
    const y = round(yOf(value, axes));
    const label = value >= 1 ? value.toFixed(0) : value.toFixed(Math.ceil(-Math.log10(value) - 1e-9));
    return (
      `<line x1="${panel.left}" x2="${panel.width - panel.right}" y1="${y}" y2="${y}" stroke="${gridColour}"/>` +
      text(panel.left - 8, y + 4, `${label} s`, `text-anchor="end" fill="${grey}"`)
    );
  });
}

function verticalGrid(axes: Axes): readonly string[] {
  const step = niceStep(axes.lastS / 6);
  const bottom = panel.height - panel.bottom;
  const count = Math.floor(axes.lastS / step);
  return Array.from({ length: count + 1 }, (_, index) => {
    const x = round(xOf(index * step, axes));
    const label = index === count ? `${index * step} s` : `${index * step}`;
    return (
      `<line x1="${x}" x2="${x}" y1="${panel.top}" y2="${bottom}" stroke="${gridColour}"/>` +
      text(x, bottom + 18, label, `text-anchor="middle" fill="${grey}"`)
    );
  });
}

function legend(width: number): readonly string[] {
  return [
    { name: `${critical} (Critical)`, colour: colours[critical] },
    { name: `${standard} (Standard)`, colour: colours[standard] },
  ].map(({ name, colour }, index) => {
    const x = width - 360 + index * 160;
    return `<circle cx="${x}" cy="24" r="5" fill="${colour}"/>${text(x + 10, 28, name, "")}`;
  });
}

function xOf(sentS: number, { lastS }: Axes): number {
  const left = panel.left + inset;
  return left + (sentS / lastS) * (panel.width - left - panel.right);
}

function yOf(ttftS: number, { lowest, highest }: Axes): number {
  const share = Math.log(Math.max(ttftS, lowest) / lowest) / Math.log(highest / lowest);
  return panel.height - panel.bottom - share * (panel.height - panel.top - panel.bottom);
}

/** 1, 2 or 5 times a power of ten, at least as large as `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? least;
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
