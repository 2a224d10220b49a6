/**
 * Signals of bars that are looked at only where they might meet a level, against the same computed at every tick: for
 * each indicator there is, on a walk of prices with levels set here and there about its value.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../test/support/random.ts';
import { BarCells } from './bar-cells.ts';
import { BarFeed } from './bar-feed.ts';
import type { BarRecipe } from './bar-recipe.ts';
import { BarSignal } from './bar-signal.ts';
import { INDICATORS } from './indicator/catalogue.ts';
import { Indicator } from './indicator/indicator.ts';
import { LiveSignal } from './live-signal.ts';

const TICKS = 4_000;
const STEP_MS = 1_500;
const HOURS = { calendar: '24/7', hours: 'all' } as const;

const kinds = INDICATORS.flatMap((entry) =>
  entry.outputs.map((output) => ({
    name: `${entry.name}.${output.name}`,
    make: () =>
      new Indicator(
        entry.make(
          entry.parameters.map((parameter, place) =>
            Math.max(parameter.min, Math.min(parameter.default, 7 + 3 * place)),
          ),
          output.name,
          { size: '1m', calendar: '24/7' },
        ),
      ),
  })),
);

for (const [index, { name, make }] of kinds.entries())
  test(`${name} touches the levels it would touch if it were computed at every tick`, () => {
    const random = new Random(index + 1);
    const feed = new BarFeed('1m', HOURS, Number.NaN);
    const indicator = make();
    feed.add(name, indicator, []);
    const recipe: BarRecipe = { kind: 'bars', key: name, size: '1m', make };
    const signal = new BarSignal(recipe, { feed, indicator });
    const cells = new BarCells();
    cells.add(signal);
    const plain = new LiveSignal(recipe, null);
    const levels: number[] = [];
    let price = 100;
    let met = 0;
    let skipped = 0;
    for (let tick = 0; tick < TICKS; tick += 1) {
      const at = tick * STEP_MS;
      const stride = random.chance(0.02) ? 5 : 0.05;
      price = Math.max(1, Math.round(100 * (price + (random.next() - 0.5) * stride)) / 100);
      if (feed.closesAt(at)) cells.settle();
      const volume = Math.floor(random.next() * 40) / 10;
      feed.tick(at, price, volume);
      plain.before = plain.now;
      plain.now = feed.open === null ? indicator.value : indicator.live(feed.open);
      const [touched, expected]: [number[], number[]] = [[], []];
      const live = indicator.live.bind(indicator);
      let looks = 0;
      indicator.live = (bar) => {
        looks += 1;
        return live(bar);
      };
      cells.advance(price, volume, touched);
      indicator.live = live;
      if (looks === 0) skipped += 1;
      plain.touched(expected);
      assert.deepEqual(touched.sort(), expected.sort(), `tick ${tick}`);
      met += expected.length;
      if (random.chance(0.02)) assert.deepEqual([signal.before, signal.now], [plain.before, plain.now], `tick ${tick}`);
      if (random.chance(0.05) && Number.isFinite(plain.now)) {
        const slot = levels.length;
        const away = random.chance(0.5) ? 0.2 : 0.002;
        levels.push(plain.now + (random.next() - 0.5) * away * (Math.abs(plain.now) + 0.1));
        for (const one of [signal, plain]) {
          one.addLevel(slot % 2 === 0, levels[slot] as number, slot);
          if (slot >= 12) one.removeLevel((slot - 12) % 2 === 0, levels[slot - 12] as number, slot - 12);
        }
      }
    }
    assert.ok(met > 20, `${met} levels met`);
    if (indicator.course !== undefined) assert.ok(skipped > TICKS / 20, `${skipped} ticks passed over`);
  });
