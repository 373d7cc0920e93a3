/** Certificates as Secrets: who writes them, when they are renewed, and that nobody meets one that it does not believe. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { afterEach, describe, it } from "node:test";
import { KubeError, type KubeObject } from "../../src/kube/api.ts";
import { readKeyPair } from "../../src/lib/key-pair.ts";
import { type Log, silentLog } from "../../src/observe/log.ts";
import { secretResource } from "../../src/trust/secret.ts";
import { Trust, type TrustTimes } from "../../src/trust/trust.ts";
import { FakeClock } from "../helpers/fake-clock.ts";
import { FakeKube } from "../helpers/fake-kube.ts";

const namespace = "envoy-gateway-system";
const serverNames = ["antechamber.envoy-gateway-system.svc", "antechamber"];
const minuteMs = 60_000;
const times: TrustTimes = {
  authorityMs: 1_000 * minuteMs,
  certificateMs: 300 * minuteMs,
  overlapMs: 20 * minuteMs,
  lookMs: minuteMs,
};
const gw = { gateway: "default/gw", name: "envoy-default-gw-1", labels: { of: "gw" }, annotations: { by: "us" } };
const other = { gateway: "team/other", name: "envoy-team-other-2", labels: { of: "other" } };
const running: Trust[] = [];

afterEach(() => {
  for (const trust of running.splice(0)) trust.stop();
});

function replica(world: { readonly api: FakeKube; readonly clock: FakeClock; readonly log?: Log }): Trust {
  const trust = new Trust({ log: silentLog, ...world, namespace, serverNames, times });
  running.push(trust);
  return trust;
}

/** Of an installation with one owner. */
async function started() {
  const world = { api: new FakeKube(), clock: new FakeClock(Date.UTC(2030, 0, 1)) };
  const trust = replica(world);
  trust.ensure([gw]);
  trust.setOwner(true);
  await trust.start();
  await settled();
  return { ...world, trust };
}

/** Keys are made on threads of their own, which a fake clock knows nothing of. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((done) => setTimeout(done, 2));
}

async function pass(clock: FakeClock, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    clock.advance(minuteMs);
    await settled();
  }
}

const secret = (api: FakeKube, name: string): KubeObject => api.read(secretResource, { namespace, name });
const text = (object: KubeObject, key: string): string =>
  Buffer.from((object["data"] as Record<string, string>)[key] ?? "", "base64").toString();
const leaf = (api: FakeKube, name: string): X509Certificate => new X509Certificate(text(secret(api, name), "tls.crt"));
const bundle = (api: FakeKube, name: string): readonly X509Certificate[] =>
  (text(secret(api, name), "ca.crt").match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
const believes = (api: FakeKube, name: string, certificate: X509Certificate): boolean =>
  bundle(api, name).some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));

/** Ours and the proxies' believe each other. */
function assertMutual(api: FakeKube): void {
  assert.ok(believes(api, gw.name, leaf(api, "antechamber")), "the proxy believes the server");
  assert.ok(believes(api, "antechamber", leaf(api, gw.name)), "the server believes the proxy");
}

