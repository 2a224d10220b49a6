/**
 * The load client (`clients.c`) as the scenarios use it.
 */
import { type Answer, Child } from './child.ts';
import { CLIENT_CORE, type Server } from './contestants.ts';

export interface Report {
  readonly open: number;
  readonly updates: number;
  readonly bytes: number;
  readonly closed: number;
  readonly refused: number;
  /** Microseconds from the making of an update to its reading. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly worst: number;
  readonly cpu: number;
  /** The monotonic clock, in microseconds. */
  readonly now: number;
}

/** From so many addresses: one has only so many ports. */
const ADDRESSES = 20;

export class Load {
  readonly count: number;
  private readonly child: Child;

  constructor(program: string, server: Server, count: number, query?: (client: number) => string, reconnect = false) {
    this.count = count;
    const args = [server.port, count, server.kind, ADDRESSES, reconnect ? 1 : 0].map(String);
    this.child = new Child([program, ...args], CLIENT_CORE);
    this.child.say(`${server.requests(query).join('\0')}\0\0`);
  }

  /** When all are there: seconds since `began` (of `performance.now`). */
  async connected(began: number): Promise<number> {
    await this.child.answer(isReport);
    return (performance.now() - began) / 1000;
  }

  reset(): void {
    this.child.say('reset\n');
  }

  async report(): Promise<Report> {
    this.child.say('report\n');
    return this.child.answer(isReport);
  }

  /** Waits until so many updates have come, or for `limitMs`. */
  async delivered(updates: number, limitMs: number): Promise<Report> {
    const end = performance.now() + limitMs;
    for (;;) {
      const report = await this.report();
      if (report.updates >= updates || performance.now() > end) return report;
      await pause(20);
    }
  }

  async trigger(): Promise<number> {
    return (await this.child.answer((answer) => 'trigger' in answer)).trigger;
  }

  say(text: string): void {
    this.child.say(text);
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}

const isReport = (answer: Answer): boolean => 'open' in answer;

export function pause(ms: number): Promise<void> {
  return new Promise((end) => setTimeout(end, ms));
}
