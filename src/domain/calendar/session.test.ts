import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { needShared } from '../../../test/support/need.ts';
import type { CalendarId } from '../market/instrument.ts';
import { civilDay, DAY_MS, easterSunday } from './civil-day.ts';
import { afterOpenTime, openTime, sessionAt, tradingDay } from './session.ts';
import { LONDON, localDay, momentOf, NEW_YORK, offsetAt, type Zone } from './zone.ts';

const CALENDARS: readonly CalendarId[] = ['XNYS', 'XLON', 'FX', '24/7'];
const utc = (text: string): number => Date.parse(text);
const moments = fc.integer({ min: utc('2007-01-01T00:00:00Z'), max: utc('2060-01-01T00:00:00Z') });

for (const [name, zone] of [
  ['America/New_York', NEW_YORK],
  ['Europe/London', LONDON],
] as readonly (readonly [string, Zone])[]) {
  const wall = new Intl.DateTimeFormat('en-GB', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const offsetByIntl = (at: number): number => {
    const part = Object.fromEntries(wall.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - at;
  };

  test(`${name} keeps the clock the time zone database gives, to the second around every change`, () => {
    for (let year = 2007; year <= 2037; year += 1) {
      const { from, to } = zone.summer(year);
      for (const at of [from - 1000, from, to - 1000, to]) {
        assert.equal(offsetAt(zone, at), offsetByIntl(at), new Date(at).toISOString());
      }
    }
    fc.assert(
      fc.property(fc.integer({ min: utc('2007-01-01Z') / 1000, max: utc('2037-12-31Z') / 1000 }), (second) => {
        assert.equal(offsetAt(zone, second * 1000), offsetByIntl(second * 1000));
      }),
    );
  });

  test(`a time of day in ${name} and back is the same day`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 13_600, max: 30_000 }), fc.integer({ min: 181, max: 1439 }), (day, minute) => {
        assert.equal(localDay(zone, momentOf(zone, day, minute)), day);
      }),
    );
  });
}

test('Easter falls where the church says', () => {
  for (const [year, month, date] of [
    [1961, 4, 2],
    [2000, 4, 23],
    [2008, 3, 23],
    [2011, 4, 24],
    [2024, 3, 31],
    [2038, 4, 25],
    [2285, 3, 22],
  ] as const) {
    assert.equal(easterSunday(year), civilDay(year, month, date), String(year));
  }
});

interface Recorded {
  readonly start: string;
  readonly end: string;
  readonly sessions: readonly (readonly [string, string, string])[];
}

for (const calendar of ['XNYS', 'XLON'] as const) {
  test(`${calendar} opens and closes as recorded, every day of 2013 to 2027`, (t) => {
    const file = needShared(t, `calendars/${calendar}_2013-2027.json.gz`);
    if (file === null) return;
    const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Recorded;
    assert.ok(recorded.sessions.length > 3700);
    let at = utc(`${recorded.start}T00:00:00Z`);
    for (const [day, opens, closes] of recorded.sessions) {
      const before = sessionAt(calendar, at);
      assert.deepEqual(before, { open: false, until: utc(opens) }, `opening of ${day}`);
      assert.deepEqual(sessionAt(calendar, before.until), { open: true, until: utc(closes) }, `closing of ${day}`);
      assert.equal(tradingDay(calendar, before.until) * DAY_MS, utc(`${day}T00:00:00Z`));
      at = utc(closes);
    }
    assert.ok(sessionAt(calendar, at).until > utc(`${recorded.end}T23:59:59Z`));
  });
}

test('closures that no rule foretells, before the recorded years', () => {
  for (const [calendar, noon] of [
    ['XNYS', '2012-10-29T17:00Z'],
    ['XNYS', '2012-10-30T17:00Z'],
    ['XNYS', '2007-01-02T17:00Z'],
    ['XLON', '2012-06-04T12:00Z'],
    ['XLON', '2012-06-05T12:00Z'],
    ['XLON', '2011-04-29T12:00Z'],
  ] as const) {
    assert.equal(sessionAt(calendar, utc(noon)).open, false, `${calendar} ${noon}`);
  }
  assert.equal(sessionAt('XLON', utc('2012-05-28T12:00Z')).open, true);
  assert.equal(sessionAt('XNYS', utc('2012-10-31T17:00Z')).open, true);
});

test('currencies trade from Sunday to Friday at five in New York, through the clock changes', () => {
  assert.deepEqual(sessionAt('FX', utc('2024-03-08T21:59:59Z')), { open: true, until: utc('2024-03-08T22:00:00Z') });
  assert.deepEqual(sessionAt('FX', utc('2024-03-08T22:00:00Z')), { open: false, until: utc('2024-03-10T21:00:00Z') });
  assert.deepEqual(sessionAt('FX', utc('2024-03-10T21:00:00Z')), { open: true, until: utc('2024-03-15T21:00:00Z') });
  assert.deepEqual(sessionAt('FX', utc('2024-11-01T21:00:00Z')), { open: false, until: utc('2024-11-03T22:00:00Z') });
});

test('a market that never closes is open for ever', () => {
  assert.deepEqual(sessionAt('24/7', 0), { open: true, until: Number.POSITIVE_INFINITY });
  assert.equal(openTime('24/7', 5, 105, 1000), 100);
});

test('an answer holds until its end and not a moment longer', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CALENDARS), moments, fc.double({ min: 0, max: 1, noNaN: true }), (id, at, part) => {
      const session = sessionAt(id, at);
      assert.ok(session.until > at);
      if (session.until === Number.POSITIVE_INFINITY) return;
      const within = at + Math.floor((session.until - at - 1) * part);
      assert.deepEqual(sessionAt(id, within), session);
      assert.equal(sessionAt(id, session.until).open, !session.open);
    }),
  );
});

test('open time adds up, minute by minute', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CALENDARS),
      moments.map((at) => Math.floor(at / 60_000) * 60_000),
      fc.integer({ min: 0, max: 3000 }),
      (id, from, minutes) => {
        let counted = 0;
        for (let minute = 0; minute < minutes; minute += 1) {
          if (sessionAt(id, from + minute * 60_000).open) counted += 60_000;
        }
        const to = from + minutes * 60_000;
        assert.equal(openTime(id, from, to, Number.MAX_SAFE_INTEGER), counted);
        assert.equal(openTime(id, from, to, 1000), Math.min(1000, counted));
      },
    ),
    { numRuns: 30 },
  );
});

test('after open time is the first moment at which the market was open for that long', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<CalendarId>('24/7', 'XNYS', 'XLON', 'FX'),
      fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) }),
      fc.integer({ min: 1, max: 7 * DAY_MS }),
      (calendar, from, ms) => {
        const at = afterOpenTime(calendar, from, ms);
        assert.equal(openTime(calendar, from, at, ms + 1), ms);
        assert.equal(openTime(calendar, from, at - 1, ms + 1), ms - 1);
      },
    ),
    { numRuns: 200 },
  );
});
