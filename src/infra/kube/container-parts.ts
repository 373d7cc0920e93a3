import type { JsonObject } from "../../lib/json.ts";
import { certificateFolder, sdsFolder } from "./config-map.ts";

/** Of a container; nothing in the Pod needs to write to its image's files, nor a privilege. */
export const containerSecurity: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsGroup: 65_532,
  runAsNonRoot: true,
  runAsUser: 65_532,
  seccompProfile: { type: "RuntimeDefault" },
};

export const certificateMounts: readonly JsonObject[] = [
  { name: "certs", mountPath: certificateFolder, readOnly: true },
  { name: "sds", mountPath: sdsFolder, readOnly: true },
];
