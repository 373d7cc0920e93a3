import type { ModelServer } from "../../pool/server.ts";
import type { Need } from "./need.ts";

/** Decides which servers may take one request more. */
export interface AdmissionRule {
  /** Load of the server with the request, as a share of its room; undefined: no room. */
  load(server: ModelServer, need: Need, nowMs: number): number | undefined;
}
