/**
 * A placement id carries the charge, so that a picker that did not make the placement can adopt it from the access log:
 * "<unique>.<placed at, wall ms>.<priority>.<prompt bytes>.<prompt tokens>.<output tokens>.<limit>.<answers>.<model>",
 * numbers in decimal, the limit "-" where there is none, the model percent-encoded.
 */
import type { Charge } from "./ledger-lease.ts";

export interface PlacedCharge {
  readonly charge: Charge;
  readonly placedAtWallMs: number;
}

export function formatPlacementId(unique: string, charge: Omit<Charge, "id">, wallMs: number): string {
  const { priority, promptBytes, promptTokens, outputTokens, outputLimit, answers, model } = charge;
  const numbers = [Math.floor(wallMs), priority, promptBytes, promptTokens, outputTokens, outputLimit ?? "-", answers];
  return [unique, ...numbers, encodeURIComponent(model.toWellFormed())].join(".");
}

/** Undefined for what is no id of ours. */
export function parsePlacementId(id: string): PlacedCharge | undefined {
  const parts = idPattern.exec(id)?.groups;
  if (parts === undefined) return undefined;
  const { placedAt, priority, bytes, prompt, output, limit, answers } = parts;
  return {
    placedAtWallMs: Number(placedAt),
    charge: {
      id,
      priority: Number(priority),
      promptBytes: Number(bytes),
      promptTokens: Number(prompt),
      outputTokens: Number(output),
      ...(limit === "-" ? {} : { outputLimit: Number(limit) }),
      answers: Number(answers),
      model: decode(parts["model"] as string),
    },
  };
}

/** A percent sign that encodes nothing stands for itself. */
function decode(model: string): string {
  try {
    return decodeURIComponent(model);
  } catch {
    return model;
  }
}

const idPattern =
  /^[\w-]+\.(?<placedAt>\d+)\.(?<priority>-?\d+)\.(?<bytes>\d+)\.(?<prompt>\d+)\.(?<output>\d+)\.(?<limit>\d+|-)\.(?<answers>\d+)\.(?<model>(?:[\w.!~*'()-]|%[0-9A-Fa-f]{2})*)$/;
