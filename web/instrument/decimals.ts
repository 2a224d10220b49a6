/** How many digits prices of an instrument are shown with, from the list that the page already has. */
import { useQuery } from '@tanstack/react-query';
import type { InstrumentView } from '#api/contract/instrument.ts';
import { queries } from '../api/queries.ts';

const DEFAULT_DECIMALS = 2;

export function useInstrument(symbol: string): InstrumentView | undefined {
  const { data: listed } = useQuery({
    ...queries.instruments(),
    select: (all) => all.find((instrument) => instrument.symbol === symbol),
  });
  const { data: single } = useQuery({ ...queries.instrument(symbol), enabled: symbol !== '' && listed === undefined });
  return listed ?? single;
}

export function useDecimals(symbol: string): number {
  return useInstrument(symbol)?.decimals ?? DEFAULT_DECIMALS;
}
