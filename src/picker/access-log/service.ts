/** Envoy's gRPC access log: one long stream per proxy thread, entries of placed requests only. */
import type { ServerReadableStream, sendUnaryData } from "@grpc/grpc-js";
import type { StreamAccessLogsMessage, StreamAccessLogsResponse } from "../../gen/envoy/service/accesslog/v3/als.ts";
import type { Log } from "../../observe/log.ts";
import { type Report, readReport } from "./report.ts";

export type LogCall = ServerReadableStream<StreamAccessLogsMessage, StreamAccessLogsResponse>;
export type LogAnswer = sendUnaryData<StreamAccessLogsResponse>;

/** The result ends the stream in good order: its proxy opens another, to whoever is to know by then. */
export function handleLog(
  call: LogCall,
  done: LogAnswer,
  { log, onReport }: { readonly log: Log; readonly onReport: (report: Report) => void },
): () => void {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    done(null, {});
  };
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
  call.on("end", end);
  call.on("error", (error: Error) => log.debug({ reason: error.message }, "access-log stream failed"));
  return end;
}
