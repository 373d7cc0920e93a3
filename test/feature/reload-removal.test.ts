/** A route, its Service and where that is served leave with one file, while clients ask. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Echo, http, startEcho } from "../helpers/http.ts";
import { gateway, gatewayClass, httpRoute, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { Traffic } from "../helpers/traffic.ts";

describe("an application whose file is removed under load", () => {
  let ante: Ante;
  let echo: Echo;
  let port: number;

  const app = (name: string): string =>
    yaml(
      httpRoute(name, { parent: "gateway" }, [
        { matches: [pathMatch("PathPrefix", `/${name}`)], backendRefs: [toService(name)] },
      ]),
      ...service(name, [echo.port]),
    );

  before(async () => {
    echo = await startEcho("app");
    port = await freePort();
    const files = {
      "gateway.yaml": yaml(gatewayClass(), gateway("gateway", port)),
      "stays.yaml": app("stays"),
      "goes.yaml": app("goes"),
    };
    ante = await Ante.start({ files });
  });
  after(async () => {
    await ante.stop();
    await echo.stop();
  });

  it("answers 200 and then 404, nothing between", async () => {
    const status = async (): Promise<number> => (await http(port, "/goes")).status;
    for (let round = 0; round < 3; round++) {
      ante.write("goes.yaml", app("goes"));
      await eventually("the route to answer", async () => ((await status()) === 200 ? true : undefined));
      const traffic = new Traffic({ port, path: "/goes" });
      ante.remove("goes.yaml");
      await eventually("the route to be gone", async () => ((await status()) === 404 ? true : undefined));
      await traffic.stop();
      assert.deepEqual(
        traffic.failures.filter((failure) => !failure.startsWith("404 ")),
        [],
      );
    }
  });
});