describe("the owner's certificates", () => {
  it("are made where there are none, each for its holder", async () => {
    const { api, trust } = await started();
    assertMutual(api);
    assert.equal(leaf(api, "antechamber").subjectAltName, serverNames.map((name) => `DNS:${name}`).join(", "));
    assert.equal(leaf(api, gw.name).subjectAltName, "URI:spiffe://antechamber/gateway/default/gw");
    assert.equal(bundle(api, gw.name)[0]?.ca, true);
    for (const name of ["antechamber-ca", "antechamber", gw.name]) {
      assert.equal(secret(api, name)["type"], "kubernetes.io/tls");
      const pair = readKeyPair(text(secret(api, name), "tls.crt"), text(secret(api, name), "tls.key"));
      assert.equal(pair.kind, "pair");
    }
    assert.equal(trust.server.get()?.chain, text(secret(api, "antechamber"), "tls.crt"));
  });

  it("carry the labels by which they are removed with their Gateway", async () => {
    const { api } = await started();
    const { labels, annotations } = secret(api, gw.name).metadata;
    assert.equal(labels?.["of"], "gw");
    assert.equal(annotations?.["by"], "us");
  });

  it("follow Gateways that come", async () => {
    const { api, clock, trust } = await started();
    trust.ensure([gw, other]);
    await settled();
    clock.advance(0);
    await settled();
    assert.equal(leaf(api, other.name).subjectAltName, "URI:spiffe://antechamber/gateway/team/other");
  });

  it("are not looked at again when the same Gateways are told, as with each route that changes", async () => {
    const { api, clock, trust } = await started();
    await pass(clock, 1);
    api.calls.length = 0;
    trust.ensure([{ ...gw }]);
    await settled();
    clock.advance(0);
    await settled();
    assert.deepEqual(api.calls, []);
  });

  it("are not written again while nothing is due", async () => {
    const { api, clock } = await started();
    await pass(clock, 1);
    api.calls.length = 0;
    await pass(clock, 20);
    assert.deepEqual(
      api.calls.filter(({ verb }) => verb !== "get" && verb !== "list"),
      [],
    );
  });

  it("are renewed after two thirds of their life at the latest, by the same authority", async () => {
    const { api, clock, trust } = await started();
    const first = leaf(api, gw.name);
    const shown = trust.server.get();
    clock.advance(170 * minuteMs);
    await settled();
    assert.equal(leaf(api, gw.name).serialNumber, first.serialNumber);
    clock.advance(31 * minuteMs);
    await settled();
    const second = leaf(api, gw.name);
    assert.notEqual(second.serialNumber, first.serialNumber);
    assert.equal(second.issuer, first.issuer);
    assert.notEqual(trust.server.get()?.chain, shown?.chain);
    assertMutual(api);
  });

  it("are mended where they were damaged, and what others have put on the object stays", async () => {
    const { api, clock } = await started();
    const kept = secret(api, gw.name);
    const damages: readonly Record<string, string>[] = [
      {},
      { "tls.crt": "bm8=", "tls.key": "bm8=" },
      { ...(secret(api, "antechamber")["data"] as Record<string, string>) },
    ];
    for (const data of damages) {
      api.put(secretResource, { ...kept, metadata: { ...kept.metadata, labels: { theirs: "yes" } }, data });
      await pass(clock, 1);
      assertMutual(api);
      assert.equal(leaf(api, gw.name).subjectAltName, "URI:spiffe://antechamber/gateway/default/gw");
      assert.equal(secret(api, gw.name).metadata.labels?.["theirs"], "yes");
      assert.equal(secret(api, gw.name).metadata.labels?.["of"], "gw");
    }
  });

  it("come back when they were deleted", async () => {
    const { api, clock } = await started();
    for (const name of [gw.name, "antechamber"]) api.remove(secretResource, { namespace, name });
    await pass(clock, 2);
    assertMutual(api);
  });

  it("are believed still when the authority is lost", async () => {
    const { api, clock } = await started();
    const before = leaf(api, gw.name);
    api.remove(secretResource, { namespace, name: "antechamber-ca" });
    await pass(clock, 1);
    assert.ok(believes(api, "antechamber", before));
    assert.notEqual(leaf(api, gw.name).issuer, before.issuer);
    assertMutual(api);
  });
});

describe("a new authority", () => {
  it("is believed everywhere before it signs, and the one before it after", async () => {
    const { api, clock } = await started();
    const old = { server: leaf(api, "antechamber"), proxy: leaf(api, gw.name) };
    const issuer = (): string => leaf(api, gw.name).issuer;
    const first = issuer();
    // What a proxy holds may be as old as the overlap, and the servers' too.
    let isPrepared = false;
    let isForgotten = false;
    for (let step = 0; step < 400 && !isForgotten; step++) {
      const before = { server: leaf(api, "antechamber"), proxy: leaf(api, gw.name), bundles: bundle(api, gw.name) };
      clock.advance(10 * minuteMs);
      await settled();
      assertMutual(api);
      assert.ok(believes(api, "antechamber", before.proxy), "a proxy's certificate of ten minutes ago is believed");
      assert.ok(believes(api, gw.name, before.server), "the server's certificate of ten minutes ago is believed");
      const issued = leaf(api, "antechamber");
      assert.ok(
        before.bundles.some((authority) => issued.checkIssued(authority) && issued.verify(authority.publicKey)),
        "a proxy with the trust of ten minutes ago believes the server",
      );
      if (bundle(api, gw.name).length === 2 && issuer() === first) isPrepared = true;
      if (bundle(api, gw.name).length === 1 && issuer() !== first) isForgotten = true;
    }
    assert.ok(isPrepared, "it was believed before it signed");
    assert.ok(isForgotten, "the one before it was forgotten");
    assert.ok(!believes(api, "antechamber", old.proxy));
  });
});

