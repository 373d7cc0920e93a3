import type { Spread } from "../stats.ts";
import { figure, textTable } from "../text-table.ts";
import { armTitles } from "./arm.ts";
import type { IdleFigures } from "./idle.ts";
import type { LoadSummary } from "./result.ts";

const mostHelperCore = 0.5;
const quietMachine = 0.2;

export function loadText(load: LoadSummary): string {
  const rows = load.arms.map((arm) => [
    armTitles[arm.arm],
    `${arm.requests}`,
    `${arm.failures}`,
    ...[arm.ttfbP50Ms, arm.ttfbP99Ms, arm.anteUs, arm.pickerUs, arm.envoyUs].map(({ median }) => figure(median)),
  ]);
  const against = load.comparisons.map((comparison) => [
    armTitles[comparison.arm],
    ...[comparison.addedP50Ms, comparison.addedP99Ms, comparison.pickingUs].map(spreadText),
    ...[comparison.envoyRatio, comparison.totalRatio].map(spreadText),
  ]);
  return [
    `${load.name}: ${figure(load.requestsPerS)} requests/s`,
    textTable(
      ["", "requests", "failed", "TTFB p50 ms", "p99", "ante us/request", "of it picker", "Envoy us/request"],
      rows,
    ),
    "",
    textTable(
      ["against no picker", "added p50 ms", "added p99 ms", "picking us/request", "Envoy ratio", "Envoy + ante ratio"],
      against,
    ),
    ...remarks(load),
  ].join("\n");
}

function remarks(load: LoadSummary): readonly string[] {
  const { loadCore, serversCore, othersCores, lateP99Ms, samples } = load;
  return [
    `generator ${figure(loadCore)} of a core, servers ${figure(serversCore)}, other processes ${figure(othersCores)} cores; sent late by ${figure(lateP99Ms)} ms (p99)`,
    ...(loadCore > mostHelperCore ? ["BEWARE: the generator used more than half a core"] : []),
    ...(serversCore > mostHelperCore ? ["BEWARE: the servers used more than half a core"] : []),
    ...(othersCores > quietMachine ? ["BEWARE: the machine did other work: trust ratios only"] : []),
    ...samples.map((sample) => `FAILED: ${sample}`),
  ];
}

export function idleText(all: readonly IdleFigures[]): string {
  return [
    "Idle: nothing but scraping",
    textTable(
      ["servers", "% of a core", "of it picker", "us/scrape (picker)", "scrapes/s"],
      all.map(({ servers, anteCore, pickerCore, scrapesPerS }) => [
        `${servers}`,
        figure(anteCore * 100),
        figure(pickerCore * 100),
        figure((pickerCore * 1e6) / scrapesPerS),
        figure(scrapesPerS),
      ]),
    ),
  ].join("\n");
}

function spreadText({ median, min, max }: Spread): string {
  return `${figure(median)} (${figure(min)} to ${figure(max)})`;
}
