import { wiringCase } from "../../helpers/wiring-case.ts";
import type { GoldenCase } from "./golden-case.ts";

/** What the feature test runs on a real Envoy. */
export const input: GoldenCase = wiringCase({ port: 8081, one: 8001, two: 8002, dead: 8009 });
