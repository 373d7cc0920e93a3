/**
 * What files come to, without a gateway: the same admission, model and xDS as a running one has, and nothing is asked
 * of a proxy. Reads the files, produces problems and the parts that were asked for; owns nothing.
 */
import { createEndpointLane } from "../../endpoints/lane.ts";
import { present } from "../../lib/present.ts";
import { createModel } from "../../model/model.ts";
import type { ModelResult } from "../../model/result.ts";
import { readFilesOnce } from "../../sources/files/read-once.ts";
import { formatReport } from "../../sources/files/report.ts";
import { Store } from "../../sources/store.ts";
import { createBuilder } from "../../xds/build/builder.ts";
import { configDump } from "../../xds/dump/config-dump.ts";
import { nothingHeld } from "../../xds/held.ts";
import { findings, formatFinding } from "../control/findings.ts";
import { statusView } from "../control/status-view.ts";
import { showIr } from "./show-ir.ts";

export interface TranslateOptions {
  readonly paths: readonly string[];
  /** What came on the standard input. */
  readonly texts: Readonly<Record<string, string>>;
  readonly controllerName: string;
  /** Of the gateway's machine, where it is known. */
  readonly zone?: string;
  /** Address that listeners bind. */
  readonly bind: string;
  /** How messages call a file. */
  readonly nameOf: (file: string) => string;
}

export interface Problem {
  readonly severity: "error" | "warning";
  /** "file:line:column: ...". */
  readonly text: string;
}

export interface Translation {
  readonly problems: readonly Problem[];
  statuses(): unknown;
  xds(): unknown;
  ir(): unknown;
}

export async function translate(options: TranslateOptions): Promise<Translation> {
  const { paths, texts, controllerName, zone, nameOf } = options;
  const store = new Store();
  const reports = await readFilesOnce({ paths, store, texts });
  const result = createModel({ controllerName, mode: "files", ...present("zone", zone) }).build(
    store.configuration.get(),
  );
  return {
    problems: [
      ...reports
        .filter(({ level }) => level === "rejected" || level === "warning")
        .map((report) => ({
          severity: report.level === "warning" ? ("warning" as const) : ("error" as const),
          text: formatReport({ ...report, file: nameOf(report.file) }),
        })),
      ...findings(result.statuses).map((finding) => {
        const place = store.locate(finding.ref, "");
        const where = place === undefined ? "" : `${nameOf(place.file)}:${place.line}:${place.column}: `;
        return { severity: finding.severity, text: `${where}${finding.severity}: ${formatFinding(finding)}` };
      }),
    ],
    statuses: () => result.statuses.map((status) => statusView(status, controllerName)),
    xds: () => xdsOf(result, store, options),
    ir: () => showIr(result),
  };
}

function xdsOf({ ir }: ModelResult, store: Store, { bind }: TranslateOptions): unknown {
  const builder = createBuilder({ bind, streamIdleTimeoutMs: 300_000, accessLogFlushMs: 5_000, reusePort: false });
  const clusters = [...ir.values()].flatMap((gateway) => [...gateway.clusters.values()]);
  const endpoints = createEndpointLane().resolve(clusters, store.endpoints.get());
  return [...ir.values()].map((gateway) => ({
    gateway: gateway.key,
    ...configDump(builder.build({ gateway, endpoints, held: nothingHeld, sequence: 1 })),
  }));
}
