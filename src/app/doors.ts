import { startAdminFront } from "../admin/front.ts";
import type { RuntimeDir } from "../infra/process/runtime-dir.ts";
import type { Log } from "../observe/log.ts";
import { mendable } from "./mendable.ts";
import type { TestOrder } from "./messages.ts";
import { startTestHooks } from "./test-hooks.ts";

/** Where the main thread can be reached: the admin port and, for tests, a socket that crashes threads. */
export interface Doors {
  readonly adminUrl: string;
  readonly testSocket?: string;
  close(): Promise<void>;
}

export interface DoorsOptions {
  readonly config: {
    readonly admin: { readonly host: string; readonly port: number };
    readonly testHooks: boolean;
  };
  readonly runtime: RuntimeDir;
  readonly log: Log;
  readonly threads: Readonly<Record<"control" | "picker", { post(order: TestOrder): void }>>;
}

/** A port that is taken is for the user to mend. */
export async function openDoors({ config, runtime, log, threads }: DoorsOptions): Promise<Doors> {
  const admin = await mendable(startAdminFront({ ...config.admin, socket: runtime.socket("admin.sock"), log }));
  const hooks = config.testHooks
    ? await startTestHooks(runtime.socket("test.sock"), {
        control: (order) => threads.control.post({ type: "test", order }),
        picker: (order) => threads.picker.post({ type: "test", order }),
      })
    : undefined;
  return {
    adminUrl: admin.url,
    ...(hooks !== undefined && { testSocket: hooks.socket }),
    async close() {
      await hooks?.stop();
      await admin.stop();
    },
  };
}
