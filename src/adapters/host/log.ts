/**
 * Structured logging by pino: one JSON object a line on standard error, written at once, so that a crash loses none.
 * Fields whose names tell of a secret are cut out wherever they stand, as a last line of defence; callers do not log
 * secrets in the first place.
 */
import { type LoggerOptions, pino } from 'pino';
import type { Log } from '#contracts/log.ts';

const SECRETS = ['password', 'secret', 'token', 'authorization', 'cookie', 'apiKey', 'x-api-key', 'x-operator-key'];

export function createLog(level: 'debug' | 'info' | 'warn' | 'error' | 'silent'): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
    redact: { paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: '(hidden)' },
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}
