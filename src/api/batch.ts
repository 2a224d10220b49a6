/**
 * Many questions asked at about the same time, answered together. Alone, a question is asked at once; where one was asked
 * just before, it waits a moment for others, and while a batch is under way the next gathers. (Node takes in one new
 * connection a turn of its loop and an embedded database answers within the turn, so without waiting nothing gathers.)
 */
interface Waiting<Q, A> {
  readonly question: Q;
  readonly answer: (answer: A) => void;
  readonly fail: (error: unknown) => void;
}

/** Questions closer together than this are a crowd. */
const CROWD_MS = 20;
const GATHER_MS = 10;

export class Batch<Q, A> {
  private readonly ask: (questions: readonly Q[]) => Promise<readonly A[]>;
  private readonly limit: number;
  private waiting: Waiting<Q, A>[] = [];
  private isAsking = false;
  private askedAt = Number.NEGATIVE_INFINITY;

  /** `ask` gets at most `limit` questions and answers in their order. */
  constructor(limit: number, ask: (questions: readonly Q[]) => Promise<readonly A[]>) {
    this.limit = limit;
    this.ask = ask;
  }

  get(question: Q): Promise<A> {
    return new Promise((answer, fail) => {
      this.waiting.push({ question, answer, fail });
      if (!this.isAsking) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isAsking = true;
    while (this.waiting.length > 0) {
      if (performance.now() - this.askedAt < CROWD_MS) await new Promise((end) => setTimeout(end, GATHER_MS));
      const batch = this.waiting.slice(0, this.limit);
      this.waiting = this.waiting.slice(this.limit);
      try {
        const answers = await this.ask(batch.map(({ question }) => question));
        for (const [index, { answer }] of batch.entries()) answer(answers[index] as A);
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
      this.askedAt = performance.now();
    }
    this.isAsking = false;
  }
}
