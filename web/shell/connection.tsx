/** Whether what is shown is live. Said in words, drawn by shape and colour, and read out when it changes. */
import { useConnection } from '../live/stream.ts';

const LOOKS = {
  live: { dot: 'bg-up', text: 'Live', more: 'Prices arrive as they happen' },
  connecting: { dot: 'border-2 border-brass', text: 'Connecting…', more: 'Asking the server for live prices' },
  reconnecting: { dot: 'border-2 border-brass', text: 'Reconnecting…', more: 'The connection was lost; trying again' },
  offline: { dot: 'border-2 border-down', text: 'Offline', more: 'This device has no network' },
} as const;

export function ConnectionState() {
  const look = LOOKS[useConnection()];
  return (
    <p role="status" title={look.more} className="flex items-center gap-2 text-sm text-ink-2">
      <span aria-hidden="true" className={`size-2.5 rounded-full ${look.dot}`} />
      <span className="sr-only">Connection: </span>
      {look.text}
    </p>
  );
}
