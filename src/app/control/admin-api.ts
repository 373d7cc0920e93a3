import type { Registry } from "prom-client";
import type { AdminPorts, OwnershipView, ReadinessCheck } from "../../admin/ports.ts";
import type { Clock } from "../../lib/clock.ts";
import type { ModelOptions } from "../../model/model.ts";
import type { Store } from "../../sources/store.ts";
import type { XdsServer } from "../../xds/server.ts";
import { proxyViews } from "./admin-ports.ts";
import type { Control } from "./control.ts";
import type { PickerLink } from "./picker-link.ts";
import { poolViews } from "./pool-views.ts";
import { statusView } from "./status-view.ts";
import { gatewayXdsViews } from "./xds-views.ts";

export interface AdminApiParts {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly store: Store;
  readonly control: Control;
  readonly xds: XdsServer;
  readonly picker: PickerLink;
  readonly model: ModelOptions;
  readonly readiness: () => readonly ReadinessCheck[];
  readonly ownership: () => OwnershipView;
  /** Undefined: there is no such proxy, or it cannot be asked from here. */
  readonly proxyMetrics: (nodeId: string) => Promise<string> | undefined;
}

/** What the admin API shows of the control thread and of the picker. */
export function adminPorts(parts: AdminApiParts): AdminPorts {
  const { clock, registry, store, control, xds, picker, model, readiness, ownership, proxyMetrics } = parts;
  const isHeld = (gateway: string): boolean => (control.publishers.get(gateway)?.held.size ?? 0) > 0;
  return {
    readiness,
    ownership,
    metrics: async () => [await registry.metrics(), (await picker.metrics()) ?? ""],
    proxies: () => proxyViews(xds.proxies.get(), control.envoys, isHeld, clock.wallMs()),
    proxyMetrics,
    queues: () => picker.state.queues,
    endpoints: () => picker.state.endpoints,
    pools: () => poolViews(store.configuration.get(), control.result, control.table, picker.state),
    xds: (filter) => gatewayXdsViews(control.publishers, filter),
    decisions: (limit) => picker.decisions(limit),
    statuses: () => control.statuses.map((status) => statusView(status, model.controllerName)),
  };
}
