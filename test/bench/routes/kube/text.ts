import { median, quantile, rounded } from "../../stats.ts";
import { figure, textTable } from "../../text-table.ts";
import { mebibytes } from "../text.ts";
import type { KubeChangeFigures, KubeFigures, ToggleFigures } from "./result.ts";

export function kubeText(results: readonly KubeFigures[]): string {
  const table = (title: string, head: readonly string[], cells: (result: KubeFigures) => readonly string[]): string =>
    `${title}\n${textTable(
      ["routes", ...head],
      results.map((result) => [`${result.routes}`, ...cells(result)]),
    )}\n`;
  const changes = (title: string, of: (result: KubeFigures) => KubeChangeFigures): string =>
    table(title, changeHead, (result) => changeCells(of(result)));
  return [
    table("Load: created while the program runs; seconds since the first object", loadHead, loadCells),
    changes("One more route, to its first 200", ({ added }) => added),
    changes("One route less, to its first 404", ({ removed }) => removed),
    changes("One endpoint is another one, to its first answer", ({ moved }) => moved),
    table(
      "A route leads to one Service and the other in turns, each 200 ms, with 200 requests/s",
      ["toggles", "seen", "ms median", "p99", "asked", "not 2xx"],
      ({ toggled }) => toggleCells(toggled),
    ),
    table("Restart: a new process finds it all; seconds since its start", restartHead, restartCells),
    ...results.map(unexpectedLine),
  ].join("\n");
}

const loadHead = [
  ...[
    "created s",
    "served s",
    "Accepted s",
    "ante CPU s",
    "control CPU s",
    "waited s",
    "Envoy CPU s",
    "API server CPU s",
  ],
  ...["ante MiB", "peak", "Envoy MiB", "API server MiB", "idle % of a core"],
];

function loadCells({ load, idle }: KubeFigures): readonly string[] {
  return [
    load.createdMs / 1_000,
    load.servedMs / 1_000,
    load.acceptedMs / 1_000,
    load.anteCpuS,
    load.controlCpuS,
    load.controlWaitedS,
    load.envoyCpuS,
    load.apiServerCpuS,
    mebibytes(load.anteMemory.now),
    mebibytes(load.anteMemory.peak),
    mebibytes(load.envoyMemory.now),
    mebibytes(load.apiServerMemory.now),
    idle.ante * 100,
  ].map(figure);
}

const changeHead = ["ms median", "p99", "written", "ante CPU ms", "and after", "Envoy CPU ms", "API server CPU ms"];

function changeCells(change: KubeChangeFigures): readonly string[] {
  return [
    median(change.ms),
    quantile(change.ms, 0.99),
    median(change.writeMs),
    median(change.anteCpuMs),
    median(change.allAnteCpuMs),
    median(change.envoyCpuMs),
    median(change.apiServerCpuMs),
  ].map(figure);
}

function toggleCells({ toggles, overtaken, ms, asked, unexpected, samples }: ToggleFigures): readonly string[] {
  const bad = unexpected === 0 ? "none" : `${unexpected}: ${samples.join("; ")}`;
  return [...[toggles, toggles - overtaken, median(ms), quantile(ms, 0.99), asked].map(figure), bad];
}

const restartHead = [
  "ready s",
  "new route s",
  "ante CPU s",
  "control CPU s",
  "waited s",
  "API server CPU s",
  "ante MiB",
];

function restartCells({ restart }: KubeFigures): readonly string[] {
  const { readyMs, servedMs, anteCpuS, controlCpuS, controlWaitedS, apiServerCpuS, anteMemory } = restart;
  return [
    readyMs / 1_000,
    servedMs / 1_000,
    anteCpuS,
    controlCpuS,
    controlWaitedS,
    apiServerCpuS,
    mebibytes(anteMemory.now),
  ].map(figure);
}

function unexpectedLine({ routes, unexpected, samples, backgroundAsked, restart }: KubeFigures): string {
  const bad = unexpected === 0 ? "none" : `${unexpected}: ${samples.join("; ")}`;
  return (
    `${routes}: answers that are neither 200 nor 404, or not 200 in ${backgroundAsked} on a route that stays: ${bad}; ` +
    `routes written again after the restart: ${restart.rewritten === 0 ? "none" : restart.rewritten}`
  );
}

export function kubeResult(results: readonly KubeFigures[]): unknown {
  return results.map(({ routes, load, idle, added, removed, moved, toggled, restart, unexpected }) => ({
    routes,
    load: {
      createdS: rounded(load.createdMs / 1_000),
      servedS: rounded(load.servedMs / 1_000),
      acceptedS: rounded(load.acceptedMs / 1_000),
      anteCpuS: rounded(load.anteCpuS),
      controlCpuS: rounded(load.controlCpuS),
      controlWaitedS: rounded(load.controlWaitedS),
      envoyCpuS: rounded(load.envoyCpuS),
      apiServerCpuS: rounded(load.apiServerCpuS),
      anteMiB: rounded(mebibytes(load.anteMemory.now)),
      antePeakMiB: rounded(mebibytes(load.anteMemory.peak)),
      envoyMiB: rounded(mebibytes(load.envoyMemory.now)),
      apiServerMiB: rounded(mebibytes(load.apiServerMemory.now)),
    },
    idleCpu: rounded(idle.ante),
    idleApiServerCpu: rounded(idle.apiServer),
    added: changeResult(added),
    removed: changeResult(removed),
    moved: changeResult(moved),
    toggled: {
      toggles: toggled.toggles,
      overtaken: toggled.overtaken,
      medianMs: rounded(median(toggled.ms)),
      p99Ms: rounded(quantile(toggled.ms, 0.99)),
      asked: toggled.asked,
      unexpected: toggled.unexpected,
    },
    restart: {
      readyS: rounded(restart.readyMs / 1_000),
      newRouteS: rounded(restart.servedMs / 1_000),
      anteCpuS: rounded(restart.anteCpuS),
      controlCpuS: rounded(restart.controlCpuS),
      controlWaitedS: rounded(restart.controlWaitedS),
      apiServerCpuS: rounded(restart.apiServerCpuS),
      anteMiB: rounded(mebibytes(restart.anteMemory.now)),
      rewritten: restart.rewritten,
    },
    unexpected,
  }));
}

function changeResult(change: KubeChangeFigures): unknown {
  return {
    medianMs: rounded(median(change.ms)),
    p99Ms: rounded(quantile(change.ms, 0.99)),
    writtenMs: rounded(median(change.writeMs)),
    anteCpuMs: rounded(median(change.anteCpuMs)),
    allAnteCpuMs: rounded(median(change.allAnteCpuMs)),
    envoyCpuMs: rounded(median(change.envoyCpuMs)),
    apiServerCpuMs: rounded(median(change.apiServerCpuMs)),
  };
}
