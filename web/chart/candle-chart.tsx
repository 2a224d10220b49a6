/**
 * Candles with alert levels drawn across, kept up to date by the live price. The drawing is a canvas; its label says in
 * words what it shows, and the numbers stand in a table beside it.
 */
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import type { CandleView } from '#api/contract/price.ts';
import { bucketStart } from '#domain/market/candle.ts';
import { priceOf, watchPrice } from '../live/prices.ts';
import { useIsDark } from '../shell/theme.ts';
import { price } from '../words/figures.ts';
import { clockTime, fullTime } from '../words/moments.ts';
import { readPalette } from './palette.ts';

export interface ChartLevel {
  readonly value: number;
  readonly title: string;
}

interface Drawn {
  readonly chart: IChartApi;
  readonly series: ISeriesApi<'Candlestick'>;
}
interface Bar {
  readonly time: UTCTimestamp;
  readonly open: number;
  high: number;
  low: number;
  close: number;
}

const seconds = (ms: number): UTCTimestamp => (ms / 1000) as UTCTimestamp;
const DAY_MS = 86_400_000;
/** A level this many times the candles' own height away is still drawn; farther ones would press the candles flat. */
const REACH = 2.5;

export function CandleChart({
  symbol,
  candles,
  intervalMs,
  decimals,
  levels,
  firings,
  label,
  className,
}: {
  readonly symbol: string;
  readonly candles: readonly CandleView[];
  readonly intervalMs: number;
  readonly decimals: number;
  readonly levels: readonly ChartLevel[];
  /** Moments to mark above their candles. */
  readonly firings: readonly number[];
  readonly label: string;
  readonly className?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const isDark = useIsDark();

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const chart = createChart(element, {
      autoSize: true,
      layout: { attributionLogo: false, fontFamily: getComputedStyle(element).fontFamily, fontSize: 12 },
      crosshair: { mode: 0 },
      timeScale: { rightOffset: 6, minBarSpacing: 2, barSpacing: 9, borderVisible: false },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.12 } },
    });
    const series = chart.addSeries(CandlestickSeries, { borderVisible: false });
    drawn.current = { chart, series };
    return () => {
      drawn.current = null;
      chart.remove();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: isDark is what the palette is read again for
  useEffect(() => {
    if (!drawn.current || !box.current) return;
    const { chart, series } = drawn.current;
    const palette = readPalette(box.current);
    chart.applyOptions({
      layout: { background: { color: palette.ground }, textColor: palette.inkSoft },
      grid: { vertLines: { color: palette.line }, horzLines: { color: palette.line } },
      localization: {
        priceFormatter: (value: number) => price(value, decimals),
        timeFormatter: (time: number) => fullTime(time * 1000),
      },
      timeScale: {
        timeVisible: intervalMs < DAY_MS,
        secondsVisible: intervalMs < 60_000,
        tickMarkFormatter: (time: number, kind: number) =>
          kind <= 2
            ? new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }).format(time * 1000)
            : clockTime(time * 1000).slice(0, kind === 4 ? 8 : 5),
      },
    });
    series.applyOptions({
      upColor: palette.up,
      downColor: palette.down,
      wickUpColor: palette.up,
      wickDownColor: palette.down,
      priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals },
      priceLineColor: palette.inkSoft,
    });
  }, [isDark, decimals, intervalMs]);

  useEffect(() => {
    if (!drawn.current) return;
    const { series } = drawn.current;
    const bars: Bar[] = candles.map(({ at, open, high, low, close }) => ({
      time: seconds(at),
      open,
      high,
      low,
      close,
    }));
    let last = bars.at(-1);
    series.setData(bars);
    const follow = (): void => {
      const live = priceOf(symbol);
      if (!live) return;
      const time = seconds(bucketStart(live.at, intervalMs));
      if (last && time < last.time) return;
      if (!last || time > last.time) {
        last = { time, open: live.price, high: live.price, low: live.price, close: live.price };
      } else {
        last.high = Math.max(last.high, live.price);
        last.low = Math.min(last.low, live.price);
        last.close = live.price;
      }
      series.update(last);
    };
    follow();
    return watchPrice(symbol, follow);
  }, [symbol, candles, intervalMs]);

  const levelKey = JSON.stringify(levels);
  // biome-ignore lint/correctness/useExhaustiveDependencies: levels are compared by what they say; colours by isDark
  useEffect(() => {
    if (!drawn.current || !box.current) return;
    const { series } = drawn.current;
    const palette = readPalette(box.current);
    const lines: IPriceLine[] = levels.map(({ value, title }) =>
      series.createPriceLine({
        price: value,
        title,
        color: palette.brass,
        lineWidth: 2,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: true,
        axisLabelTextColor: '#1d1402',
      }),
    );
    const values = levels.map(({ value }) => value);
    series.applyOptions({
      autoscaleInfoProvider: (original: () => { priceRange: { minValue: number; maxValue: number } | null } | null) => {
        const info = original();
        if (!info?.priceRange) return info;
        const { minValue, maxValue } = info.priceRange;
        const reach = (maxValue - minValue) * REACH;
        const near = values.filter((value) => value > minValue - reach && value < maxValue + reach);
        return {
          ...info,
          priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) },
        };
      },
    });
    return () => {
      if (drawn.current) for (const line of lines) series.removePriceLine(line);
    };
  }, [levelKey, isDark]);

  const firingKey = [...new Set(firings.map((at) => bucketStart(at, intervalMs)))].join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a mark stands on a candle, and its colour follows isDark
  useEffect(() => {
    if (!drawn.current || !box.current || firingKey === '') return;
    const { brass } = readPalette(box.current);
    const markers = createSeriesMarkers(
      drawn.current.series,
      firingKey.split(',').map((at) => ({
        ...({ time: seconds(Number(at)), position: 'aboveBar', shape: 'circle', color: brass } as const),
      })),
    );
    return () => {
      if (drawn.current) markers.detach();
    };
  }, [firingKey, candles, isDark]);

  return <div ref={box} role="img" aria-label={label} className={`min-h-0 w-full ${className ?? ''}`} />;
}
