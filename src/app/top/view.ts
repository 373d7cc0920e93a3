/** The live view: looks at the gateway each second, and draws what it saw. */
import type { Cancel, Clock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/message-of.ts";
import type { Style } from "./paint.ts";
import { picture } from "./picture.ts";
import { ratesOf } from "./rates.ts";
import { type AdminReader, readSample, type Sample } from "./sample.ts";
import type { Screen } from "./screen.ts";

export interface ViewOptions {
  readonly clock: Clock;
  readonly admin: string;
  readonly read: AdminReader;
  readonly screen: Screen;
  readonly style: Style;
}

const everyMs = 1_000;
/** Rates are of the last few looks; first tokens of half a minute. */
const rateLooks = 5;
const windowLooks = 30;

export function startView({ clock, admin, read, screen, style }: ViewOptions): { stop(): void } {
  let looks: readonly Sample[] = [];
  let cancel: Cancel = () => {};
  let stopped = false;

  const draw = (problem?: string): void => {
    const latest = looks.at(-1);
    if (stopped || latest === undefined) return;
    const rates = ratesOf({ latest, recent: looks.at(-1 - rateLooks) ?? looks[0], oldest: looks[0] });
    const window = `last ${windowLooks} s`;
    const { rows, columns } = screen;
    if (rows === 0) return;
    screen.draw(
      picture(
        { admin, sample: latest, rates, window, ...(problem !== undefined && { problem }) },
        { rows, columns },
        style,
      ),
    );
  };

  const look = async (): Promise<void> => {
    let problem: string | undefined;
    try {
      const sample = await readSample(read, () => clock.monotonicMs());
      looks = [...looks.slice(-windowLooks), sample];
    } catch (error) {
      problem = `no answer: ${messageOf(error)}`;
    }
    if (stopped) return;
    draw(problem);
    cancel = clock.after(everyMs, () => void look());
  };
  void look();

  return {
    stop() {
      stopped = true;
      cancel();
      screen.close();
    },
  };
}
