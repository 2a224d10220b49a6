/**
 * A real SMTP server (STARTTLS with a self-signed certificate, optional login) that keeps the mails it takes and can be
 * made to misbehave at each step of the conversation.
 */
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { freePort } from './ports.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The connection was encrypted. */
  readonly secure: boolean;
  readonly user: string | null;
  readonly raw: string;
}

/** Where the conversation goes wrong; `reply` is a code such as 451 or 550 with the server's words. */
export type SmtpMood =
  | 'accept'
  /** Greets never. */
  | 'silent'
  /** Takes the whole mail and then says nothing. */
  | 'hang-after-data'
  | 'cut-at-rcpt'
  /** The connection ends inside the mail. */
  | 'cut-in-data'
  /** It has the mail, but the connection ends before it says so. */
  | 'cut-after-data'
  | { readonly at: 'connect' | 'auth' | 'from' | 'to' | 'data'; readonly reply: number; readonly words: string };

export interface SmtpReceiver {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Mails that came whole but were not acknowledged. */
  readonly unacknowledged: readonly ReceivedMail[];
  be(mood: SmtpMood): void;
  close(): Promise<void>;
  reopen(): Promise<void>;
  /** Resolves when the n-th mail has come. */
  mail(n: number): Promise<ReceivedMail>;
}

export interface SmtpReceiverOptions {
  readonly login?: { readonly user: string; readonly password: string };
  /** Default true. */
  readonly startTls?: boolean;
}

export async function startSmtpReceiver(t: TestContext, options: SmtpReceiverOptions = {}): Promise<SmtpReceiver> {
  const { login, startTls = true } = options;
  const mails: ReceivedMail[] = [];
  const unacknowledged: ReceivedMail[] = [];
  const waiting = new Map<number, (mail: ReceivedMail) => void>();
  const sockets = new Set<Socket>();
  let mood: SmtpMood = 'accept';
  // It may close and listen there again.
  const port = await freePort();
  let server: SMTPServer;

  const problem = (at: string): Error | null =>
    typeof mood === 'object' && mood.at === at
      ? Object.assign(new Error(mood.words), { responseCode: mood.reply })
      : null;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  const make = (): SMTPServer => {
    const made = new SMTPServer({
      authOptional: !login,
      ...(startTls ? {} : { disabledCommands: login ? ['STARTTLS'] : ['STARTTLS', 'AUTH'], allowInsecureAuth: true }),
      hideENHANCEDSTATUSCODES: true,
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 50,
      onConnect(_session, done) {
        if (mood !== 'silent') done(problem('connect'));
      },
      onAuth(auth, _session, done) {
        const wrong = auth.username !== login?.user || auth.password !== login?.password;
        const error =
          problem('auth') ?? (wrong ? Object.assign(new Error('who are you'), { responseCode: 535 }) : null);
        done(error, error ? undefined : { user: auth.username });
      },
      onMailFrom: (_address, _session, done) => done(problem('from')),
      onRcptTo(_address, _session, done) {
        if (mood === 'cut-at-rcpt') return cut();
        done(problem('to'));
      },
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => {
          if (mood === 'cut-in-data') return cut();
          chunks.push(chunk);
        });
        stream.on('end', () => {
          const { envelope, secure, user } = session;
          const mail: ReceivedMail = {
            from: envelope.mailFrom ? envelope.mailFrom.address : '',
            to: envelope.rcptTo.map(({ address }) => address),
            secure,
            user: user ?? null,
            raw: Buffer.concat(chunks).toString('utf8'),
          };
          if (mood === 'hang-after-data' || mood === 'cut-after-data') {
            unacknowledged.push(mail);
            if (mood === 'cut-after-data') cut();
            return;
          }
          const error = problem('data');
          if (!error) {
            mails.push(mail);
            waiting.get(mails.length)?.(mail);
          }
          done(error);
        });
      },
    });
    // A client that goes away in mid-sentence is what some tests are about.
    made.on('error', () => {});
    made.server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    return made;
  };
  const open = (): Promise<void> =>
    new Promise((done, failed) => {
      server = make();
      server.server.once('error', failed);
      server.listen(port, '127.0.0.1', () => done());
    });
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      cut();
    });
  await open();
  t.after(close);
  return {
    port,
    mails,
    unacknowledged,
    be: (how) => {
      mood = how;
    },
    close,
    reopen: open,
    mail: (n) => {
      const there = mails[n - 1];
      return there ? Promise.resolve(there) : new Promise((done) => waiting.set(n, done));
    },
  };
}

/** The header's value, unfolded and with encoded words decoded; empty where it is absent. */
export function mailHeader(raw: string, name: string): string {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`)) ?? '';
  return line
    .slice(name.length + 1)
    .trim()
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, text: string) =>
      encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : decodeQuoted(text.replaceAll('_', ' ')),
    );
}

/** The decoded part of this type, such as `text/html`. */
export function mailPart(raw: string, type: string): string {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1];
  const parts = boundary ? raw.split(`--${boundary}`).slice(1, -1) : [raw];
  const part = parts
    .map((one) => one.replace(/^\r\n/, ''))
    .find((one) => mailHeader(one, 'content-type').startsWith(type));
  if (part === undefined) throw new Error(`no ${type} in the mail:\n${raw}`);
  const body = part.slice(part.indexOf('\r\n\r\n') + 4);
  const encoding = mailHeader(part, 'content-transfer-encoding').toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  return encoding === 'quoted-printable' ? decodeQuoted(body.replace(/=\r\n/g, '')) : body;
}

function decodeQuoted(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
