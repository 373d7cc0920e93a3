/** Starts one Envoy and waits to be killed; a process of its own, so that a test can kill it. Prints Envoy's pid. */
import { bootstrap, defaultLimits } from "../../src/infra/process/bootstrap.ts";
import { spawnEnvoy } from "../../src/infra/process/spawn-envoy.ts";
import { silentLog } from "../../src/observe/log.ts";

const [envoy = "", folder = ""] = process.argv.slice(2);
const socket = (name: string): string => `${folder}/${name}.sock`;
const sockets = { xds: socket("x"), picker: socket("p"), accessLog: socket("p"), admin: socket("a") };

const child = spawnEnvoy(
  {
    envoy,
    bootstrap: bootstrap({ nodeId: "n", gateway: "default/test", sockets, limits: defaultLimits }),
    concurrency: 1,
    logLevel: "error",
    rejectUnknownFields: true,
  },
  silentLog,
  () => {},
);
process.stdout.write(`${child.pid}\n`);
setInterval(() => {}, 1000);
