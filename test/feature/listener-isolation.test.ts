/** Listeners of one port on a real Envoy: a request sees the routes of the closest listener alone. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { type Echo, httpGet, startEcho } from "../helpers/http.ts";
import { gatewayClass, type Manifest, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";

const listeners: Readonly<Record<string, string | undefined>> = {
  "empty-hostname": undefined,
  "wildcard-example-com": "*.example.com",
  "wildcard-foo-example-com": "*.foo.example.com",
  "abc-foo-example-com": "abc.foo.example.com",
};
const hosts: Readonly<Record<string, string>> = {
  "bar.com": "empty-hostname",
  "bar.example.com": "wildcard-example-com",
  "bar.foo.example.com": "wildcard-foo-example-com",
  "abc.foo.example.com": "abc-foo-example-com",
};

/** As in the Gateway API's own test: each listener's route has a path of its own. */
function onListener(name: string, hostnames: readonly string[]): Manifest {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name },
    spec: {
      parentRefs: [{ name: "gw", sectionName: name }],
      hostnames,
      rules: [{ matches: [pathMatch("PathPrefix", `/${name}`)], backendRefs: [toService("web")] }],
    },
  };
}

for (const [kind, hostnames] of [
  ["without hostnames", []],
  ["with the hostnames of all listeners", Object.keys(hosts)],
] as const) {
  describe(`routes ${kind}`, () => {
    let ante: Ante;
    let web: Echo;
    let port: number;

    before(async () => {
      web = await startEcho("web");
      port = await freePort();
      const gateway = {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: { name: "gw" },
        spec: {
          gatewayClassName: "ante",
          listeners: Object.entries(listeners).map(([name, hostname]) => ({ name, hostname, port, protocol: "HTTP" })),
        },
      };
      ante = await Ante.start({
        files: {
          "all.yaml": yaml(
            gatewayClass(),
            JSON.parse(JSON.stringify(gateway)) as Manifest,
            ...Object.keys(listeners).map((name) => onListener(name, hostnames)),
            ...service("web", [web.port]),
          ),
        },
      });
    });
    after(async () => {
      await ante?.stop();
      await web.stop();
    });

    for (const [host, closest] of Object.entries(hosts)) {
      it(`serve ${host} on its closest listener alone`, async () => {
        const statuses: Record<string, number> = {};
        for (const name of Object.keys(listeners)) {
          statuses[name] = (await httpGet(port, `/${name}`, { host })).status;
        }
        const expected = Object.fromEntries(
          Object.keys(listeners).map((name) => [name, name === closest ? 200 : 404] as const),
        );
        assert.deepEqual(statuses, expected);
      });
    }
  });
}
