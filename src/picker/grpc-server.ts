/** A grpc-js server fit for many short streams with large messages. */
import { Server } from "@grpc/grpc-js";
import { maxBodyBytes } from "../lib/wire.ts";

/** A body and what frames it. */
const maxMessageBytes = maxBodyBytes + 4 * 1024 * 1024;

/**
 * Node ends an HTTP/2 session whose peer resets more than about 33 streams per second, and a proxy resets one per
 * request that its client gives up. grpc-js has no option for it; the object it hands to node:http2 is private, so a
 * test holds the effect (5,000 reset streams on one connection).
 */
const streamResets = { streamResetBurst: 1e9, streamResetRate: 1e9 };

export function createGrpcServer(): Server {
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  Object.assign(server["commonServerOptions"], streamResets);
  return server;
}
