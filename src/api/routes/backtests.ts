/**
 * `POST /api/v1/backtests`: when an alert would have fired, over history. What is wrong with the question is a problem;
 * what fails after the answer has begun is its last line. Who closes the connection ends the test.
 */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { DEFAULT_COOLDOWN_MS } from '#domain/alert/alert.ts';
import { finestMs } from '#domain/backtest/reach-back.ts';
import { BAR_MS } from '#domain/signal/bar/bar.ts';
import { Failure } from '#errors.ts';
import { backtestLines, MINUTE_MS, type Question } from '../backtest/lines.ts';
import { Places } from '../backtest/places.ts';
import { type BacktestLine, createBacktestSchema, MAX_BACKTEST_DAYS } from '../contract/backtest.ts';
import type { ApiDeps } from '../deps.ts';
import { type Api, PROBLEMS } from '../http/api.ts';
import { failureOf, problemOf } from '../http/problem.ts';
import { checkCondition, findInstrument, othersOf, readCondition } from './subject.ts';

const MAX_RANGE_MS = MAX_BACKTEST_DAYS * 86_400_000;

export function addBacktestRoute(app: Api, deps: ApiDeps): void {
  const places = new Places();

  app.post(
    '/api/v1/backtests',
    {
      schema: {
        ...{ tags: ['alerts'], operationId: 'backtest', summary: 'When it would have fired, over history' },
        description:
          'Runs the evaluation engine itself over stored bars of one minute. The answer is NDJSON: one JSON object ' +
          '(schema BacktestLine) a line, as it comes; `done` or `failed` is the last. Close the connection to cancel.',
        body: createBacktestSchema,
        response: {
          200: {
            description: 'Lines of JSON, each a BacktestLine',
            content: { 'application/x-ndjson': { schema: z.string() } },
          },
          ...PROBLEMS,
        },
      },
    },
    async (request, reply) => {
      const { body, identity } = request;
      const { condition: asked } = checkCondition(body.condition);
      if (finestMs(asked) < MINUTE_MS)
        throw new Failure('bad-request', 'History is stored by the minute: windows shorter than 1m cannot be tried.', {
          errors: [{ field: '/condition', message: 'looks at less than 1m' }],
        });
      const asker = identity?.userId ?? null;
      const instrument = await findInstrument(deps, asker, body.symbol);
      const { symbol, calendar, staleAfterMs } = instrument;
      const { condition, canonical, others } = await readCondition(deps, asker, symbol, body.condition);
      const to = body.to ?? deps.marketTime();
      const from = body.from ?? Math.max(0, to - MAX_RANGE_MS);
      checkRange(from, to);
      const release = places.take(identity === null ? `address ${request.ip}` : `user ${identity.userId}`);
      let isOver = false;
      reply.raw.once('close', () => {
        isOver = true;
        release();
      });
      const { frequency, session, gap, rearm, remindEvery: remindEveryMs, bar } = body;
      const barMs = bar === undefined ? null : BAR_MS[bar];
      const cooldownMs = body.cooldown ?? DEFAULT_COOLDOWN_MS;
      const policy = { frequency, cooldownMs, expiresAt: null, session, gap, rearm, remindEveryMs, barMs };
      const rule = {
        ...{ condition, ...policy, calendar, staleAfterMs },
        ...(others.length === 0 ? {} : { others: othersOf(others) }),
      };
      const question: Question = { symbol, canonical, rule, from, to };
      const lines = told(
        deps,
        request.id,
        backtestLines(deps.store.history, deps.clock, question, () => isOver),
      );
      reply.header('content-type', 'application/x-ndjson').header('cache-control', 'no-store');
      return reply.header('x-accel-buffering', 'no').send(Readable.from(lines) as never);
    },
  );
}

function checkRange(from: number, to: number): void {
  const refuse = (message: string): never => {
    throw new Failure('bad-request', `The range cannot be tested: from ${message}.`, {
      errors: [{ field: '/from', message }],
    });
  };
  if (from >= to) refuse('must be before to');
  if (to - from > MAX_RANGE_MS) refuse(`may be ${MAX_BACKTEST_DAYS} days before to (MAX_BACKTEST_DAYS)`);
}

/** As text. What fails is told as the last line, for the status has been sent. */
async function* told(deps: ApiDeps, instance: string, lines: AsyncGenerator<BacktestLine>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`;
  } catch (error) {
    const known = failureOf(error, deps.settings.maxBodyBytes);
    if (known === undefined) deps.log.error({ request: instance, err: error }, 'bug');
    const failure = known ?? new Failure('internal', 'Something went wrong on our side.');
    yield `${JSON.stringify({ kind: 'failed', problem: problemOf(failure, instance) } satisfies BacktestLine)}\n`;
  }
}
