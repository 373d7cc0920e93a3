import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouteConfiguration } from "../../../src/gen/envoy/config/route/v3/route.ts";
import { HttpGrpcAccessLogConfig } from "../../../src/gen/envoy/extensions/access_loggers/grpc/v3/als.ts";
import { Secret } from "../../../src/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts";
import { createBuilder } from "../../../src/xds/build/builder.ts";
import { configDump } from "../../../src/xds/dump/config-dump.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { type Snapshot, typeUrls, type XdsResource } from "../../../src/xds/snapshot.ts";
import { input as settings } from "../../golden/xds/settings.in.ts";
import { input as wiring } from "../../golden/xds/wiring.in.ts";

const options = { bind: "0.0.0.0", streamIdleTimeoutMs: 300_000, accessLogFlushMs: 10_000, reusePort: true };
const canary = "canary-Zq7";

const snapshotOf = (input: typeof wiring): Snapshot =>
  createBuilder(options).build({ gateway: input.gateway, endpoints: input.endpoints, held: nothingHeld, sequence: 1 });

const holding = (type: string, name: string, body: Uint8Array): Snapshot => {
  const resource: XdsResource = { name, version: "v1", body, origins: [], needs: [] };
  const nothing = new Map<string, XdsResource>();
  const resources = { cluster: nothing, endpoint: nothing, secret: nothing, listener: nothing, route: nothing };
  return { gateway: "default/g", sequence: 1, resources: { ...resources, [type]: new Map([[name, resource]]) } };
};

describe("configDump()", () => {
  it("shows every resource with its type, version and opened Anys", () => {
    for (const input of [settings, wiring]) {
      const snapshot = snapshotOf(input);
      const text = JSON.stringify(configDump(snapshot));
      for (const resources of Object.values(snapshot.resources))
        for (const { version } of resources.values()) assert.ok(text.includes(`"version_info":"${version}"`));
      assert.doesNotMatch(text, /type_url|typeUrl/);
      assert.match(text, /"@type":"type.googleapis.com\/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor"/);
    }
  });

  it("spells fields as Envoy's own dump does", () => {
    const { configs } = configDump(snapshotOf(wiring), { type: "listener" });
    assert.equal(configs.length, 1);
    const [dump] = configs as unknown as readonly {
      readonly "@type": string;
      readonly dynamic_listeners: readonly { readonly active_state: { readonly listener: Record<string, unknown> } }[];
    }[];
    assert.equal(dump?.["@type"], "type.googleapis.com/envoy.admin.v3.ListenersConfigDump");
    const listener = dump.dynamic_listeners[0]?.active_state.listener;
    assert.equal(listener?.["@type"], typeUrls.listener);
    assert.ok(listener !== undefined && "default_filter_chain" in listener);
  });

  it("shows what was asked for by type and name alone", () => {
    const snapshot = snapshotOf(wiring);
    const [name = ""] = snapshot.resources.cluster.keys();
    const { configs } = configDump(snapshot, { type: "cluster", name });
    assert.equal(configs.length, 1);
    assert.equal((JSON.stringify(configs).match(/version_info/g) ?? []).length, 1);
    assert.deepEqual(configDump(snapshot, { name: "none" }), { configs: [] });
  });
});

describe("what configDump() keeps to itself", () => {
  it("are the values of credential headers, in routes, matches and what is packed in an Any", () => {
    const header = (key: string) => ({ header: { key, value: `Bearer ${canary}` } });
    const packed = HttpGrpcAccessLogConfig.encode({
      commonConfig: {
        grpcService: { initialMetadata: [{ key: "x-api-key", value: canary }] },
      },
    }).finish();
    const body = RouteConfiguration.encode({
      name: "r",
      virtualHosts: [
        {
          name: "h",
          domains: ["*"],
          typedPerFilterConfig: {
            log: {
              typeUrl: "type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig",
              value: packed,
            },
          },
          routes: [
            {
              requestHeadersToAdd: [header("Authorization"), { header: { key: "x-plain", value: "shown" } }],
              responseHeadersToAdd: [header("set-cookie")],
              match: {
                pathSpecifier: { $case: "prefix", value: "/" },
                headers: [
                  {
                    name: "proxy-authorization",
                    headerMatchSpecifier: {
                      $case: "stringMatch",
                      value: { matchPattern: { $case: "exact", value: canary } },
                    },
                  },
                ],
              },
            },
          ],
        },
      ],
    }).finish();
    const text = JSON.stringify(configDump(holding("route", "r", body)));
    assert.doesNotMatch(text, new RegExp(canary));
    assert.equal((text.match(/\[redacted\]/g) ?? []).length, 4);
    assert.match(text, /"key":"x-plain","value":"shown"/);
  });

  it("is a Secret's private key, however it is given; its certificates are shown", () => {
    for (const specifier of [
      { $case: "inlineString", value: canary } as const,
      { $case: "inlineBytes", value: Buffer.from(canary) } as const,
    ]) {
      const body = Secret.encode({
        name: "s",
        type: {
          $case: "tlsCertificate",
          value: {
            certificateChain: { specifier: { $case: "inlineString", value: "the certificate" } },
            privateKey: { specifier },
          },
        },
      }).finish();
      const text = JSON.stringify(configDump(holding("secret", "s", body)));
      assert.doesNotMatch(text, new RegExp(canary));
      assert.doesNotMatch(text, new RegExp(Buffer.from(canary).toString("base64")));
      assert.match(text, /the certificate/);
      assert.match(text, /"private_key":\{"inline_string":"\[redacted\]"\}/);
    }
  });
});
