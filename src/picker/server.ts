/** Envoy's two services on one Unix socket: ext_proc, and the access log that tells how it ended. */
import { AccessLogServiceService } from "../gen/envoy/service/accesslog/v3/als.ts";
import { ExternalProcessorService } from "../gen/envoy/service/ext_proc/v3/external_processor.ts";
import type { PoolKey } from "../model/ir.ts";
import type { Log } from "../observe/log.ts";
import type { Report } from "./access-log/report.ts";
import { accessLogHandler } from "./access-log/service.ts";
import { handleStream, type ProcessCall } from "./ext-proc/stream.ts";
import { bindUnix, createGrpcServer } from "./grpc-server.ts";
import type { Place } from "./placing.ts";
import { removeStaleSocket } from "./socket-path.ts";

export interface PickerServerPorts {
  readonly log: Log;
  readonly place: Place;
  readonly sessionHeader: (pool: PoolKey) => string;
  readonly onReport: (report: Report) => void;
}

export class PickerServer {
  readonly #server = createGrpcServer();
  #streams = 0;

  constructor({ log, place, sessionHeader, onReport }: PickerServerPorts) {
    this.#server.addService(ExternalProcessorService, {
      process: (call: ProcessCall) => {
        this.#streams++;
        call.once("close", () => this.#streams--);
        handleStream(call, { log, place, sessionHeader });
      },
    });
    this.#server.addService(AccessLogServiceService, { streamAccessLogs: accessLogHandler({ log, onReport }) });
  }

  /** Open ext_proc streams. */
  get streams(): number {
    return this.#streams;
  }

  async listen(socketPath: string): Promise<void> {
    await removeStaleSocket(socketPath);
    await bindUnix(this.#server, socketPath);
  }

  /** Resets what is open. A graceful end would wait for every request that waits. */
  stop(): void {
    this.#server.forceShutdown();
  }
}
