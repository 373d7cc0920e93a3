import type { DecisionPageView, DecisionView } from "./decision-view.ts";
import { formatCounts, formatMs, formatShare, formatTable } from "./table.ts";

/** One line per decision, and under it one per server. */
export function decisionTable({ decided, sampled, decisions }: DecisionPageView): string {
  const blocks = decisions.map((decision) => {
    const servers = formatTable(
      [
        { head: "  SERVER", cell: ({ address }) => `  ${address}` },
        { head: "VERDICT", cell: ({ verdict }) => verdict },
        { head: "LOAD", cell: ({ load }) => formatShare(load) },
        { head: "SCORE", cell: ({ score }) => score?.toFixed(2) },
        { head: "SCORES", cell: ({ scores }) => formatCounts(scores ?? {}, (value) => value.toFixed(2)) },
        { head: "IN FLIGHT", cell: ({ inFlight }) => inFlight },
      ],
      decision.servers,
    );
    return `${decisionLine(decision)}\n${decision.servers.length === 0 ? "" : servers}`;
  });
  return [`${decided} decisions, ${sampled} of them sampled, the newest first\n`, ...blocks].join("\n");
}

function decisionLine(decision: DecisionView): string {
  const { timeMs, requestId, pool, model, target, priority, outcome, waitedMs, waitedFor, expected } = decision;
  const causes = Object.entries(waitedFor).flatMap(([cause, ms]) => (ms > 0 ? [`${cause} ${formatMs(ms)}`] : []));
  const parts = [
    new Date(timeMs).toISOString(),
    outcome,
    `model ${model === "" ? "-" : model}${target === model ? "" : ` (${target})`}`,
    `priority ${priority}`,
    `pool ${pool}`,
    `waited ${formatMs(waitedMs)}${causes.length === 0 ? "" : ` for ${causes.join(", ")}`}`,
    ...(expected === undefined ? [] : [`expects ${expected.promptTokens}+${expected.outputTokens} tokens`]),
    `request ${requestId === "" ? "-" : requestId}`,
  ];
  return parts.join("  ").replaceAll(/\p{Cc}+/gu, " ");
}
