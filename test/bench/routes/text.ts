import { median, quantile, rounded } from "../stats.ts";
import { figure, textTable } from "../text-table.ts";
import type { ChangeFigures, RouteFigures } from "./result.ts";

export function routesText(results: readonly RouteFigures[]): string {
  const named = (make: (result: RouteFigures) => readonly string[]): readonly (readonly string[])[] =>
    results.map((result) => [`${result.routes} ${result.layout}`, ...make(result)]);
  return [
    "Load: from the start of the process until the last route answers",
    textTable(
      [
        "routes",
        "s",
        "ante CPU s",
        "control CPU s",
        "Envoy CPU s",
        "ante MiB",
        "peak",
        "Envoy MiB",
        "idle % of a core",
      ],
      named(({ load, idleCpu }) =>
        [
          load.ms / 1_000,
          load.anteCpuS,
          load.controlCpuS,
          load.envoyCpuS,
          mebibytes(load.anteMemory.now),
          mebibytes(load.anteMemory.peak),
          mebibytes(load.envoyMemory.now),
          idleCpu * 100,
        ].map(figure),
      ),
    ),
    ...changeTable(
      "One more route, to its first 200",
      named(({ added }) => changeCells(added)),
    ),
    ...changeTable(
      "One route less, to its first 404",
      named(({ removed }) => changeCells(removed)),
    ),
    ...changeTable(
      "One endpoint is another one, to its first answer",
      named(({ moved }) => changeCells(moved)),
    ),
    "",
    ...results.map(unexpectedLine),
  ].join("\n");
}

function changeTable(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  const head = ["routes", "ms median", "p99", "ante CPU ms", "and after", "Envoy CPU ms", "Envoy's share of CPU"];
  return ["", title, textTable(head, rows)];
}

function changeCells(change: ChangeFigures): readonly string[] {
  return [
    figure(median(change.ms)),
    figure(quantile(change.ms, 0.99)),
    figure(median(change.anteCpuMs)),
    figure(median(change.allAnteCpuMs)),
    figure(median(change.envoyCpuMs)),
    `${figure(envoyShare(change) * 100)} %`,
  ];
}

/** Of the processor time that both use until the change is in effect. */
export function envoyShare({ anteCpuMs, envoyCpuMs }: ChangeFigures): number {
  const envoy = median(envoyCpuMs);
  return envoy / (envoy + median(anteCpuMs));
}

function unexpectedLine(result: RouteFigures): string {
  const { routes, layout, unexpected, samples, backgroundAsked, publishedToAckMs } = result;
  const bad = unexpected === 0 ? "none" : `${unexpected}: ${samples.join("; ")}`;
  return (
    `${routes} ${layout}: snapshot to acknowledgement ${figure(publishedToAckMs)} ms (mean); ` +
    `answers that are neither 200 nor 404, or not 200 in ${backgroundAsked} on a route that stays: ${bad}`
  );
}

export function routesResult(results: readonly RouteFigures[]): unknown {
  return results.map(({ routes, layout, load, idleCpu, publishedToAckMs, unexpected, ...changes }) => ({
    routes,
    layout,
    loadS: rounded(load.ms / 1_000),
    loadAnteCpuS: rounded(load.anteCpuS),
    loadEnvoyCpuS: rounded(load.envoyCpuS),
    anteMiB: rounded(mebibytes(load.anteMemory.now)),
    antePeakMiB: rounded(mebibytes(load.anteMemory.peak)),
    envoyMiB: rounded(mebibytes(load.envoyMemory.now)),
    idleCpu: rounded(idleCpu),
    added: changeResult(changes.added),
    removed: changeResult(changes.removed),
    moved: changeResult(changes.moved),
    publishedToAckMs: rounded(publishedToAckMs),
    unexpected,
  }));
}

function changeResult(change: ChangeFigures): unknown {
  return {
    medianMs: rounded(median(change.ms)),
    p99Ms: rounded(quantile(change.ms, 0.99)),
    anteCpuMs: rounded(median(change.anteCpuMs)),
    allAnteCpuMs: rounded(median(change.allAnteCpuMs)),
    envoyCpuMs: rounded(median(change.envoyCpuMs)),
    envoyShare: rounded(envoyShare(change)),
  };
}

export function mebibytes(bytes: number): number {
  return bytes / 2 ** 20;
}
