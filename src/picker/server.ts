/** Envoy's two services on one address: ext_proc, and the access log that tells how it ended. */
import { type ServerErrorResponse, status } from "@grpc/grpc-js";
import { AccessLogServiceService } from "../gen/envoy/service/accesslog/v3/als.ts";
import { ExternalProcessorService } from "../gen/envoy/service/ext_proc/v3/external_processor.ts";
import { type ListenAddress, type Listening, listen } from "../grpc/listen.ts";
import { peerOf } from "../grpc/peer.ts";
import type { Cancel, Clock } from "../lib/clock.ts";
import type { PoolKey } from "../model/ir.ts";
import type { Log } from "../observe/log.ts";
import type { Report } from "./access-log/report.ts";
import { handleLog, type LogAnswer, type LogCall } from "./access-log/service.ts";
import { handleStream, type OpenStream, type ProcessCall, refuseStream } from "./ext-proc/stream.ts";
import { createGrpcServer } from "./grpc-server.ts";
import type { Place } from "./placing.ts";

export interface PickerServerPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly place: Place;
  readonly sessionHeader: (pool: PoolKey) => string;
  readonly onReport: (report: Report) => void;
  /** How long those may still be placed, after another picker serves, whom their proxies cannot take there. */
  readonly handOverMs: number;
}

/** "handing-over": another picker serves; what waits here leaves for it as it can. */
type Duty = "serving" | "handing-over" | "standing-by";

export class PickerServer {
  readonly #server = createGrpcServer();
  readonly #ports: PickerServerPorts;
  readonly #streams = new Map<ProcessCall, OpenStream>();
  readonly #logs = new Map<LogCall, () => void>();
  #listening: Listening | undefined;
  #duty: Duty = "serving";
  #cancelGrace: Cancel = () => {};

  constructor(ports: PickerServerPorts) {
    this.#ports = ports;
    this.#server.addService(ExternalProcessorService, { process: (call: ProcessCall) => this.#process(call) });
    this.#server.addService(AccessLogServiceService, {
      streamAccessLogs: (call: LogCall, done: LogAnswer) => this.#log(call, done),
    });
  }

  /** Open ext_proc streams. */
  get streams(): number {
    return this.#streams.size;
  }

  /** The port, where it is one. */
  async listen(at: ListenAddress | string): Promise<number> {
    this.#listening = await listen(this.#server, at);
    return this.#listening.port;
  }

  setServing(isServing: boolean): void {
    if (isServing === (this.#duty === "serving")) return;
    this.#cancelGrace();
    if (isServing) {
      this.#duty = "serving";
      return;
    }
    this.#duty = "handing-over";
    for (const stream of [...this.#streams.values()]) stream.handOver();
    for (const end of [...this.#logs.values()]) end();
    const { clock, handOverMs } = this.#ports;
    this.#cancelGrace = clock.after(handOverMs, () => {
      this.#duty = "standing-by";
      for (const stream of [...this.#streams.values()]) stream.dismiss();
    });
  }

  /** Resets what is open. A graceful end would wait for every request that waits. */
  stop(): void {
    this.#cancelGrace();
    this.#server.forceShutdown();
  }

  #process(call: ProcessCall): void {
    // A call without a listener for "error" takes the thread with it.
    call.on("error", () => {});
    const stranger = this.#stranger(call);
    if (stranger !== undefined) {
      call.emit("error", stranger);
      return;
    }
    if (this.#duty === "standing-by") {
      refuseStream(call);
      return;
    }
    const stream = handleStream(call, this.#ports);
    this.#streams.set(call, stream);
    call.once("close", () => this.#streams.delete(call));
    if (this.#duty === "handing-over") stream.handOver();
  }

  #log(call: LogCall, done: LogAnswer): void {
    call.on("error", () => {});
    const stranger = this.#stranger(call);
    if (stranger !== undefined) {
      done(stranger);
      return;
    }
    if (this.#duty !== "serving") {
      done({ code: status.UNAVAILABLE, details: "Cannot take the access log: another picker does" });
      return;
    }
    this.#logs.set(call, handleLog(call, done, this.#ports));
    call.once("close", () => this.#logs.delete(call));
  }

  /** A status that proxies do not repeat the call on. */
  #stranger(call: ProcessCall | LogCall): Pick<ServerErrorResponse, "code" | "details"> | undefined {
    const peer = peerOf(call, this.#listening?.secured === true);
    if (peer.kind === "local" || peer.gateway !== undefined) return undefined;
    this.#ports.log.warn({ peer: call.getPeer() }, "caller rejected: its certificate is no proxy's");
    return { code: status.PERMISSION_DENIED, details: "Cannot serve the call: its certificate is no proxy's" };
  }
}
