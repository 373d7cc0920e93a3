/** Readers of option values for commander; what they throw it prints with the option's name. */
import { InvalidArgumentError } from "commander";

export function port(value: string): number {
  return integer(0, 65_535)(value);
}

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): (value: string) => number {
  return (value) => {
    const parsed = Number(value);
    if (value.trim() === "" || !Number.isInteger(parsed) || parsed < least || parsed > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
      throw new InvalidArgumentError(`it must be a whole number, ${range}.`);
    }
    return parsed;
  };
}

export function decimal(least: number, most = Number.POSITIVE_INFINITY): (value: string) => number {
  return (value) => {
    const parsed = value === "inf" ? Number.POSITIVE_INFINITY : Number(value);
    if (value.trim() === "" || !(parsed >= least && parsed <= most)) {
      const range = Number.isFinite(most) ? `${least} to ${most}` : `${least} or more`;
      throw new InvalidArgumentError(`it must be a number, ${range}.`);
    }
    return parsed;
  };
}

/** What is in a URL ends up in logs, so that it may name nobody. */
export function collectorUrl(value: string): string {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "") {
    throw new InvalidArgumentError("it must be an http or https URL without a user, as http://127.0.0.1:4318.");
  }
  return value;
}

export function adminUrl(value: string): string {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new InvalidArgumentError("it must be an http URL, as http://127.0.0.1:19000.");
  }
  return value.replace(/\/$/, "");
}
