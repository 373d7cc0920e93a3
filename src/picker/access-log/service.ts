/** Envoy's gRPC access log: one long stream per proxy thread, entries of placed requests only. */
import type { handleClientStreamingCall } from "@grpc/grpc-js";
import type { StreamAccessLogsMessage, StreamAccessLogsResponse } from "../../gen/envoy/service/accesslog/v3/als.ts";
import type { Log } from "../../observe/log.ts";
import { type Report, readReport } from "./report.ts";

export function accessLogHandler(ports: {
  readonly log: Log;
  readonly onReport: (report: Report) => void;
}): handleClientStreamingCall<StreamAccessLogsMessage, StreamAccessLogsResponse> {
  const { log, onReport } = ports;
  return (call, done) => {
    call.on("data", ({ logEntries }: StreamAccessLogsMessage) => {
      for (const entry of logEntries?.value.logEntry ?? []) {
        try {
          const report = readReport(entry);
          if (report !== undefined) onReport(report);
        } catch (error) {
          log.error({ err: error }, "cannot handle access-log entry");
        }
      }
    });
    call.on("end", () => done(null, {}));
    call.on("error", (error: Error) => log.debug({ reason: error.message }, "access-log stream failed"));
  };
}
