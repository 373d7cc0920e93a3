/** What a supervisor and its worker tell each other; their own messages travel inside. */

export type ToWorker<Message> = { readonly kind: "message"; readonly message: Message } | { readonly kind: "stop" };

export type FromWorker<Message> =
  | { readonly kind: "heartbeat" }
  | { readonly kind: "message"; readonly message: Message };

export const heartbeatMs = 1000;