describe("a replica that does not own", () => {
  it("writes nothing, and shows what the owner has written", async () => {
    const { api, clock, trust } = await started();
    const standby = replica({ api, clock });
    standby.ensure([gw, other]);
    await standby.start();
    assert.deepEqual(standby.server.get(), trust.server.get());
    api.calls.length = 0;
    clock.advance(201 * minuteMs);
    await settled();
    await pass(clock, 1);
    assert.deepEqual(standby.server.get(), trust.server.get());
    assert.throws(() => secret(api, other.name), /404|not found|no such/i);
  });

  it("waits for the first certificate", async () => {
    const world = { api: new FakeKube(), clock: new FakeClock(Date.UTC(2030, 0, 1)) };
    const standby = replica(world);
    let isReady = false;
    const ready = standby.start().then(() => {
      isReady = true;
    });
    await pass(world.clock, 3);
    assert.equal(isReady, false);
    const owner = replica(world);
    owner.setOwner(true);
    await owner.start();
    await pass(world.clock, 1);
    await ready;
    assert.deepEqual(standby.server.get(), owner.server.get());
  });

  it("goes on with the owner's authority when it owns itself", async () => {
    const { api, clock, trust } = await started();
    const issuer = leaf(api, gw.name).issuer;
    const standby = replica({ api, clock });
    standby.ensure([gw, other]);
    await standby.start();
    trust.setOwner(false);
    standby.setOwner(true);
    await settled();
    await pass(clock, 1);
    assert.equal(leaf(api, other.name).issuer, issuer);
  });
});

describe("an API server that refuses", () => {
  it("one Secret costs the others nothing", async () => {
    const { api, clock, trust } = await started();
    const blocked = { ...gw, gateway: "default/blocked", name: "envoy-blocked" };
    api.refuse = ({ key, verb }) =>
      verb === "create" && key.endsWith("envoy-blocked") ? new KubeError("no", 422, "Invalid") : undefined;
    trust.ensure([blocked, other]);
    await settled();
    await pass(clock, 1);
    assert.ok(leaf(api, other.name));
    api.refuse = () => undefined;
    await pass(clock, 1);
    assert.ok(leaf(api, blocked.name));
  });

  it("everything is asked again", async () => {
    const world = { api: new FakeKube(), clock: new FakeClock(Date.UTC(2030, 0, 1)) };
    world.api.refuse = () => new Error("connect ECONNREFUSED");
    const trust = replica(world);
    trust.setOwner(true);
    const ready = trust.start();
    await pass(world.clock, 2);
    assert.equal(trust.server.get(), undefined);
    world.api.refuse = () => undefined;
    await pass(world.clock, 1);
    await ready;
  });

  it("two owners at once leave one authority that both sign with", async () => {
    const world = { api: new FakeKube(), clock: new FakeClock(Date.UTC(2030, 0, 1)) };
    const owners = [replica(world), replica(world)];
    for (const owner of owners) {
      owner.ensure([gw]);
      owner.setOwner(true);
    }
    const ready = Promise.all(owners.map((owner) => owner.start()));
    await pass(world.clock, 3);
    await ready;
    assertMutual(world.api);
    assert.equal(bundle(world.api, gw.name).length, 1);
    assert.deepEqual(owners[0]?.server.get(), owners[1]?.server.get());
  });
});

describe("the log", () => {
  it("says once what the API server refuses, and again after it was well", async () => {
    const lines: string[] = [];
    const warn = ({ error }: object & { readonly error?: unknown }): number => lines.push(String(error));
    const log: Log = { ...silentLog, warn, child: () => log };
    const world = { api: new FakeKube(), clock: new FakeClock(Date.UTC(2030, 0, 1)), log };
    const trust = replica(world);
    for (let round = 0; round < 2; round++) {
      world.api.refuse = () => new KubeError("secrets is forbidden", 403, "Forbidden");
      trust.setOwner(true);
      await pass(world.clock, 3);
      world.api.refuse = () => undefined;
      await pass(world.clock, 1);
    }
    assert.deepEqual(lines, ["secrets is forbidden", "secrets is forbidden"]);
  });

  it("never has a key in it", async () => {
    const lines: string[] = [];
    const write = (fields: object, message: string): number => lines.push(JSON.stringify(fields) + message);
    const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
    const world = { api: new FakeKube(), clock: new FakeClock(Date.UTC(2030, 0, 1)), log };
    const trust = replica(world);
    trust.ensure([gw]);
    trust.setOwner(true);
    await trust.start();
    await settled();
    world.api.refuse = ({ body }) => new Error(`no: ${typeof body}`);
    await pass(world.clock, 2);
    assert.ok(lines.length > 2);
    const keys = ["antechamber-ca", "antechamber", gw.name].map((name) => {
      world.api.refuse = () => undefined;
      return text(secret(world.api, name), "tls.key").split("\n")[1] ?? "";
    });
    for (const key of keys) assert.ok(!lines.some((line) => line.includes(key)));
    assert.ok(!lines.some((line) => line.includes("PRIVATE")));
  });
});
