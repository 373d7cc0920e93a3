import { externalPickerOf } from "../../helpers/external-picker.ts";
import {
  backendOf,
  endpointsOf,
  forward,
  makeGateway,
  makeRoute,
  matchModel,
  poolCluster,
} from "../../helpers/make-ir.ts";
import type { GoldenCase } from "./golden-case.ts";

const full = poolCluster("full");
const plain = poolCluster("plain");
const own = poolCluster("own");
const fullPicker = externalPickerOf("full-epp", { chain: "full-duplex", tls: "insecure" });
const plainPicker = externalPickerOf("plain-epp", { chain: "buffered", tls: "off" }, true);

/** A pool whose picker speaks the protocol, one whose picker answers part by part, and one of the built-in picker. */
export const input: GoldenCase = {
  gateway: makeGateway(
    [
      {
        host: "llm.test",
        model: { servedModels: [] },
        routes: [
          makeRoute("full", forward([backendOf(full, 1, { picker: fullPicker.use })]), {
            match: matchModel("exact", "full"),
            body: "needs",
          }),
          makeRoute(
            "both",
            forward([
              backendOf(full, 9, { picker: fullPicker.use, objective: "100%", fairnessId: "a" }),
              backendOf(plain, 1, { picker: plainPicker.use, failOpen: true }),
              backendOf(own, 1),
            ]),
            { body: "needs" },
          ),
        ],
      },
    ],
    [full, plain, own, fullPicker.cluster, plainPicker.cluster],
  ),
  endpoints: endpointsOf({
    [full.key]: [8001],
    [plain.key]: [8002],
    [own.key]: [8003],
    [fullPicker.cluster.key]: [9002],
    [plainPicker.cluster.key]: [9003],
  }),
};
